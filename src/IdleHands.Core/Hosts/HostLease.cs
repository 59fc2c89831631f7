namespace IdleHands.Hosts;

/// <summary>What to do with the lease of a host.</summary>
public enum LeaseAction
{
    /// <summary>Take it where nobody has it, or whoever had it has let it expire.</summary>
    Take,

    /// <summary>Go on holding it.</summary>
    Renew,

    /// <summary>Give it back.</summary>
    Release,

    /// <summary>Ask whoever has it to abort in order.</summary>
    Ask,

    /// <summary>Take it from whoever had it at the last look, and has not answered.</summary>
    Break,
}

/// <summary>A call about the lease of a host.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Token">What tells this holder from all others.</param>
/// <param name="Owner">Who asks, from where and what for; others see it.</param>
/// <param name="Lasts">How long it is good for without being renewed.</param>
/// <param name="Number">The number that an earlier reply gave; 0 for none.</param>
public sealed record LeaseCall(LeaseAction Action, string Token, string Owner, TimeSpan Lasts, long Number = 0);

/// <summary>What became of it.</summary>
/// <param name="IsHeld">True when the caller has the lease now.</param>
/// <param name="Number">Number of the lease that was looked at.</param>
public sealed record LeaseReply(bool IsHeld, long Number)
{
    /// <summary>Who has it, where the caller hasn't; null where that is not known.</summary>
    public string? Holder { get; init; }

    /// <summary>Since when, by the clock of the host.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it expires if it is not renewed.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>True when somebody has asked the caller to abort.</summary>
    public bool IsAskedToGo { get; init; }

    /// <summary>"alice on laptop (Select-IHModel coder), since 14:05:11".</summary>
    public string Describe() =>
        (Holder ?? "somebody") + (Since is { } since ? $", since {since.ToLocalTime():HH:mm:ss}" : string.Empty);
}
