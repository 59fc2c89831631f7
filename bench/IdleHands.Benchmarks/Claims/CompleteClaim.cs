namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// What the tab key waits for with 2,000 models: ids of one kind, the variables of a command, ports, logs. Beside each the
/// engine completes a word that it knows itself, so the difference is ours.
/// </summary>
internal sealed class CompleteClaim : IClaim
{
    private const int Models = 2_000;
    private const double MostMilliseconds = 50;

    private static readonly (string What, string Text, int AtLeast)[] Lines =
    [
        ("ids of models", "Select-IHModel model-", Models),
        ("a variable of a command", "Set-IHModel model-00001 -StartCommand 'llama-server -m {so", 1),
        ("ports of models", "Test-IHHealth -ScanPorts ", 1),
        ("ids of logs", "Get-IHLog model-", Models),
    ];

    public string Name => "complete";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var files = new TemporaryPaths();
        await files.WriteAsync(SampleConfiguration.Create(100, 50, Models));
        using var engine = new HostedEngine();
        engine.Import(BuiltFiles.StagedModule);
        var comparisons = new List<Comparison>();
        foreach ((string what, string text, int atLeast) in Lines)
        {
            (double subject, double baseline) = await Interleaved.MediansAsync(
                () => Interleaved.TimeAsync(() => Complete(engine, text, atLeast)),
                () => Interleaved.TimeAsync(() => Complete(engine, "Get-Command -CommandType Cm", 1)),
                warmUps: 20,
                quick ? 20 : 100);
            comparisons.Add(new Comparison($"the tab key, {what} of {Models:N0} models / a word of the engine", subject, baseline, null)
            {
                Note = $"promised: {MostMilliseconds} ms",
                FactsHold = subject < MostMilliseconds,
            });
        }

        return comparisons;
    }

    private static void Complete(HostedEngine engine, string text, int atLeast)
    {
        int offered = engine.Complete(text);
        if (offered < atLeast)
        {
            throw new InvalidOperationException($"{text}: {offered} were offered.");
        }
    }
}
