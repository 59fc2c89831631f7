using IdleHands.Hosts;

namespace IdleHands.Planning;

/// <summary>The model, host and backend that a request comes down to.</summary>
public sealed record PlanSelection
{
    /// <summary>What was asked.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The model.</summary>
    public required RuntimeModel Model { get; init; }

    /// <summary>The host it will run on.</summary>
    public required RuntimeHost Host { get; init; }

    /// <summary>The backend it will run with; null for none.</summary>
    public RuntimeBackend? Backend { get; init; }

    /// <summary>Why hosts and backends of higher preference were passed over.</summary>
    public NameList PassedOver { get; init; } = NameList.Empty;

    /// <summary>What looks wrong but does not prevent a plan.</summary>
    public NameList Warnings { get; init; } = NameList.Empty;
}

/// <summary>A server that was found at work.</summary>
/// <param name="Description">Who it is, in words.</param>
/// <param name="Launch">Its process, to be looked at and stopped like a launch; null where the system does not name it, or where it serves others too: then a service runs it.</param>
internal sealed record FoundServer(string Description, LaunchRecord? Launch)
{
    /// <summary>True when the launch that is written down as active lives, although the server is not its own.</summary>
    public bool IsRecordAlive { get; init; }
}

/// <summary>What was found out before planning, since a plan itself looks at nothing.</summary>
public sealed record PlanFacts
{
    /// <summary>Bytes of all files of the weights; null where they could not be read.</summary>
    public long? SourceBytes { get; init; }

    /// <summary>What is wrong with the files of the weights; null where they could be read, or are none that can be.</summary>
    internal IdleHandsException? SourceProblem { get; init; }

    /// <summary>Whether the model fits into the memory of the host; null where that was not looked at.</summary>
    public MemoryFit? Fit { get; init; }

    /// <summary>How long this model usually takes to load on this host; null where it never did.</summary>
    public TimeSpan? LoadTime { get; init; }

    /// <summary>A server that answers as the model on its port, though nothing that is written down runs it; null for none.</summary>
    internal FoundServer? Found { get; init; }

    /// <summary>Launches that still run although the state has lost them.</summary>
    internal IReadOnlyList<ActiveRuntime> Leftovers { get; init; } = [];

    /// <summary>True when this machine runs Windows: it decides the shell of a local host that names none.</summary>
    public bool IsWindows { get; init; }
}
