namespace IdleHands;

/// <summary>The words for why a launch failed. They are stable, so that results can be filtered by them.</summary>
public static class FailureWord
{
    /// <summary>A file or a repository of the model is not there.</summary>
    public const string ModelFileMissing = "model file missing";

    /// <summary>A file of the model is there, and is damaged or no model.</summary>
    public const string ModelFileCorrupt = "model file corrupt";

    /// <summary>The server does not know this sort of model.</summary>
    public const string ModelNotSupported = "model not supported";

    /// <summary>Another program listens on the port.</summary>
    public const string PortInUse = "port in use";

    /// <summary>The memory of the GPU does not suffice.</summary>
    public const string OutOfDeviceMemory = "out of device memory";

    /// <summary>The memory of the machine does not suffice.</summary>
    public const string OutOfHostMemory = "out of host memory";

    /// <summary>The server does not know an option, or not its value.</summary>
    public const string UnknownOption = "unknown option";

    /// <summary>The start command's program is not there.</summary>
    public const string CommandNotFound = "command not found";

    /// <summary>The program is there and can't be executed.</summary>
    public const string NotExecutable = "not executable";

    /// <summary>A library that the program needs is not there, or of another version.</summary>
    public const string LibraryMissing = "library missing";

    /// <summary>The user may not read, open or use something.</summary>
    public const string PermissionDenied = "permission denied";

    /// <summary>It was killed: by somebody, or by the kernel for want of memory.</summary>
    public const string Killed = "killed by signal 9";

    /// <summary>The time was over while it still worked: its log, CPU time or I/O moved.</summary>
    public const string StillLoading = "still loading";

    /// <summary>The time was over, and nothing of it had moved for a while.</summary>
    public const string NoProgress = "no progress";

    /// <summary>The start command succeeded, and nothing of it runs.</summary>
    public const string NothingRuns = "nothing runs";

    /// <summary>Nothing tells why.</summary>
    public const string Unknown = "unknown";

    /// <summary>It was ended by a signal other than 9, e.g. <c>ended by signal 11 (SIGSEGV)</c>.</summary>
    /// <param name="signal">Its number.</param>
    public static string EndedBySignal(int signal) => signal switch
    {
        1 => "ended by signal 1 (SIGHUP)",
        2 => "ended by signal 2 (SIGINT)",
        3 => "ended by signal 3 (SIGQUIT)",
        4 => "ended by signal 4 (SIGILL)",
        5 => "ended by signal 5 (SIGTRAP)",
        6 => "ended by signal 6 (SIGABRT)",
        7 => "ended by signal 7 (SIGBUS)",
        8 => "ended by signal 8 (SIGFPE)",
        9 => Killed,
        11 => "ended by signal 11 (SIGSEGV)",
        13 => "ended by signal 13 (SIGPIPE)",
        15 => "ended by signal 15 (SIGTERM)",
        _ => $"ended by signal {signal}",
    };

    /// <summary>It was ended by an exception of Windows, e.g. <c>ended by exception 0xC0000005 (access violation)</c>.</summary>
    /// <param name="exitCode">The exit code, which is the number of the exception.</param>
    public static string EndedByException(int exitCode) => (uint)exitCode switch
    {
        0xC0000005 => "ended by exception 0xC0000005 (access violation)",
        0xC0000006 => "ended by exception 0xC0000006 (a file could not be read)",
        0xC000001D => "ended by exception 0xC000001D (illegal instruction)",
        0xC0000094 => "ended by exception 0xC0000094 (division by zero)",
        0xC00000FD => "ended by exception 0xC00000FD (stack overflow)",
        0xC000013A => "ended by exception 0xC000013A (Ctrl+C)",
        0xC0000374 => "ended by exception 0xC0000374 (heap corruption)",
        0xC0000409 => "ended by exception 0xC0000409 (abort)",
        0xE06D7363 => "ended by exception 0xE06D7363 (C++ exception)",
        _ => $"ended by exception 0x{(uint)exitCode:X8}",
    };
}
