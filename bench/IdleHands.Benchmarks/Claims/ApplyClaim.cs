using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// A YAML file of 2,000 models into an empty configuration by Import-IHConfiguration: read, worked out, checked, written,
/// with 2,150 rows out. Promised is under 2 s. Beside it a file of the same entries is written once by hand, see
/// <see cref="HandWrittenFile"/>, and parsed once.
/// </summary>
internal sealed class ApplyClaim : IClaim
{
    private const int Models = 2000;
    private const double LimitMilliseconds = 2000;

    public string Name => "apply";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var files = new TemporaryPaths();
        await files.WriteAsync(SampleConfiguration.Create(hosts: 100, backends: 50, Models));
        RuntimeConfiguration wanted = new ConfigurationStore(files.Paths.ConfigurationFile).Load();

        using var engine = new HostedEngine();
        engine.Import(BuiltFiles.StagedModule);
        string yaml = files.FilePath("fleet.yaml");
        engine.Run($"Export-IHConfiguration '{yaml}'");
        string byHand = files.FilePath("hand.json");
        string script = $"Import-IHConfiguration '{yaml}'";
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () =>
            {
                File.Delete(files.Paths.ConfigurationFile);
                return Interleaved.TimeAsync(() => _ = engine.Run(script));
            },
            () => Interleaved.TimeAsync(() =>
            {
                HandWrittenFile.Replace(byHand, wanted);
                JsonDocument.Parse(File.ReadAllBytes(byHand)).Dispose();
            }),
            warmUps: quick ? 2 : 10,
            quick ? 5 : 30);

        RuntimeConfiguration imported = new ConfigurationStore(files.Paths.ConfigurationFile).Load();
        if (!imported.Models.SequenceEqual(wanted.Models) || !imported.Hosts.SequenceEqual(wanted.Hosts))
        {
            throw new InvalidOperationException("What was imported is not what was exported.");
        }

        return
        [
            new($"{Models:N0} models of a YAML file into Import-IHConfiguration / the file written and parsed once by hand", subject, baseline, null)
            {
                Note = $"{new FileInfo(yaml).Length / 1024:N0} KiB of YAML; promised is under {LimitMilliseconds / 1000:0} s",
                FactsHold = subject < LimitMilliseconds,
            },
        ];
    }
}
