using IdleHands.Core.Tests.Health;
using IdleHands.Execution;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

public sealed class LaunchWatcherTests
{
    private const int Launcher = 100;

    private static readonly LaunchRecord Launch = new()
    {
        LaunchId = "m-1",
        ProcessId = Launcher,
        StartTime = "1",
        BootId = "boot",
        LogPath = "m.log",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LaunchObservation Seen(int? exitCode, params int[] processIds) => new() { ExitCode = exitCode, ProcessIds = processIds };

    private static async Task<string> EndAsync(params LaunchObservation[] looks)
    {
        await using var connection = new FakeConnection("h") { Looks = new(looks) };
        await using var watcher = new LaunchWatcher(connection, Launch, isService: false, TimeProvider.System);
        while (!watcher.HandedOver && !watcher.Ended.IsCompleted)
        {
            await Task.Delay(5, Token);
        }

        return watcher.HandedOver ? "handed over" : (await watcher.Ended).Description;
    }

    [Fact]
    public async Task A_start_command_that_leaves_nothing_has_handed_over() =>
        Assert.Equal("handed over", await EndAsync(Seen(null, Launcher, 101), Seen(0)));

    [Fact]
    public async Task The_launcher_and_its_last_helper_are_no_server_that_was_left() =>
        Assert.Equal("handed over", await EndAsync(Seen(null, Launcher, 101), Seen(0, Launcher, 102), Seen(0, Launcher), Seen(0, Launcher), Seen(0)));

    [Fact]
    public async Task A_server_left_in_the_background_that_ends_has_not_handed_over() => Assert.Equal(
        "server ended although its start command had succeeded",
        await EndAsync(Seen(null, Launcher, 101), Seen(0, Launcher, 101), Seen(0, 101), Seen(0)));

    [Fact]
    public async Task A_start_command_that_fails_ends_the_watch_while_children_of_it_live() =>
        Assert.Equal("start command ended with exit code 3", await EndAsync(Seen(null, Launcher, 101), Seen(3, 101)));

    [Fact]
    public async Task What_vanishes_without_an_exit_code_was_killed() =>
        Assert.Equal("processes are gone and left no exit code: they were killed, or the log directory was taken away", await EndAsync(Seen(null, Launcher, 101), Seen(null)));
}
