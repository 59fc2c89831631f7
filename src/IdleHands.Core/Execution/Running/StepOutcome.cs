namespace IdleHands.Execution;

/// <summary>What one step of a plan did.</summary>
public sealed record StepOutcome
{
    /// <summary>Model whose plan it belongs to: the one asked for, or the one that was restored or fallen back to.</summary>
    public required string Id { get; init; }

    /// <summary>Position in its plan, from 1.</summary>
    public required int Order { get; init; }

    /// <summary>One of <see cref="PlanStepKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Host it ran on.</summary>
    public required string HostId { get; init; }

    /// <summary>One of <see cref="StepStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Exit code of its command, where it has one.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What it found, or the end of its output.</summary>
    public string? Detail { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Order}. {Kind}: {Status}";
}

/// <summary>How a step ended.</summary>
public static class StepStatus
{
    /// <summary>It did what it is for.</summary>
    public const string Ok = "ok";

    /// <summary>It did not.</summary>
    public const string Failed = "failed";

    /// <summary>It was broken off.</summary>
    public const string Canceled = "canceled";
}
