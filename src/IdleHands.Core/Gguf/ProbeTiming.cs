namespace IdleHands.Gguf;

/// <summary>How long a model of some size may take until it answers, and how often to ask.</summary>
/// <param name="Timeout">Limit of the wait.</param>
/// <param name="Interval">Pause between two probes.</param>
internal readonly record struct ProbeTiming(TimeSpan Timeout, TimeSpan Interval)
{
    /// <summary>The timing for weights of this size; null: the size isn't known.</summary>
    public static ProbeTiming For(double? gib) => gib switch
    {
        null => Of(300, 1000),
        <= 10 => Of(120, 1000),
        <= 40 => Of(300, 1200),
        <= 80 => Of(900, 2000),
        <= 140 => Of(3600, 5000),
        _ => Of(5400, 5000),
    };

    private static ProbeTiming Of(int seconds, int milliseconds) =>
        new(TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(milliseconds));
}
