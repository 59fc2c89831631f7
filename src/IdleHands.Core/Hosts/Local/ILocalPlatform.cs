namespace IdleHands.Hosts.Local;

/// <summary>
/// What differs between operating systems on this machine: shell, session or job, process tree, identity of a process,
/// owner of a port. One implementation a family; everything else of a local host is shared.
/// </summary>
internal interface ILocalPlatform
{
    /// <summary>Shell of a host that names none.</summary>
    string DefaultShell { get; }

    /// <summary>What tells one boot of this machine from another.</summary>
    string BootId { get; }

    /// <summary>
    /// Starts a command in a session (job) of its own, without input, its output captured, so that its whole process
    /// tree can be ended.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>ShellNotFound</c>.</exception>
    ILocalCommand StartCommand(ShellCommand command);

    /// <summary>
    /// Starts a command detached in a session (job) of its own, its output appended to the log file. The command is held
    /// back until <paramref name="record"/> has returned, and is not run when this process dies before that. Where the
    /// platform can, the exit code of the command is written to <see cref="LaunchFiles.ExitCode"/> when it ends.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>LaunchFailed</c>, <c>ShellNotFound</c>.</exception>
    Task<LaunchRecord> StartDetachedAsync(
        string launchId,
        ShellCommand command,
        LaunchFiles files,
        Func<LaunchRecord, Task> record,
        CancellationToken cancellationToken);

    /// <summary>
    /// Describes a process that runs already: its start time, this boot, and the file that it logs to where the system
    /// tells; null when there is none of that id. Nothing is done to it.
    /// </summary>
    LaunchRecord? Adopt(int processId);

    /// <summary>
    /// The living processes of a launch, and of nothing else; empty when it is gone. Those that left its session are
    /// looked for only when <paramref name="everywhere"/> is asked for, or nobody is left in the session.
    /// </summary>
    IReadOnlyList<int> FindProcesses(LaunchRecord launch, bool everywhere);

    /// <summary>Processes with their start times, as <see cref="LaunchRecord.KnownProcesses"/> keeps them.</summary>
    NameList Identify(IReadOnlyList<int> processIds);

    /// <summary>True when a process belongs to a launch, also when it has left the launch's session.</summary>
    bool IsOfLaunch(LaunchRecord launch, int processId);

    /// <summary>Sum of CPU time and I/O of processes: any unit, grows while they work.</summary>
    long MeasureActivity(IReadOnlyList<int> processIds);

    /// <summary>Sends a signal to every living process of a launch, and to nothing else.</summary>
    void Signal(LaunchRecord launch, LaunchSignal signal);

    /// <summary>True when somebody accepts connections on a port of 127.0.0.1.</summary>
    Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken);

    /// <summary>Who listens on a TCP port, on whatever address.</summary>
    IReadOnlyList<PortHolder> FindPortHolders(int port);
}

/// <summary>A running command whose tree can be ended.</summary>
internal interface ILocalCommand : IDisposable
{
    /// <summary>Its standard output.</summary>
    Stream Output { get; }

    /// <summary>Its standard error.</summary>
    Stream Error { get; }

    /// <summary>Waits until the shell itself has ended, whoever still holds its output open, and gives its exit code.</summary>
    Task<int> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Ends the command with all it started.</summary>
    Task KillTreeAsync();
}

/// <summary>A command line with the shell that reads it.</summary>
/// <param name="Shell"><c>bash</c>, <c>sh</c>, <c>pwsh</c> or <c>cmd</c>.</param>
/// <param name="Text">The command line.</param>
/// <param name="WorkingDirectory">Where it starts.</param>
/// <param name="Environment">Variables set beside the inherited ones.</param>
internal sealed record ShellCommand(
    string Shell,
    string Text,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment);
