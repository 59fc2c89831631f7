using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// 2,000 prepared objects down one pipeline into Add-IHModel. Beside it the same file is written once by hand: see
/// <see cref="HandWrittenFile"/>.
/// </summary>
internal sealed class AddClaim : IClaim
{
    private const int Models = 2000;
    private const double Limit = 5;

    private const string PrepareObjects =
        """
        $objects = foreach ($number in 1..2000) {
            [pscustomobject]@{
                Id = "model-$number"
                DisplayName = "Model $number, 30B Q4_K_M"
                Source = "/srv/models/model-$number-30B-Q4_K_M.gguf"
                HostPolicy = 'host-00000', 'host-00002'
                BackendPolicy = 'backend-00000', 'backend-00001'
                StartCommand = '{backend_env}llama-server -m {source} --host {host} --port {port} -c {context_window} {backend_args} --alias {model_id}'
                Port = 8080 + $number % 1000
                ContextWindow = 32768
                MaxTokens = 4096
            }
        }
        """;

    public string Name => "add";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var files = new TemporaryPaths();
        await files.WriteAsync(SampleConfiguration.Create(hosts: 3, backends: 2, models: 0));
        byte[] start = await File.ReadAllBytesAsync(files.Paths.ConfigurationFile);

        using var engine = new HostedEngine();
        engine.Import(BuiltFiles.StagedModule);
        engine.Run(PrepareObjects);
        engine.Run("$objects | Add-IHModel");
        engine.Run("$models = Get-IHModel");
        RuntimeConfiguration wanted = new ConfigurationStore(files.Paths.ConfigurationFile).Load();
        EnsureSame(files, wanted);

        var pipeline = new Pipeline(files, engine, start, quick ? 20 : 100);
        return
        [
            await pipeline.CompareAsync("objects", "$objects", wanted),
            await pipeline.CompareAsync("models", "$models", wanted),
        ];
    }

    /// <summary>What is written by hand must mean what the product wrote, or the comparison is worth nothing.</summary>
    private static void EnsureSame(TemporaryPaths files, RuntimeConfiguration wanted)
    {
        string byHand = files.FilePath("hand.json");
        HandWrittenFile.Replace(byHand, wanted);
        using JsonDocument left = JsonDocument.Parse(File.ReadAllBytes(byHand));
        using JsonDocument right = JsonDocument.Parse(File.ReadAllBytes(files.Paths.ConfigurationFile));
        if (wanted.Models.Count != Models || !JsonElement.DeepEquals(left.RootElement, right.RootElement))
        {
            throw new InvalidOperationException("The file written by hand is not the one that Add-IHModel writes.");
        }
    }

    private sealed record Pipeline(TemporaryPaths Files, HostedEngine Engine, byte[] Start, int Rounds)
    {
        public async Task<Comparison> CompareAsync(string what, string input, RuntimeConfiguration wanted)
        {
            string script = input + " | Add-IHModel";
            string byHand = Files.FilePath("hand.json");
            (double subject, double baseline) = await Interleaved.MediansAsync(
                () =>
                {
                    File.WriteAllBytes(Files.Paths.ConfigurationFile, Start);
                    return Interleaved.TimeAsync(() => _ = Engine.Run(script));
                },
                () => Interleaved.TimeAsync(() => HandWrittenFile.Replace(byHand, wanted)),
                warmUps: 40,
                Rounds);
            var comparison = new Comparison($"{Models:N0} {what} into Add-IHModel / the file written once by hand", subject, baseline, Limit);
            return FileEvents.IsSupported ? WithCounts(comparison, script) : comparison;
        }

        /// <summary>The kernel tells how often the lock was taken and the file replaced.</summary>
        private Comparison WithCounts(Comparison comparison, string script)
        {
            File.WriteAllBytes(Files.Paths.ConfigurationFile, Start);
            using var events = new FileEvents(Files.Paths.ConfigurationDirectory);
            Engine.Run(script);
            (int locks, int writes, int renames) = events.Count(Path.GetFileName(Files.Paths.ConfigurationFile));
            return comparison with
            {
                Note = $"{locks} lock, {writes} write, {renames} rename",
                FactsHold = (locks, writes, renames) == (1, 1, 1),
            };
        }
    }
}
