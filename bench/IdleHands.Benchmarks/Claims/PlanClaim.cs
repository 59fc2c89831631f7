using System.Text.Json;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// The plan of a dry run, with all that belongs to it: reading and validating the file, looking at the model's file and
/// the state. Beside it JsonDocument parses the same bytes, which are in memory already.
/// </summary>
internal sealed class PlanClaim : IClaim
{
    private const int Hosts = 100;
    private const int Backends = 50;
    private const int Models = 2000;
    private const int Times = 10;
    private const double ParseLimit = 3;
    private const double GrowthLimit = 1.3;

    public string Name => "plan";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var usual = new TemporaryPaths();
        await usual.WriteAsync(SampleConfiguration.Create(Hosts, Backends, Models));
        using var large = new TemporaryPaths();
        await large.WriteAsync(SampleConfiguration.Create(Hosts, Backends, Models * Times));
        return
        [
            await BesideParserAsync(usual, Models, quick ? 50 : 300),
            await BesideParserAsync(large, Models * Times, quick ? 5 : 30),
            await GrowthAsync(usual, large, quick ? 5 : 30),
        ];
    }

    private static async Task<Comparison> BesideParserAsync(TemporaryPaths files, int models, int rounds)
    {
        byte[] bytes = await File.ReadAllBytesAsync(files.Paths.ConfigurationFile);
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => PlanAsync(files, models)),
            () => Interleaved.TimeAsync(() => JsonDocument.Parse(bytes).Dispose()),
            warmUps: models > Models ? 3 : 60,
            rounds);
        return new($"plan over {models:N0} models / JsonDocument.Parse", subject, baseline, ParseLimit)
        {
            Note = $"{bytes.Length / 1024:N0} KiB",
        };
    }

    /// <summary>Ten times the models in one file, beside ten plans over the smaller file: 1 is perfectly linear.</summary>
    private static async Task<Comparison> GrowthAsync(TemporaryPaths usual, TemporaryPaths large, int rounds)
    {
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => PlanAsync(large, Models * Times)),
            () => Interleaved.TimeAsync(async () =>
            {
                for (int time = 0; time < Times; time++)
                {
                    await PlanAsync(usual, Models);
                }
            }),
            warmUps: 1,
            rounds);
        return new($"plan over {Models * Times:N0} models / {Times} plans over {Models:N0}", subject, baseline, GrowthLimit);
    }

    private static async Task<RuntimePlan> PlanAsync(TemporaryPaths files, int models)
    {
        await using var hosts = new HostConnections(files.Paths.LogDirectory);
        return await new ModelSelector(files.Paths, hosts.Open).PlanAsync(new PlanRequest(SampleConfiguration.ModelId(models / 2)), CancellationToken.None);
    }
}
