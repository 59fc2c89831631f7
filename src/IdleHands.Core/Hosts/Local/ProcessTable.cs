namespace IdleHands.Hosts.Local;

/// <summary>A living process as a Unix system tells it; zombies are left out.</summary>
/// <param name="Id">Process id.</param>
/// <param name="SessionId">Its session: the process id of the session's leader.</param>
/// <param name="StartTime">When it started, in the system's own unit since boot or since 1970; grows with time.</param>
/// <param name="CpuTime">CPU time used so far, in the system's own unit.</param>
/// <param name="ParentId">The process that started it, or adopted it.</param>
internal readonly record struct UnixProcess(int Id, int SessionId, long StartTime, long CpuTime, int ParentId);

/// <summary>The processes of a Unix machine: what tells those of a launch from all others.</summary>
internal interface IProcessView
{
    /// <summary>What tells one boot of the machine from another.</summary>
    string BootId { get; }

    /// <summary>One living process; null when there is none of that id.</summary>
    UnixProcess? Find(int processId);

    /// <summary>All living processes of one session.</summary>
    IReadOnlyList<UnixProcess> OfSession(int sessionId);

    /// <summary>All living processes.</summary>
    IEnumerable<UnixProcess> All();

    /// <summary>A variable of a process's environment as it was started with; false where the system doesn't let us read it.</summary>
    bool TryReadEnvironment(int processId, string name, out string? value);
}

/// <summary>The processes of this machine, for the Unix systems.</summary>
internal interface IProcessTable : IProcessView
{
    /// <summary>The file that a process's standard error goes to; null for none, and where the system doesn't tell.</summary>
    string? FindErrorFile(int processId);

    /// <summary>Bytes read and written by a process; 0 where the system doesn't tell.</summary>
    long MeasureInputOutput(int processId);

    /// <summary>Who listens on a TCP port.</summary>
    IReadOnlyList<PortHolder> FindPortHolders(int port);
}
