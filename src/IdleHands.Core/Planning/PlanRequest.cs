using IdleHands.Templates;

namespace IdleHands.Planning;

/// <summary>What a select was asked to do.</summary>
/// <param name="ModelId">The model.</param>
public sealed record PlanRequest(string ModelId)
{
    /// <summary>Path or address of the weights of a model that the configuration does not have; null for one that it has. What else it takes is found out.</summary>
    public string? Source { get; init; }

    /// <summary>The host to use; null: by the model's policy.</summary>
    public string? HostId { get; init; }

    /// <summary>The backend to use; null: by the model's policy.</summary>
    public string? BackendId { get; init; }

    /// <summary>Stop and start even what would be reused.</summary>
    public bool Restart { get; init; }

    /// <summary>As <see cref="Restart"/>; also takes the lock over.</summary>
    public bool Force { get; init; }

    /// <summary>Limit of the wait for readiness for this select; null: the model's, or by its size.</summary>
    public TimeSpan? ProbeTimeout { get; init; }

    /// <summary>How to choose among several hosts: one of <see cref="IdleHands.Placement"/>.</summary>
    public string Placement { get; init; } = IdleHands.Placement.Policy;

    /// <summary>Refuse a plan whose model does not fit into the memory of its host.</summary>
    public bool RequireFit { get; init; }

    /// <summary>Lead a port of this machine to the model's port on its host, and name that as the endpoint.</summary>
    public bool Tunnel { get; init; }

    /// <summary>True when a server that was found at work turned out not to be the model: it is left alone, and not taken over again.</summary>
    internal bool IgnoreFound { get; init; }

    /// <summary>Why a restart is planned although none was asked, e.g. a reuse whose probe failed; null otherwise.</summary>
    public string? RestartReason { get; init; }

    /// <summary>As the command that asks for it.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        Source is null ? $"Select-IHModel {ModelId}" : $"Select-IHModel -Source {Quoted(Source)}",
        HostId is null ? null : $"-HostId {HostId}",
        BackendId is null ? null : $"-BackendId {BackendId}",
        Restart && !Force ? "-Restart" : null,
        Force ? "-Force" : null,
        ProbeTimeout is { } limit ? FormattableString.Invariant($"-TimeoutSec {limit.TotalSeconds:0}") : null,
        Placement == IdleHands.Placement.Policy ? null : $"-Placement {Placement}",
        RequireFit ? "-RequireFit" : null,
        Tunnel ? "-Tunnel" : null,
    }.OfType<string>());

    private static string Quoted(string text) => PowerShellQuoting.Instance.IsBare(text) ? text : PowerShellQuoting.Instance.Quote(text);
}
