using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>Asks libproc (sys/proc_info.h) and sysctl. Written for macOS from its headers; not run there yet.</summary>
[SupportedOSPlatform("macos")]
internal sealed partial class MacProcessTable : IProcessTable
{
    private const int BsdInfo = 3;
    private const int TaskInfo = 4;
    private const int ResourceUsage = 2;
    private const uint ZombieStatus = 5;

    /// <inheritdoc />
    public string BootId { get; } = ReadBootId();

    /// <inheritdoc />
    public UnixProcess? Find(int processId)
    {
        if (ProcPidInfo(processId, BsdInfo, 0, out BsdProcess info, Marshal.SizeOf<BsdProcess>()) <= 0 || info.Status == ZombieStatus)
        {
            return null;
        }

        long cpu = ProcPidInfo(processId, TaskInfo, 0, out TaskUsage usage, Marshal.SizeOf<TaskUsage>()) > 0
            ? (long)(usage.TotalUser + usage.TotalSystem)
            : 0;
        long start = checked(((long)info.StartSeconds * 1_000_000) + (long)info.StartMicroseconds);
        return new UnixProcess(processId, NativeMethods.GetSession(processId), start, cpu, (int)info.ParentId);
    }

    /// <inheritdoc />
    public IReadOnlyList<UnixProcess> OfSession(int sessionId) =>
        ProcessIds().Where(id => NativeMethods.GetSession(id) == sessionId).Select(Find).OfType<UnixProcess>().ToArray();

    /// <inheritdoc />
    public IEnumerable<UnixProcess> All() => ProcessIds().Select(Find).OfType<UnixProcess>();

    private static IEnumerable<int> ProcessIds()
    {
        int[] ids = new int[Math.Max(ProcListAllPids(null, 0) * 2, 1024)];
        int count = ProcListAllPids(ids, ids.Length * sizeof(int));
        return ids.Take(Math.Max(count, 0));
    }

    /// <inheritdoc />
    public bool TryReadEnvironment(int processId, string name, out string? value)
    {
        value = null;
        return false;
    }

    /// <inheritdoc />
    public string? FindErrorFile(int processId) => null;

    /// <inheritdoc />
    public long MeasureInputOutput(int processId) =>
        ProcPidResourceUsage(processId, ResourceUsage, out Resources usage) == 0
            ? (long)(usage.DiskBytesRead + usage.DiskBytesWritten)
            : 0;

    /// <inheritdoc />
    public IReadOnlyList<PortHolder> FindPortHolders(int port) => LsofPortTable.FindHolders(port);

    private static string ReadBootId()
    {
        byte[] text = new byte[64];
        nuint length = (nuint)text.Length;
        return SysctlByName("kern.bootsessionuuid", text, ref length, 0, 0) == 0
            ? System.Text.Encoding.ASCII.GetString(text, 0, (int)length).TrimEnd('\0')
            : (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - (Environment.TickCount64 / 1000)).ToString(CultureInfo.InvariantCulture);
    }

    [LibraryImport("libproc", EntryPoint = "proc_pidinfo")]
    private static partial int ProcPidInfo(int processId, int flavor, ulong argument, out BsdProcess info, int size);

    [LibraryImport("libproc", EntryPoint = "proc_pidinfo")]
    private static partial int ProcPidInfo(int processId, int flavor, ulong argument, out TaskUsage info, int size);

    [LibraryImport("libproc", EntryPoint = "proc_listallpids")]
    private static partial int ProcListAllPids([Out] int[]? ids, int size);

    [LibraryImport("libproc", EntryPoint = "proc_pid_rusage")]
    private static partial int ProcPidResourceUsage(int processId, int flavor, out Resources usage);

    [LibraryImport("libc", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SysctlByName(string name, [Out] byte[] value, ref nuint length, nint newValue, nuint newLength);

    /// <summary><c>struct proc_bsdinfo</c>, 136 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 136)]
    private struct BsdProcess
    {
        [FieldOffset(4)]
        public uint Status;

        [FieldOffset(16)]
        public uint ParentId;

        [FieldOffset(120)]
        public ulong StartSeconds;

        [FieldOffset(128)]
        public ulong StartMicroseconds;
    }

    /// <summary><c>struct proc_taskinfo</c>, 96 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 96)]
    private struct TaskUsage
    {
        [FieldOffset(16)]
        public ulong TotalUser;

        [FieldOffset(24)]
        public ulong TotalSystem;
    }

    /// <summary><c>struct rusage_info_v2</c>, 160 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 160)]
    private struct Resources
    {
        [FieldOffset(144)]
        public ulong DiskBytesRead;

        [FieldOffset(152)]
        public ulong DiskBytesWritten;
    }
}
