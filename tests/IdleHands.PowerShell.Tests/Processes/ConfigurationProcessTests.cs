using System.Globalization;
using System.Text.Json;
using IdleHands.Configuration;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Processes;

/// <summary>Many writers of one configuration, and writers that are killed.</summary>
public sealed class ConfigurationProcessTests : ProcessTestBase
{
    [Fact]
    public async Task Sixteen_processes_that_add_models_lose_none()
    {
        const int Writers = 16;
        int each = Thorough.IsAsked ? 50 : 20;
        var writers = new List<QuickstartProcess>();
        try
        {
            for (int writer = 0; writer < Writers; writer++)
            {
                writers.Add(StartAtGate($"foreach ($n in 1..{each}) {{ Add-IHModel \"w{writer}-$n\" -Source /m/x.gguf -StartCommand run }}"));
            }

            foreach (QuickstartProcess writer in writers)
            {
                await ArriveAsync(writer);
            }

            writers.ForEach(Go);
            foreach (QuickstartProcess writer in writers)
            {
                await writer.WaitForExitAsync(Token);
                AssertSucceeded(writer);
            }
        }
        finally
        {
            await DisposeAsync(writers);
        }

        IEnumerable<string> expected = Enumerable.Range(0, Writers).SelectMany(writer => Enumerable.Range(1, each).Select(n => $"w{writer}-{n}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), ModelIds().Order(StringComparer.Ordinal));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task A_writer_killed_at_any_instant_leaves_the_old_or_the_new_file()
    {
        int rounds = Rounds(20);
        var random = new Random(20_261_123);
        QuickstartProcess next = StartWriter(0);
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                await using QuickstartProcess writer = next;
                next = StartWriter(round + 1);
                await ArriveAsync(writer);
                string[] before = ModelIds();
                Go(writer);
                await writer.WaitForOutputAsync("added 1\n", Token);
                await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 60), Token);

                writer.Kill();
                await writer.WaitForExitAsync(Token);

                // What it said it had added is there, and at most the one that it was about to add.
                int said = LastAdded(writer.Output);
                string[] added = [.. ModelIds().Except(before, StringComparer.Ordinal)];
                Assert.Subset(ModelIds().ToHashSet(), before.ToHashSet());
                Assert.InRange(added.Length, said, said + 1);
                Assert.Equal(Enumerable.Range(1, added.Length).Select(n => $"r{round}-{n}"), added);

                // No lock is stuck, and the next write takes away what was left.
                Session.Get($"Add-IHModel after-{round} -Source /m/x.gguf -StartCommand run");
                AssertNoLeftovers();
            }
        }
        finally
        {
            await next.DisposeAsync();
        }
    }

    private QuickstartProcess StartWriter(int round) => StartAtGate($$"""
        for ($n = 1; ; $n++) {
            Add-IHModel "r{{round}}-$n" -Source /m/x.gguf -StartCommand run
            [Console]::Out.WriteLine("added $n")
        }
        """);

    private static int LastAdded(string output)
    {
        // A line that the kill cut off does not count.
        string whole = output[..(output.LastIndexOf('\n') + 1)];
        string last = whole.TrimEnd('\n').Split('\n')[^1];
        return int.Parse(last["added ".Length..], CultureInfo.InvariantCulture);
    }

    private string[] ModelIds()
    {
        using JsonDocument file = JsonDocument.Parse(Session.ReadConfiguration());
        string[] ids = [.. file.RootElement.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("id").GetString()!)];
        Assert.Equal(ids, new ConfigurationStore(Session.ConfigurationFile).Load().Models.Select(model => model.Id));
        return ids;
    }

    private void AssertNoLeftovers() => Assert.Equal(
        ["runtimes.json", "runtimes.json.lock", "runtimes.schema.json"],
        Directory.EnumerateFiles(Session.ConfigurationDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private static async Task DisposeAsync(IEnumerable<QuickstartProcess> processes)
    {
        foreach (QuickstartProcess process in processes)
        {
            await process.DisposeAsync();
        }
    }
}
