using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

/// <summary>What a select does with the logs of launches.</summary>
public sealed class LaunchLogTests : IAsyncDisposable
{
    private readonly SelectFixture _ih = new();

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    [Fact]
    public async Task A_log_tells_what_was_launched()
    {
        _ih.AddBackend(new RuntimeBackend { Id = "cpu", DisplayName = "CPU", Type = "cpu" });
        RuntimeModel model = _ih.Add("one", change: one => one with { BackendPolicy = IdPolicy.Of(["cpu"]) });

        await _ih.StartAsync("one");

        LaunchRecord launch = _ih.Launch();
        string[] log = await File.ReadAllLinesAsync(launch.LogPath!, SelectFixture.Token);
        Assert.StartsWith($"# idlehands launch {launch.LaunchId}: model one on host here, backend cpu, started 20", log[0], StringComparison.Ordinal);
        Assert.StartsWith("# command: '", log[1], StringComparison.Ordinal);
        Assert.Contains($"--port {model.Port}", log[1], StringComparison.Ordinal);
        Assert.Equal("one", LaunchName.TryParse(launch.LaunchId)!.ModelId);
    }

    [Fact]
    public async Task The_text_of_the_command_is_no_cause_of_its_failure()
    {
        _ih.Add("silent", change: model => model with { StartCommand = "sh -c 'exit 3' {source} 'out of memory'" });

        SelectResult result = await _ih.SelectAsync("silent");

        Assert.EndsWith($"its start command ended with exit code 3 (cause unknown). Its log is empty ({result.LogPath}).", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_select_and_a_stop_keep_the_logs_within_their_bounds()
    {
        _ih.Add("one");
        Directory.CreateDirectory(_ih.Paths.LogDirectory);
        string[] old = Enumerable.Range(0, 12).Select(number => Path.Combine(_ih.Paths.LogDirectory, $"one-20200101T0000{number:00}-abcdef.log")).ToArray();
        Array.ForEach(old, path => File.WriteAllText(path, "old"));

        await _ih.StartAsync("one");

        Assert.Equal([.. old[3..], _ih.Launch().LogPath], Directory.GetFiles(_ih.Paths.LogDirectory, "*.log").Order(StringComparer.Ordinal));
        File.WriteAllText(old[0], "old");
        await _ih.StopAsync();
        Assert.Equal(10, Directory.GetFiles(_ih.Paths.LogDirectory, "*.log").Length);
    }

    [Fact]
    public async Task The_log_of_what_runs_stays_although_the_clock_was_ahead()
    {
        _ih.Add("one");
        await _ih.StartAsync("one");
        LaunchRecord launch = _ih.Launch();
        for (int number = 0; number < 12; number++)
        {
            await File.WriteAllTextAsync(Path.Combine(_ih.Paths.LogDirectory, $"one-20990101T0000{number:00}-abcdef.log"), "from the future", SelectFixture.Token);
        }

        Assert.Equal(SelectStatus.Reused, (await _ih.SelectAsync("one")).Status);

        Assert.True(File.Exists(launch.LogPath));
        Assert.Equal(11, Directory.GetFiles(_ih.Paths.LogDirectory, "*.log").Length);
    }
}
