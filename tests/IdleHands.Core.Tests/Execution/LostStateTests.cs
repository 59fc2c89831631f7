using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Core.Tests.Execution;

/// <summary>A state file that is lost, broken or outdated while something runs.</summary>
public abstract class LostStateTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string State => _ih.Paths.ActiveRuntimeFile;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    private async Task<(RuntimeModel Model, LaunchRecord Launch)> RunningAsync(string id)
    {
        RuntimeModel model = _ih.Add(id);
        await _ih.StartAsync(id);
        return (model, _ih.Launch());
    }

    /// <summary>Makes the state what a fault leaves of it; null takes it away.</summary>
    private void Break(string? content)
    {
        File.Delete(State);
        if (content is not null)
        {
            File.WriteAllText(State, content);
        }
    }

    public static TheoryData<string?> Faults() => [(string?)null, string.Empty, "{", "null", """{"schema_version":1,"slots":{"default":{"host_id":5}}}"""];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_runs_is_found_again_and_reused(string? content)
    {
        var running = await RunningAsync("coder");
        Break(content);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal(SelectStatus.Reused, result.Status);
        Assert.Equal((running.Launch.LaunchId, RuntimeStatus.Ready), (_ih.Store.Read()!.Launch!.LaunchId, _ih.Store.Read()!.Status));
        Assert.Contains("By the record of its launch, model 'coder' runs", Assert.Single(_ih.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_runs_is_found_again_and_stopped_for_another_model(string? content)
    {
        var running = await RunningAsync("coder");
        RuntimeModel next = _ih.Add("next");
        Break(content);

        SelectResult result = await _ih.SelectAsync("next");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Null(await SelectFixture.ServedAsync(running.Model.Port!.Value));
        Assert.Equal("next", await SelectFixture.ServedAsync(next.Port!.Value));
        Assert.Equal([_ih.Launch().LaunchId], _ih.RunningLaunchIds());
    }

    [Fact]
    public async Task What_runs_is_found_again_and_stopped_by_a_stop()
    {
        var running = await RunningAsync("coder");
        Break("{");

        ActiveRuntime? stopped = await _ih.StopAsync();

        Assert.Equal("coder", stopped!.Id);
        await _ih.AssertNothingRunsAsync(running.Model.Port!.Value);
    }

    [Fact]
    public async Task A_file_that_says_nothing_is_set_aside_and_not_thrown_away()
    {
        await RunningAsync("coder");
        Break("what was here");

        await _ih.SelectAsync("coder");

        string aside = Assert.Single(Directory.EnumerateFiles(_ih.Paths.StateDirectory, "runtime-active.json.unreadable-*"));
        Assert.Equal("what was here", await File.ReadAllTextAsync(aside, Token));
        Assert.Contains(aside, Assert.Single(_ih.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_sees_what_runs_and_leaves_the_file_as_it_is()
    {
        await RunningAsync("coder");
        Break("{");

        RuntimePlan plan = await _ih.Selector.PlanAsync(new PlanRequest("coder"), Token);

        Assert.True(plan.Reuse);
        Assert.Contains("By the record of its launch", Assert.Single(plan.Warnings), StringComparison.Ordinal);
        Assert.Equal("{", await File.ReadAllTextAsync(State, Token));
    }

    [Fact]
    public async Task A_plan_for_another_host_tells_too_that_the_state_was_lost()
    {
        await RunningAsync("coder");
        Break("{");
        _ih.ChangeHost(host => host with { Transport = HostTransport.Ssh, HostName = "127.0.0.1", Port = SelectFixture.Port });

        RuntimePlan plan = await _ih.Selector.PlanAsync(new PlanRequest("coder"), Token);

        Assert.Collection(
            plan.Warnings,
            warning => Assert.Contains("the connection was refused", warning, StringComparison.Ordinal),
            warning => Assert.Contains("By the record of its launch", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_newer_version_wrote_is_neither_used_nor_touched()
    {
        var running = await RunningAsync("coder");
        Break("""{"schema_version":9}""");

        var e = await Assert.ThrowsAsync<IdleHandsException>(() => _ih.SelectAsync("coder"));

        Assert.Equal("StateFromNewerVersion", e.ErrorId);
        Assert.Equal("""{"schema_version":9}""", await File.ReadAllTextAsync(State, Token));
        Assert.Equal("coder", await SelectFixture.ServedAsync(running.Model.Port!.Value));
    }

    [Fact]
    public async Task A_launch_that_an_old_copy_of_the_state_does_not_know_is_stopped()
    {
        var first = await RunningAsync("first");
        string old = await File.ReadAllTextAsync(State, Token);
        var second = await RunningAsync("second");
        await File.WriteAllTextAsync(State, old, Token);

        SelectResult result = await _ih.SelectAsync("first");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal("first", await SelectFixture.ServedAsync(first.Model.Port!.Value));
        Assert.Null(await SelectFixture.ServedAsync(second.Model.Port!.Value));
        Assert.Equal([_ih.Launch().LaunchId], _ih.RunningLaunchIds());
    }

    [Fact]
    public async Task Records_of_launches_that_are_gone_do_not_pile_up()
    {
        var running = await RunningAsync("coder");
        await _ih.KillAsync(running.Launch);
        Break(null);

        await _ih.SelectAsync("coder");

        Assert.Equal([_ih.Launch().LaunchId + ".json"], Directory.EnumerateFiles(_ih.Paths.LaunchDirectory).Select(Path.GetFileName));
        await _ih.StopAsync();
        Assert.Empty(Directory.EnumerateFiles(_ih.Paths.LaunchDirectory));
    }

    [Fact]
    public async Task After_a_restart_of_the_machine_nothing_of_before_is_taken_for_the_launch()
    {
        var running = await RunningAsync("coder");
        await _ih.KillAsync(running.Launch);
        ActiveRuntime active = _ih.Store.Read()!;

        // As a machine that was started anew: other boot, and a stranger with the number of the old session.
        using var stranger = System.Diagnostics.Process.Start("sleep", "60");
        _ih.Store.Write(active with { Launch = active.Launch! with { BootId = "an earlier boot", ProcessId = stranger.Id } });

        ActiveRuntime seen = await new RuntimeInspector(_ => _ih.Connect()).LookAsync(_ih.Store.Read()!, Token);
        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal((RuntimeStatus.Exited, "its host was started anew since"), (seen.Status, seen.Detail));
        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.False(stranger.HasExited);
        stranger.Kill();
    }
}

public sealed class LocalLostStateTests(LocalTransport transport) : LostStateTests(transport), IClassFixture<LocalTransport>;

public sealed class SshLostStateTests(ThoroughSshTransport transport) : LostStateTests(transport), IClassFixture<ThoroughSshTransport>;

public sealed class ExecLostStateTests(ThoroughExecTransport transport) : LostStateTests(transport), IClassFixture<ThoroughExecTransport>;
