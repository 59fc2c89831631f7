using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Diagnostics;

/// <summary>What was seen of a port of a host.</summary>
/// <param name="Answer">What it answered.</param>
/// <param name="Holders">Who has it; empty where nobody listens.</param>
internal sealed record PortLook(ServerAnswer Answer, IReadOnlyList<PortHolder> Holders);

/// <summary>What one look at a host gathered.</summary>
internal sealed record HostLook
{
    /// <summary>Why the host can't be reached, or was lost meanwhile; null where it was there. Nothing else is known then.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Why its shell can't be used; null where it can.</summary>
    public IdleHandsException? ShellProblem { get; init; }

    /// <summary>What its shell told; null where it could not.</summary>
    public HostAnswer? Answer { get; init; }

    /// <summary>How far its clock is ahead of this machine's (or behind, below zero), by the least that the time of the question allows; null where it wasn't asked.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>What its file system says of the files of models, by path.</summary>
    public IReadOnlyDictionary<string, FileFact> Files { get; init; } = new Dictionary<string, FileFact>();

    /// <summary>The ports of models.</summary>
    public IReadOnlyDictionary<int, PortLook> Ports { get; init; } = new Dictionary<int, PortLook>();

    /// <summary>How the verify commands of backends ended.</summary>
    public IReadOnlyList<BackendTestResult> Backends { get; init; } = [];

    /// <summary>How the host's check command ended; null where it has none.</summary>
    public HostTestResult? Check { get; init; }
}
