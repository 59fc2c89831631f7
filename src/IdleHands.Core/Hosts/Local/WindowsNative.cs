using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>Calls into Windows, as its documentation declares them.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsNative
{
    private const string Kernel = "kernel32.dll";

    [LibraryImport(Kernel, EntryPoint = "CreateProcessW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool CreateProcess(
        string applicationName,
        char* commandLine,
        nint processAttributes,
        nint threadAttributes,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags,
        char* environment,
        string workingDirectory,
        StartupInfo* startup,
        ProcessInformation* information);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool InitializeProcThreadAttributeList(nint list, int count, int flags, ref nint size);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool UpdateProcThreadAttribute(
        nint list, uint flags, nuint attribute, nint* value, nuint size, nint previousValue, nint returnSize);

    [LibraryImport(Kernel)]
    internal static partial void DeleteProcThreadAttributeList(nint list);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GlobalMemoryStatusEx(ref MemoryStatus status);

    /// <summary><c>MEMORYSTATUSEX</c>: sizes in bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MemoryStatus
    {
        public uint Length;
        public uint Load;
        public ulong TotalPhysical;
        public ulong AvailablePhysical;
        public ulong TotalPageFile;
        public ulong AvailablePageFile;
        public ulong TotalVirtual;
        public ulong AvailableVirtual;
        public ulong AvailableExtendedVirtual;
    }

    [LibraryImport(Kernel, SetLastError = true)]
    internal static partial uint ResumeThread(SafeThreadHandle thread);

    [LibraryImport(Kernel, SetLastError = true)]
    internal static partial SafeProcessHandle OpenProcess(uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, int processId);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool TerminateProcess(SafeProcessHandle process, uint exitCode);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetExitCodeProcess(SafeProcessHandle process, out int exitCode);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessTimes(SafeProcessHandle process, out long creation, out long exit, out long kernel, out long user);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessIoCounters(SafeProcessHandle process, out IoCounters counters);

    [LibraryImport(Kernel, SetLastError = true)]
    internal static partial uint WaitForSingleObject(SafeProcessHandle handle, uint milliseconds);

    [LibraryImport(Kernel)]
    internal static partial nint GetCurrentProcess();

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DuplicateHandle(
        nint sourceProcess, nint source, nint targetProcess, out nint target, uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, uint options);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint handle);

    [LibraryImport(Kernel, EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial SafeFileHandle CreateFile(
        string name, uint access, uint share, in SecurityAttributes security, uint disposition, uint flags, nint template);

    [LibraryImport(Kernel, EntryPoint = "CreateJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial SafeJobHandle CreateJobObject(nint security, string? name);

    [LibraryImport(Kernel, EntryPoint = "OpenJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial SafeJobHandle OpenJobObject(uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, string name);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetInformationJobObject(SafeJobHandle job, int kind, in JobLimits limits, int size);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool QueryInformationJobObject(SafeJobHandle job, int kind, byte* information, int size, out int needed);

    [LibraryImport(Kernel, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool TerminateJobObject(SafeJobHandle job, uint exitCode);

    [LibraryImport("ntdll.dll")]
    internal static unsafe partial int NtQuerySystemInformation(int kind, byte* information, int size, out int needed);

    [LibraryImport("iphlpapi.dll")]
    internal static unsafe partial uint GetExtendedTcpTable(
        byte* table, ref uint size, [MarshalAs(UnmanagedType.Bool)] bool order, uint family, int kind, uint reserved);

    [LibraryImport("user32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool EnumWindows(delegate* unmanaged<nint, nint, int> callback, nint state);

    [LibraryImport("user32.dll", SetLastError = true)]
    internal static partial uint GetWindowThreadProcessId(nint window, out int processId);

    [LibraryImport("user32.dll", EntryPoint = "PostMessageW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool PostMessage(nint window, uint message, nint wide, nint @long);
}

/// <summary>STARTUPINFOEXW.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StartupInfo
{
    public int Size;
    public nint Reserved;
    public nint Desktop;
    public nint Title;
    public int X;
    public int Y;
    public int Width;
    public int Height;
    public int CharactersWide;
    public int CharactersHigh;
    public int FillAttribute;
    public uint Flags;
    public short ShowWindow;
    public short MoreReservedSize;
    public nint MoreReserved;
    public nint Input;
    public nint Output;
    public nint Error;
    public nint AttributeList;
}

/// <summary>PROCESS_INFORMATION.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcessInformation
{
    public nint Process;
    public nint Thread;
    public int ProcessId;
    public int ThreadId;
}

/// <summary>SECURITY_ATTRIBUTES.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SecurityAttributes
{
    public int Size;
    public nint Descriptor;
    public int Inherit;
}

/// <summary>IO_COUNTERS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoCounters
{
    public ulong ReadOperations;
    public ulong WriteOperations;
    public ulong OtherOperations;
    public ulong ReadBytes;
    public ulong WrittenBytes;
    public ulong OtherBytes;
}

/// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JobLimits
{
    public long ProcessTime;
    public long JobTime;
    public uint Flags;
    public nuint MinimumWorkingSet;
    public nuint MaximumWorkingSet;
    public uint ActiveProcesses;
    public nuint Affinity;
    public uint PriorityClass;
    public uint SchedulingClass;
    public IoCounters Io;
    public nuint ProcessMemory;
    public nuint JobMemory;
    public nuint PeakProcessMemory;
    public nuint PeakJobMemory;
}

/// <summary>Handle of a job.</summary>
[SupportedOSPlatform("windows")]
internal sealed class SafeJobHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc />
    protected override bool ReleaseHandle() => WindowsNative.CloseHandle(handle);
}

/// <summary>Handle of a thread.</summary>
[SupportedOSPlatform("windows")]
internal sealed class SafeThreadHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Takes the handle over.</summary>
    public SafeThreadHandle(nint thread)
        : base(ownsHandle: true)
    {
        SetHandle(thread);
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => WindowsNative.CloseHandle(handle);
}
