using System.Runtime.InteropServices;

namespace IdleHands.Hosts.Local;

/// <summary>What .NET doesn't offer of POSIX.</summary>
internal static partial class NativeMethods
{
    /// <summary>SIGKILL, the same number on all Unix systems.</summary>
    public const int KillSignal = 9;

    /// <summary>SIGTERM, the same number on all Unix systems.</summary>
    public const int TerminateSignal = 15;

    /// <summary>Sends a signal; -1 when there is no such process or it is not ours to signal.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);

    /// <summary>Session of a process; -1 when there is no such process.</summary>
    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    public static partial int GetSession(int processId);
}
