namespace IdleHands;

/// <summary>One thing that was looked at: a host, a model on a host, or a server found on a port.</summary>
public sealed record HealthResult
{
    /// <summary><c>Host</c>, <c>Model</c> or <c>Discovered</c>.</summary>
    public required string Section { get; init; }

    /// <summary>The host.</summary>
    public required string HostId { get; init; }

    /// <summary>Id of the host or model that the row is about; for a server found, the configured models it serves, joined; null where it serves none.</summary>
    public string? Id { get; init; }

    /// <summary>The port; null for a host.</summary>
    public int? Port { get; init; }

    /// <summary>One of <see cref="ProbeStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Ids that the server lists.</summary>
    public NameList ModelIds { get; init; } = NameList.Empty;

    /// <summary>Those of <see cref="ModelIds"/> that no configured model names.</summary>
    public NameList Unconfigured { get; init; } = NameList.Empty;

    /// <summary>Kind of server, where it can be told.</summary>
    public string? Server { get; init; }

    /// <summary>HTTP status that decided; null where there was none.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Time to the answer that decided.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Why the status is what it is, in words.</summary>
    public string? Detail { get; init; }
}

/// <summary>The words of <see cref="HealthResult.Section"/>.</summary>
public static class HealthSection
{
    /// <summary>A host's check command.</summary>
    public const string Host = nameof(Host);

    /// <summary>A configured model on a host it may run on.</summary>
    public const string Model = nameof(Model);

    /// <summary>A server found on a port.</summary>
    public const string Discovered = nameof(Discovered);
}
