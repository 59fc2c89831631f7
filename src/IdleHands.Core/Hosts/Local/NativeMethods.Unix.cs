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

    /// <summary>For <see cref="Access"/>: the directory may be entered.</summary>
    public const int MayEnter = 1;

    /// <summary>For <see cref="Access"/>: it may be written to.</summary>
    public const int MayWrite = 2;

    /// <summary>Whether this user may do something with a path, as the system would decide it; -1 where not.</summary>
    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);
}
