using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>
/// A process of Windows by its handle: while the handle is open its number can't pass to another process, and its exit
/// code stays readable.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsProcess : IDisposable
{
    private const uint CreateSuspended = 0x0000_0004;
    private const uint CreateNewProcessGroup = 0x0000_0200;
    private const uint CreateUnicodeEnvironment = 0x0000_0400;
    private const uint ExtendedStartupInfo = 0x0008_0000;
    private const uint CreateBreakawayFromJob = 0x0100_0000;
    private const uint CreateNoWindow = 0x0800_0000;
    private const uint UseStandardHandles = 0x0000_0100;
    private const nuint HandleListAttribute = 0x0002_0002;
    private const nuint JobListAttribute = 0x0002_000D;
    private const int AccessDenied = 5;
    private const uint QueryLimited = 0x1000;
    private const uint Synchronize = 0x0010_0000;
    private const uint TerminateRight = 0x0001;
    private const uint WaitTimeout = 258;
    private const uint SameAccess = 2;

    private WindowsProcess(int id, SafeProcessHandle handle)
    {
        Id = id;
        Handle = handle;
    }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>Its handle.</summary>
    public SafeProcessHandle Handle { get; }

    /// <summary>True while it has not ended.</summary>
    public bool IsRunning => WindowsNative.WaitForSingleObject(Handle, 0) == WaitTimeout;

    /// <summary>Its exit code; meaningless while it runs.</summary>
    public int ExitCode => WindowsNative.GetExitCodeProcess(Handle, out int code) ? code : -1;

    /// <summary>When it was made, as a number that is compared and never interpreted; with <see cref="Id"/> it names one process for ever.</summary>
    public string StartTime => WindowsNative.GetProcessTimes(Handle, out long creation, out _, out _, out _)
        ? creation.ToString(CultureInfo.InvariantCulture)
        : string.Empty;

    /// <summary>CPU milliseconds and bytes read, written or otherwise moved, summed.</summary>
    public long Activity
    {
        get
        {
            long work = WindowsNative.GetProcessTimes(Handle, out _, out _, out long kernel, out long user)
                ? (kernel + user) / TimeSpan.TicksPerMillisecond
                : 0;
            return WindowsNative.GetProcessIoCounters(Handle, out IoCounters io)
                ? work + (long)(io.ReadBytes + io.WrittenBytes + io.OtherBytes)
                : work;
        }
    }

    /// <summary>The process of this number; null where there is none, or none that may be looked at.</summary>
    public static WindowsProcess? Open(int id, bool toTerminate = false)
    {
        SafeProcessHandle handle = WindowsNative.OpenProcess(QueryLimited | Synchronize | (toTerminate ? TerminateRight : 0), inherit: false, id);
        if (!handle.IsInvalid)
        {
            return new WindowsProcess(id, handle);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>
    /// Makes a process inside a job from its first instant, not yet running, with these standard handles and no others
    /// inherited, in a hidden console of its own.
    /// </summary>
    /// <returns>The process, and the thread to resume.</returns>
    public static (WindowsProcess Process, SafeThreadHandle Thread) CreateSuspendedIn(WindowsJob job, ProcessSetup setup)
    {
        const uint Flags = CreateSuspended | CreateNewProcessGroup | CreateNoWindow | CreateUnicodeEnvironment | ExtendedStartupInfo;

        // A terminal or a service may itself run in a job that dies with it: leave that job where it allows it.
        if (setup.LeaveCallersJob && TryCreate(job, setup, Flags | CreateBreakawayFromJob, out ProcessInformation made))
        {
            return Own(made);
        }

        if (setup.LeaveCallersJob && Marshal.GetLastPInvokeError() != AccessDenied)
        {
            throw Failure($"start '{setup.Application}'", "LaunchFailed");
        }

        return TryCreate(job, setup, Flags, out made) ? Own(made) : throw Failure($"start '{setup.Application}'", "LaunchFailed");
    }

    /// <summary>Lets it run.</summary>
    public static void Resume(SafeThreadHandle thread)
    {
        if (WindowsNative.ResumeThread(thread) == uint.MaxValue)
        {
            throw Failure("let the new process run", "LaunchFailed");
        }
    }

    /// <summary>Ends it at once, alone.</summary>
    public void Terminate() => WindowsNative.TerminateProcess(Handle, exitCode: 1);

    /// <summary>Waits until it has ended and gives its exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        using var ended = new ProcessWaitHandle(DuplicateForWaiting());
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RegisteredWaitHandle registration = ThreadPool.RegisterWaitForSingleObject(
            ended, (_, _) => completion.TrySetResult(), state: null, Timeout.Infinite, executeOnlyOnce: true);
        try
        {
            await completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            registration.Unregister(null);
        }

        return ExitCode;
    }

    /// <inheritdoc />
    public void Dispose() => Handle.Dispose();

    /// <summary>The failure of the call just made, in the system's words.</summary>
    internal static IdleHandsException Failure(string what, string errorId)
    {
        int code = Marshal.GetLastPInvokeError();
        return new IdleHandsException(
            errorId,
            code == AccessDenied ? FailureKind.Permission : FailureKind.Failed,
            $"Windows refused to {what}: {Marshal.GetPInvokeErrorMessage(code)} (error {code}).");
    }

    private static (WindowsProcess Process, SafeThreadHandle Thread) Own(ProcessInformation made) =>
        (new WindowsProcess(made.ProcessId, new SafeProcessHandle(made.Process, ownsHandle: true)), new SafeThreadHandle(made.Thread));

    private static unsafe bool TryCreate(WindowsJob job, ProcessSetup setup, uint flags, out ProcessInformation made)
    {
        nint[] inherited = new[] { setup.Input, setup.Output, setup.Error }.Select(handle => handle.DangerousGetHandle()).Distinct().ToArray();
        nint jobHandle = job.Handle.DangerousGetHandle();
        ProcessInformation information = default;
        bool created;

        // The system may write into the command line: it gets a copy that ends with a NUL.
        char[] commandLine = [.. setup.CommandLine, '\0'];
        using var attributes = new AttributeList(count: 2);
        fixed (nint* handles = inherited)
        fixed (char* line = commandLine)
        fixed (char* environment = setup.Environment)
        {
            attributes.Set(HandleListAttribute, handles, inherited.Length);
            attributes.Set(JobListAttribute, &jobHandle, 1);
            StartupInfo startup = new()
            {
                Size = sizeof(StartupInfo),
                Flags = UseStandardHandles,
                Input = setup.Input.DangerousGetHandle(),
                Output = setup.Output.DangerousGetHandle(),
                Error = setup.Error.DangerousGetHandle(),
                AttributeList = attributes.Pointer,
            };
            created = WindowsNative.CreateProcess(
                setup.Application, line, 0, 0, inheritHandles: true, flags, environment, setup.WorkingDirectory, &startup, &information);
        }

        made = information;
        GC.KeepAlive(job);
        return created;
    }

    private SafeWaitHandle DuplicateForWaiting()
    {
        nint own = WindowsNative.GetCurrentProcess();
        return WindowsNative.DuplicateHandle(own, Handle.DangerousGetHandle(), own, out nint copy, 0, inherit: false, SameAccess)
            ? new SafeWaitHandle(copy, ownsHandle: true)
            : throw Failure("wait for a process", "CommandFailed");
    }

    private sealed class ProcessWaitHandle : WaitHandle
    {
        public ProcessWaitHandle(SafeWaitHandle handle)
        {
            SafeWaitHandle = handle;
        }
    }

    /// <summary>PROC_THREAD_ATTRIBUTE_LIST. Keeps the pointers it is given: what they point to must outlive it.</summary>
    private sealed class AttributeList : IDisposable
    {
        public AttributeList(int count)
        {
            nint size = 0;

            // The first call only says how much memory is needed.
            WindowsNative.InitializeProcThreadAttributeList(0, count, 0, ref size);
            Pointer = Marshal.AllocHGlobal(size);
            if (!WindowsNative.InitializeProcThreadAttributeList(Pointer, count, 0, ref size))
            {
                Marshal.FreeHGlobal(Pointer);
                throw Failure("prepare a process", "LaunchFailed");
            }
        }

        public nint Pointer { get; }

        public unsafe void Set(nuint attribute, nint* values, int count)
        {
            if (!WindowsNative.UpdateProcThreadAttribute(Pointer, 0, attribute, values, (nuint)(count * sizeof(nint)), 0, 0))
            {
                throw Failure("prepare a process", "LaunchFailed");
            }
        }

        public void Dispose()
        {
            WindowsNative.DeleteProcThreadAttributeList(Pointer);
            Marshal.FreeHGlobal(Pointer);
        }
    }
}

/// <summary>What a new process is given.</summary>
/// <param name="Application">Executable.</param>
/// <param name="CommandLine">Command line, the executable included.</param>
/// <param name="WorkingDirectory">Where it starts.</param>
/// <param name="Environment">Environment block.</param>
/// <param name="Input">Inheritable handle of its input.</param>
/// <param name="Output">Inheritable handle of its output.</param>
/// <param name="Error">Inheritable handle of its error output.</param>
/// <param name="LeaveCallersJob">True where it is to outlive whatever job this process runs in.</param>
internal sealed record ProcessSetup(
    string Application,
    string CommandLine,
    string WorkingDirectory,
    string Environment,
    SafeHandle Input,
    SafeHandle Output,
    SafeHandle Error,
    bool LeaveCallersJob);
