namespace IdleHands.Benchmarks;

/// <summary>One line of the result: two medians, and how far apart they may be.</summary>
/// <param name="Name">What is measured, beside what.</param>
/// <param name="Subject">Median of the subject, in milliseconds.</param>
/// <param name="Baseline">Median of the baseline, in milliseconds.</param>
/// <param name="Limit">Highest ratio that is promised; null where nothing is.</param>
internal sealed record Comparison(string Name, double Subject, double Baseline, double? Limit)
{
    public double Ratio => Subject / Baseline;

    /// <summary>Further facts that a promise rests on, such as how often the file was written.</summary>
    public string? Note { get; init; }

    /// <summary>False where such a fact is not as promised.</summary>
    public bool FactsHold { get; init; } = true;

    public bool Holds => FactsHold && (Limit is null || Ratio <= Limit);
}
