using IdleHands.Execution;

namespace IdleHands;

/// <summary>How a select ended.</summary>
public sealed record SelectResult
{
    /// <summary>One of <see cref="SelectStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required string Id { get; init; }

    /// <summary>Host it runs on, or was to run on.</summary>
    public string? HostId { get; init; }

    /// <summary>Backend it runs with; null for none.</summary>
    public string? BackendId { get; init; }

    /// <summary>Base address for clients; null when it doesn't run.</summary>
    public string? Endpoint { get; init; }

    /// <summary>How long the select took, waiting for the lock left out.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Why it reused or restarted.</summary>
    public NameList Reasons { get; init; } = NameList.Empty;

    /// <summary>What looked wrong but did not prevent it.</summary>
    public NameList Warnings { get; init; } = NameList.Empty;

    /// <summary>What each step did, in order; steps that were not reached are left out.</summary>
    public IReadOnlyList<StepOutcome> Steps { get; init; } = [];

    /// <summary>Log file of the launch on its host; null when nothing was launched.</summary>
    public string? LogPath { get; init; }

    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Error { get; init; }

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

    /// <summary>It does not run.</summary>
    public const string Failed = nameof(Failed);
}
