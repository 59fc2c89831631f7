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

/// <summary>What was found out before planning, since a plan itself looks at nothing.</summary>
public sealed record PlanFacts
{
    /// <summary>Bytes of all files of the weights; null where they could not be read.</summary>
    public long? SourceBytes { get; init; }

    /// <summary>True when this machine runs Windows: it decides the shell of a local host that names none.</summary>
    public bool IsWindows { get; init; }
}
