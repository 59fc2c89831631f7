using IdleHands.Execution;

namespace IdleHands;

/// <summary>How a select ended.</summary>
public sealed record SelectResult
{
    /// <summary>One of <see cref="SelectStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required string Id { get; init; }

    /// <summary>Model that runs now, as far as this select knows: the one asked for, the one restored or fallen back to, or what was left alone; null for none.</summary>
    public string? ActiveId { get; init; }

    /// <summary>Host that <see cref="ActiveId"/> runs on; of a select that failed, the host it was to run on.</summary>
    public string? HostId { get; init; }

    /// <summary>Backend that it runs with; null for none.</summary>
    public string? BackendId { get; init; }

    /// <summary>Base address for clients of what was reused, started, restored or fallen back to; null when the select failed.</summary>
    public string? Endpoint { get; init; }

    /// <summary>How long the select took, waiting for the lock left out.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why it reused or restarted.</summary>
    public NameList Reasons { get; init; } = NameList.Empty;

    /// <summary>What was assumed for a model that was selected by its source, a line each; empty for a model of the configuration.</summary>
    public NameList Assumptions { get; init; } = NameList.Empty;

    /// <summary>What looked wrong but did not prevent it.</summary>
    public NameList Warnings { get; init; } = NameList.Empty;

    /// <summary>What each step did, in order; steps that were not reached are left out.</summary>
    public IReadOnlyList<StepOutcome> Steps { get; init; } = [];

    /// <summary>The launch that was made or kept for the model asked for, also where it failed; null for none. Get-IHLog takes it.</summary>
    public string? LaunchId { get; init; }

    /// <summary>Log file of that launch on its host; null when nothing was launched.</summary>
    public string? LogPath { get; init; }

    /// <summary>What went wrong, and what was done about it; null when nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Why it went wrong, in a few stable words such as <c>out of device memory</c>; null where <see cref="Error"/> and its id say all.</summary>
    public string? Cause => Failure?.Cause;

    /// <summary>The failure itself, for the error record.</summary>
    internal IdleHandsException? Failure { get; init; }
}

/// <summary>The words of <see cref="SelectResult.Status"/>.</summary>
public static class SelectStatus
{
    /// <summary>It ran already and answered.</summary>
    public const string Reused = nameof(Reused);

    /// <summary>It was started and answered.</summary>
    public const string Started = nameof(Started);

    /// <summary>It did not start; what ran before runs again, and answers.</summary>
    public const string Restored = nameof(Restored);

    /// <summary>It did not start; a model of its fallback chain was started instead, and answers.</summary>
    public const string FellBack = nameof(FellBack);

    /// <summary>It was stopped, as asked.</summary>
    public const string Stopped = nameof(Stopped);

    /// <summary>It does not run.</summary>
    public const string Failed = nameof(Failed);
}
