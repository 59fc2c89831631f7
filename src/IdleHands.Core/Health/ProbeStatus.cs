namespace IdleHands;

/// <summary>The words of a health row's status.</summary>
public static class ProbeStatus
{
    /// <summary>A model server answers, and nothing says that it loads.</summary>
    public const string Ready = "ready";

    /// <summary>It answers that it isn't ready yet (503).</summary>
    public const string Loading = "loading";

    /// <summary>Nobody listens, or no answer came in time, or something else has its place.</summary>
    public const string Down = "down";

    /// <summary>Something answers, but not as a model server would.</summary>
    public const string Unknown = "unknown";
}
