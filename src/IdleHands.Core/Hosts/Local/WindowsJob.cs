using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>A job object: what a session is on Unix, the set of processes that belong to one command or launch.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsJob : IDisposable
{
    private const int ProcessIdList = 3;
    private const int ExtendedLimits = 9;
    private const uint KillOnClose = 0x2000;
    private const uint QueryAccess = 0x0004;
    private const uint TerminateAccess = 0x0008;
    private const int MoreData = 234;
    private const uint SameAccess = 2;

    private WindowsJob(SafeJobHandle handle)
    {
        Handle = handle;
    }

    /// <summary>Its handle.</summary>
    public SafeJobHandle Handle { get; }

    /// <summary>A job whose processes end when it is closed, also when this process dies, unless <see cref="Release"/> was called.</summary>
    public static WindowsJob Create() => CreateBound(null);

    /// <summary>As <see cref="Create"/>, found by the launch's id.</summary>
    public static WindowsJob CreateForLaunch(string launchId) => CreateBound(NameOf(launchId));

    /// <summary>The job of a launch; null where there is none (any more), or where it lives in another logon session.</summary>
    public static WindowsJob? OpenLaunch(string launchId)
    {
        SafeJobHandle handle = WindowsNative.OpenJobObject(QueryAccess | TerminateAccess, inherit: false, NameOf(launchId));
        if (!handle.IsInvalid)
        {
            return new WindowsJob(handle);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Lets the processes live on when the job is closed.</summary>
    public void Release() => SetFlags(0);

    /// <summary>
    /// Hands the job's handle to a process. A job has its name only as long as a handle to it is open. The handle is
    /// inheritable, and shells let their children inherit: so the name lasts as long as any process of the launch, also
    /// when the start command has ended and left its server in the background. Where Windows refuses, the launch is
    /// still found by its process.
    /// </summary>
    public void ShareWith(WindowsProcess process)
    {
        nint own = WindowsNative.GetCurrentProcess();
        WindowsNative.DuplicateHandle(own, Handle.DangerousGetHandle(), process.Handle.DangerousGetHandle(), out _, 0, inherit: true, SameAccess);
    }

    /// <summary>Ids of its living processes.</summary>
    public unsafe IReadOnlyList<int> ListProcesses()
    {
        int size = 1024;
        while (true)
        {
            byte[] list = new byte[size];
            fixed (byte* start = list)
            {
                if (WindowsNative.QueryInformationJobObject(Handle, ProcessIdList, start, list.Length, out _))
                {
                    return WindowsJobList.Parse(list, nint.Size);
                }
            }

            if (Marshal.GetLastPInvokeError() != MoreData)
            {
                return [];
            }

            size *= 2;
        }
    }

    /// <summary>Ends all its processes at once.</summary>
    public void Terminate() => WindowsNative.TerminateJobObject(Handle, exitCode: 1);

    /// <inheritdoc />
    public void Dispose() => Handle.Dispose();

    private static string NameOf(string launchId) => @"Local\IdleHands-" + launchId;

    private static WindowsJob CreateBound(string? name)
    {
        SafeJobHandle handle = WindowsNative.CreateJobObject(0, name);
        if (handle.IsInvalid)
        {
            throw WindowsProcess.Failure("make a job for the command", "LaunchFailed");
        }

        var job = new WindowsJob(handle);
        job.SetFlags(KillOnClose);
        return job;
    }

    private void SetFlags(uint flags) =>
        WindowsNative.SetInformationJobObject(Handle, ExtendedLimits, new JobLimits { Flags = flags }, Unsafe.SizeOf<JobLimits>());
}
