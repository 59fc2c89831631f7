using IdleHands.Execution;

namespace IdleHands;

/// <summary>A past select or stop, as the journal tells it.</summary>
public sealed record HistoryEntry
{
    /// <summary>Model that was asked for, or stopped.</summary>
    public required string Id { get; init; }

    /// <summary>What was called, e.g. <c>Select-IHModel qwen3</c>.</summary>
    public required string Action { get; init; }

    /// <summary>One of <see cref="SelectStatus"/>, <c>Canceled</c>, or <c>Unfinished</c> where no end was written: it still runs, or was killed.</summary>
    public required string Status { get; init; }

    /// <summary>When it began, in local time.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>How long it took; null where no end was written.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Host of the plan.</summary>
    public string? HostId { get; init; }

    /// <summary>Backend of the plan; null for none.</summary>
    public string? BackendId { get; init; }

    /// <summary>Model that ran afterwards; null for none.</summary>
    public string? ActiveId { get; init; }

    /// <summary>Why it failed, in a few stable words; null where it did not, or where the error id says all.</summary>
    public string? Cause { get; init; }

    /// <summary>Stable id of the failure; null where there was none.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The failure in words; null where there was none.</summary>
    public string? Error { get; init; }

    /// <summary>Why it reused or restarted.</summary>
    public NameList Reasons { get; init; } = NameList.Empty;

    /// <summary>The steps of the plan as it was made first.</summary>
    public IReadOnlyList<PlanStep> Plan { get; init; } = [];

    /// <summary>What each step did and how long it took, those of a restore or a fallback included.</summary>
    public IReadOnlyList<StepOutcome> Steps { get; init; } = [];

    /// <summary>Who did it: user and machine.</summary>
    public string? User { get; init; }

    /// <summary>Process that did it.</summary>
    public int ProcessId { get; init; }

    /// <summary>The launch that was made or kept for the model asked for, also where it failed; null for none. Get-IHLog takes it.</summary>
    public string? LaunchId { get; init; }

    /// <summary>Log file of that launch, on its host.</summary>
    public string? LogPath { get; init; }
}

/// <summary>The words of <see cref="HistoryEntry.Status"/> that no result has.</summary>
public static class HistoryStatus
{
    /// <summary>It was broken off: Ctrl-C, or another session took over.</summary>
    public const string Canceled = nameof(Canceled);

    /// <summary>Its end was never written.</summary>
    public const string Unfinished = nameof(Unfinished);
}
