namespace IdleHands.Hosts;

/// <summary>
/// A way to one host. Transports differ here and nowhere else: whoever holds a connection need not know whether the
/// host is this machine or another.
/// </summary>
public interface IHostConnection : IAsyncDisposable
{
    /// <summary>Id of the host.</summary>
    string HostId { get; }

    /// <summary>HTTP to the host's own 127.0.0.1: no proxy, no redirects, short connect limit. The caller limits the answer.</summary>
    HttpMessageInvoker Http { get; }

    /// <summary>Opens the way to the host where it is not open yet, so that a limit of what is asked next is not used up by that.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached; the error's id tells why.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Makes sure that commands can run and launches can be logged on the host, without launching anything.</summary>
    /// <exception cref="IdleHandsException"><c>ShellNotFound</c>, <c>LaunchFailed</c>.</exception>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs a command in the host's shell, in the user's home directory, without input, and captures its output up to a
    /// bound. Returns when the shell has ended, also when a background child of it still holds the output open. At the
    /// command's limit, or on cancellation, the whole process tree of the command is ended.
    /// </summary>
    /// <exception cref="IdleHandsException">The shell can't be started (<c>ShellNotFound</c>).</exception>
    Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a command detached, in a session of its own, with its output in a log file, so that it outlives this
    /// process. The command is held back until <paramref name="record"/> has returned: whoever is killed before its
    /// launch is recorded has started nothing. Says nothing about whether the command does well.
    /// </summary>
    /// <param name="request">What to start.</param>
    /// <param name="record">Writes the launch down; when it throws, the command is never started.</param>
    /// <param name="cancellationToken">Cancels before the command is let go.</param>
    /// <exception cref="IdleHandsException">It can't be started, or the log can't be written (<c>LaunchFailed</c>).</exception>
    Task<LaunchRecord> LaunchAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken);

    /// <summary>Looks at a launch. A process that merely carries its number is never taken for it.</summary>
    Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken);

    /// <summary>All processes of a launch with their start times, those that have left its session too, for <see cref="LaunchRecord.KnownProcesses"/>.</summary>
    Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken);

    /// <summary>
    /// Describes a process that runs already, so that it can be looked at and stopped like a launch; null when it has
    /// ended. Nothing is done to it.
    /// </summary>
    Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken);

    /// <summary>Signals every process of a launch, and nothing else.</summary>
    Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken);

    /// <summary>The last lines of a launch's log, without its header; empty where there is none.</summary>
    Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken);

    /// <summary>The lines of a launch's log as they are there, header and older part included, and then as they come.</summary>
    /// <param name="logPath">The log on the host.</param>
    /// <param name="reading">Which lines.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>, <c>LogUnreadable</c>.</exception>
    IAsyncEnumerable<string> ReadLogAsync(string logPath, LogReading reading, CancellationToken cancellationToken);

    /// <summary>True when somebody accepts connections on a port of the host's own 127.0.0.1. Cheaper than to ask who does.</summary>
    Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken);

    /// <summary>Who listens on a TCP port of the host, on whatever address; several may, each on an address of its own.</summary>
    /// <param name="port">The port.</param>
    /// <param name="launch">Marks the holders that belong to this launch; null marks none.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken);

    /// <summary>An address by which this machine reaches a port of the host; null where none does.</summary>
    Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken);

    /// <summary>
    /// A command of this machine that keeps a port of it leading to a port of the host's own 127.0.0.1; null where the
    /// transport has none.
    /// </summary>
    Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken);

    /// <summary>
    /// The lease of the host: who has it is the only one who switches models there, from whatever machine. It lies on the
    /// host, for the account that is logged in, and expires by itself when whoever has it is gone.
    /// </summary>
    Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken);

    /// <summary>
    /// Copies a text file of this machine to the host, whole or not at all, unless the same stands there already.
    /// </summary>
    /// <param name="source">The file here.</param>
    /// <param name="path">Where it goes; a relative path starts at the user's home.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>True when it was copied; false when it stood there already.</returns>
    /// <exception cref="IdleHandsException"><c>CopyFailed</c>.</exception>
    Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken);

    /// <summary>What the host's file system says of these paths; <c>~/</c> and relative paths start at the user's home.</summary>
    Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>The memory of the host and its GPUs now, and what processes hold of it; null where the host can't tell.</summary>
    internal Task<MemorySnapshot?> ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken);

    /// <summary>
    /// Opens files to read parts of them, of which only what is read travels. Paths are as of <see cref="StatAsync"/>; the
    /// caller disposes what it gets, one for each path.
    /// </summary>
    Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>
    /// The files that a path names, sorted: a file, those of a directory, or what a pattern with <c>*</c>, <c>?</c> and
    /// <c>[a-z]</c> in its parts matches; of directories only files with this ending. Names that begin with a dot have to be
    /// named.
    /// </summary>
    /// <param name="path">The path, as of <see cref="StatAsync"/>.</param>
    /// <param name="extension">The ending of the files of a directory, with the dot.</param>
    /// <param name="recurse">True: those of the directories in it, too.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken);
}

/// <summary>A command for a host's shell.</summary>
/// <param name="Text">The command line, for the host's shell.</param>
/// <param name="Timeout">How long it may take.</param>
public sealed record HostCommand(string Text, TimeSpan Timeout)
{
    /// <summary>Variables to set beside the user's own: values of secrets, which must not stand in the text.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EnvironmentMap.Empty;
}

/// <summary>A command of this machine that keeps a tunnel. What it needs to log in is there until this is disposed.</summary>
/// <param name="words">The program and its arguments.</param>
/// <param name="environment">Variables to set.</param>
/// <param name="release">Takes away what it needed to log in.</param>
public sealed class TunnelCommand(NameList words, EnvironmentMap environment, Action release) : IDisposable
{
    /// <summary>The program and its arguments.</summary>
    public NameList Words { get; } = words;

    /// <summary>Variables to set.</summary>
    public EnvironmentMap Environment { get; } = environment;

    /// <inheritdoc />
    public void Dispose() => release();
}

/// <summary>How a command ended.</summary>
public sealed record CommandResult
{
    /// <summary>Exit code; null when it was ended at its limit.</summary>
    public int? ExitCode { get; init; }

    /// <summary>True when it was ended at its limit.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Standard output, bounded: the end of it.</summary>
    public string Output { get; init; } = string.Empty;

    /// <summary>Standard error, bounded: the end of it.</summary>
    public string Error { get; init; } = string.Empty;

    /// <summary>How long it ran.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>True when it ended with 0.</summary>
    public bool Succeeded => ExitCode == 0;
}

/// <summary>A command to start detached.</summary>
/// <param name="LaunchId">Unique id; also set as <c>IDLEHANDS_LAUNCH_ID</c> in the environment and used to name the log.</param>
/// <param name="Command">The command line, for the host's shell.</param>
public sealed record LaunchRequest(string LaunchId, string Command)
{
    /// <summary>What is launched, in a few words: stands with the time and the command at the head of the log.</summary>
    public string? Header { get; init; }

    /// <summary>Variables to set beside the user's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EnvironmentMap.Empty;
}

/// <summary>What identifies a launch, so that it can be found, judged and stopped later, and nothing else taken for it.</summary>
public sealed record LaunchRecord
{
    /// <summary>Unique id of the launch.</summary>
    public required string LaunchId { get; init; }

    /// <summary>Session id on Unix, which is the process id of the session's leader; the first process's id on Windows.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Start time of that process as the system tells it; compared, never interpreted.</summary>
    public required string StartTime { get; init; }

    /// <summary>What tells one boot of the machine from another.</summary>
    public required string BootId { get; init; }

    /// <summary>Log file on the host; null for a process that was not started here and writes to no file.</summary>
    public string? LogPath { get; init; }

    /// <summary>
    /// True for a process that runs without having been launched here: <see cref="ProcessId"/> is the server itself, and
    /// what belongs to it are its children, not its session, which may be somebody's terminal.
    /// </summary>
    public bool IsAdopted { get; init; }

    /// <summary>When it was launched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Its processes as they were when its server was ready, each with its start time: what still tells them from
    /// strangers when the session's leader has gone and they carry no mark of the launch.
    /// </summary>
    public NameList KnownProcesses { get; init; } = NameList.Empty;
}

/// <summary>What can be seen of a launch now.</summary>
public sealed record LaunchObservation
{
    /// <summary>Processes of the launch that live; the start command's own shell is among them while it runs.</summary>
    public IReadOnlyList<int> ProcessIds { get; init; } = [];

    /// <summary>True when the host was started anew since: then nothing of the launch is left, whatever has its number.</summary>
    public bool IsOfEarlierBoot { get; init; }

    /// <summary>Exit code of the start command, where it has ended and the code is known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>CPU time and I/O of the living processes plus the log's length: a number that grows while it works.</summary>
    public long Activity { get; init; }

    /// <summary>The last line of the log that says something; its header does not count.</summary>
    public string? LastLogLine { get; init; }

    /// <summary>True while anything of it lives.</summary>
    public bool IsAlive => ProcessIds.Count > 0;
}

/// <summary>Which lines of a log to read.</summary>
public sealed record LogReading
{
    /// <summary>How many of the last lines to begin with; null for all.</summary>
    public int? Tail { get; init; }

    /// <summary>Go on with what comes until this launch has ended; null: end with what is there.</summary>
    public LaunchRecord? Follow { get; init; }

    /// <summary>Texts that must not be parted where a long line is cut, because they are looked for in what is read.</summary>
    public IReadOnlyCollection<string> Uncut { get; init; } = [];
}

/// <summary>What to send to a launch.</summary>
public enum LaunchSignal
{
    /// <summary>End in order (SIGTERM).</summary>
    Terminate,

    /// <summary>End at once (SIGKILL).</summary>
    Kill,
}

/// <summary>Who listens on a port.</summary>
/// <param name="Port">The port.</param>
/// <param name="ProcessId">The process; null where the system doesn't tell.</param>
/// <param name="ProcessName">Its name or command line; null where the system doesn't tell.</param>
public sealed record PortHolder(int Port, int? ProcessId, string? ProcessName)
{
    /// <summary>True when it is what a client of 127.0.0.1 reaches: not one that listens on another address alone.</summary>
    public bool IsReached { get; init; } = true;

    /// <summary>True when it belongs to the launch that was asked about.</summary>
    public bool IsOfLaunch { get; init; }

    /// <summary>True when only the host itself reaches it: it listens on 127.0.0.1 or ::1 alone. False also where the system doesn't tell.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>"process 42 (nginx)", or "a process that the system does not name".</summary>
    public override string ToString() =>
        ProcessId is null ? "a process that the system does not name" : $"process {ProcessId} ({ProcessName ?? "?"})";
}

/// <summary>What a file system says of a path.</summary>
/// <param name="Path">The path as asked.</param>
/// <param name="Exists">True for a file that can be read.</param>
/// <param name="Size">Bytes; null where it doesn't exist or is a directory.</param>
/// <param name="Problem">Why it can't be read, where it is there: "is a directory", "permission denied".</param>
public sealed record FileFact(string Path, bool Exists, long? Size, string? Problem = null);
