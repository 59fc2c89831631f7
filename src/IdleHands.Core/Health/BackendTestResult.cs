namespace IdleHands;

/// <summary>What a backend's verify command gave on one host.</summary>
public sealed record BackendTestResult
{
    /// <summary>The backend.</summary>
    public required string BackendId { get; init; }

    /// <summary>The host it was verified on.</summary>
    public required string HostId { get; init; }

    /// <summary>True when the command ended with 0.</summary>
    public required bool Success { get; init; }

    /// <summary>Exit code of the command; null where it was ended at its limit or never ran.</summary>
    public int? ExitCode { get; init; }

    /// <summary>How long the command ran.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What the command wrote, bounded: the end of it.</summary>
    public string Output { get; init; } = string.Empty;

    /// <summary>Why it failed: what the command wrote to standard error, or why it did not end by itself or never ran.</summary>
    public string? Error { get; init; }
}
