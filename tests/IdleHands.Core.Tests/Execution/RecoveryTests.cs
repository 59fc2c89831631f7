using IdleHands.Core.Tests.Hosts;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

/// <summary>What runs after a model did not start.</summary>
public abstract class RecoveryTests(TestTransport transport) : IAsyncDisposable
{
    private const string Crashing = "--load-time 60 --crash-after 0.3";

    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    private async Task<(RuntimeModel Model, LaunchRecord Launch)> RunningAsync(string id = "before", string arguments = "")
    {
        RuntimeModel model = _ih.Add(id, arguments);
        await _ih.StartAsync(id);
        return (model, _ih.Launch());
    }

    private Task<SelectResult> SelectAsync(string id, string onFailure = OnFailure.Restore) => _ih.SelectAsync(id, onFailure: onFailure);

    private async Task AssertRunsAsync(RuntimeModel model)
    {
        Assert.Equal(model.Id, await SelectFixture.ServedAsync(model.Port!.Value));
        Assert.Equal((model.Id, RuntimeStatus.Ready), (_ih.Store.Read()!.Id, _ih.Store.Read()!.Status));
        Assert.Equal([Path.GetFileNameWithoutExtension(_ih.Launch().LogPath!)], _ih.RunningLaunchIds());
    }

    [Fact]
    public async Task What_ran_before_is_started_again_and_the_error_says_so()
    {
        var before = await RunningAsync();
        _ih.Add("broken", Crashing);

        SelectResult result = await SelectAsync("broken");

        Assert.Equal((SelectStatus.Restored, "broken", "before"), (result.Status, result.Id, result.ActiveId));
        Assert.Equal($"http://127.0.0.1:{before.Model.Port}/v1", result.Endpoint);
        Assert.Equal("StartFailed", result.Failure!.ErrorId);
        Assert.Contains("exit code 134", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("Model 'before', which ran before, was started again and answers.", result.Error, StringComparison.Ordinal);
        Assert.Equal(["broken", "before"], result.Steps.Where(step => step.Kind == PlanStepKind.StartModel).Select(step => step.Id));
        Assert.Equal(("before", PlanStepKind.ProbeHealth, "ok"), (result.Steps[^1].Id, result.Steps[^1].Kind, result.Steps[^1].Status));
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task A_model_whose_new_command_fails_is_restored_with_its_old_one()
    {
        var before = await RunningAsync("coder", "--ctx-size 512");
        _ih.Add("coder", Crashing, model => model with { Port = before.Model.Port });

        SelectResult result = await SelectAsync("coder");

        Assert.Equal((SelectStatus.Restored, "coder"), (result.Status, result.ActiveId));
        Assert.Contains("--ctx-size 512", await _ih.ReadCommandLineAsync(_ih.Launch()), StringComparison.Ordinal);
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task What_has_left_the_configuration_is_restored_as_it_was()
    {
        var before = await RunningAsync();
        _ih.Add("broken", Crashing);
        _ih.Remove("before");

        SelectResult result = await SelectAsync("broken");

        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task A_restored_runtime_is_reused_by_the_next_select_of_it()
    {
        var before = await RunningAsync();
        _ih.Add("broken", Crashing);
        await SelectAsync("broken");

        SelectResult result = await SelectAsync("before");

        Assert.Equal(SelectStatus.Reused, result.Status);
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task The_very_command_that_failed_is_not_tried_again_in_the_name_of_a_restore()
    {
        string broken = Path.Combine(_ih.Weights.Directory, "broken");
        RuntimeModel model = _ih.Add("coder", change: m => m with { StartCommand = $"test ! -e '{broken}' && exec " + m.StartCommand });
        await _ih.StartAsync("coder");
        await File.WriteAllTextAsync(broken, string.Empty, Token);

        SelectResult result = await _ih.SelectAsync("coder", request => request with { Restart = true }, onFailure: OnFailure.Restore);

        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        Assert.Contains("the very command that ran before", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Steps, step => step.Kind == PlanStepKind.StartModel);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task What_was_dead_already_is_not_brought_back()
    {
        var before = await RunningAsync();
        await _ih.KillAsync(before.Launch);
        RuntimeModel broken = _ih.Add("broken", Crashing);

        SelectResult result = await SelectAsync("broken");

        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        await _ih.AssertNothingRunsAsync(before.Model.Port!.Value, broken.Port!.Value);
    }

    [Fact]
    public async Task Nothing_is_started_where_that_is_asked()
    {
        var before = await RunningAsync();
        _ih.Add("broken", Crashing);

        SelectResult result = await SelectAsync("broken", OnFailure.Stop);

        Assert.Equal((SelectStatus.Failed, null, null), (result.Status, result.ActiveId, result.Endpoint));
        await _ih.AssertNothingRunsAsync(before.Model.Port!.Value);
    }

    [Fact]
    public async Task A_check_that_fails_leaves_what_runs_alone_and_says_so()
    {
        var before = await RunningAsync();
        _ih.Add("missing", change: model => model with { Source = "/nowhere/m.gguf" });

        SelectResult result = await SelectAsync("missing");

        Assert.Equal((SelectStatus.Failed, "before"), (result.Status, result.ActiveId));
        Assert.EndsWith("Model 'before' was left running.", result.Error, StringComparison.Ordinal);
        Assert.Equal(before.Launch, _ih.Store.Read()!.Launch);
    }

    [Fact]
    public async Task The_first_fallback_that_starts_is_used_and_others_are_told()
    {
        var before = await RunningAsync();
        RuntimeModel good = _ih.Add("good");
        _ih.Add("bad", change: model => model with { Source = "/nowhere/m.gguf", Fallback = "good" });
        _ih.Add("broken", Crashing, model => model with { Fallback = "bad" });

        SelectResult result = await SelectAsync("broken", OnFailure.Fallback);

        Assert.Equal((SelectStatus.FellBack, "broken", "good"), (result.Status, result.Id, result.ActiveId));
        Assert.Equal($"http://127.0.0.1:{good.Port}/v1", result.Endpoint);
        Assert.Equal("StartFailed", result.Failure!.ErrorId);
        Assert.Contains("Its fallback 'bad' failed, too", result.Error, StringComparison.Ordinal);
        Assert.Contains("Its fallback 'good' was started instead, and answers.", result.Error, StringComparison.Ordinal);
        Assert.Null(await SelectFixture.ServedAsync(before.Model.Port!.Value));
        await AssertRunsAsync(good);
    }

    [Fact]
    public async Task Where_no_fallback_starts_what_ran_before_is_brought_back()
    {
        var before = await RunningAsync();
        _ih.Add("bad", Crashing);
        _ih.Add("broken", Crashing, model => model with { Fallback = "bad" });

        SelectResult result = await SelectAsync("broken", OnFailure.Fallback);

        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        Assert.Equal(["broken", "bad", "before"], result.Steps.Where(step => step.Kind == PlanStepKind.StartModel).Select(step => step.Id));
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task A_fallback_that_can_not_be_planned_is_told_and_the_next_is_tried()
    {
        RuntimeModel good = _ih.Add("good");
        _ih.Add("off", change: model => model with { Enabled = false, Fallback = "good" });
        _ih.Add("broken", Crashing, model => model with { Fallback = "off" });

        SelectResult result = await SelectAsync("broken", OnFailure.Fallback);

        Assert.Equal((SelectStatus.FellBack, "good"), (result.Status, result.ActiveId));
        Assert.Contains("Its fallback 'off' could not be tried", result.Error, StringComparison.Ordinal);
        await AssertRunsAsync(good);
    }

    [Fact]
    public async Task A_configuration_that_breaks_meanwhile_keeps_no_fallback_from_being_followed_by_what_ran_before()
    {
        var before = await RunningAsync();
        _ih.Add("good");
        _ih.Add("broken", change: model => model with { StartCommand = $"echo '{{' > '{_ih.Paths.ConfigurationFile}'; exit 3", Fallback = "good" });

        SelectResult result = await SelectAsync("broken", OnFailure.Fallback);

        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        Assert.Equal("StartFailed", result.Failure!.ErrorId);
        Assert.Contains("Its fallback 'good' could not be tried", result.Error, StringComparison.Ordinal);
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task A_model_without_a_fallback_says_how_to_get_one()
    {
        _ih.Add("broken", Crashing);

        SelectResult result = await SelectAsync("broken", OnFailure.Fallback);

        Assert.Equal(SelectStatus.Failed, result.Status);
        Assert.Contains("has no fallback: Set-IHModel broken -Fallback", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_failed_stop_what_still_runs_is_probed_and_kept()
    {
        // A service that no command stops: nothing but its stop command could reach it.
        string plain = Path.Combine(_ih.Weights.Directory, "plain.gguf");
        string pid = Path.Combine(_ih.Weights.Directory, "pid");
        File.Copy(_ih.Weights.FilePath, plain);
        _ih.ChangeHost(host => host with { StopCommand = "exit 3", StopGraceSec = 1 });
        RuntimeModel service = _ih.Add("service", change: model => model with
        {
            StartCommand = "env -u IDLEHANDS_LAUNCH_ID IH_PORT={port} setsid -f sh -c 'echo $$ > \"" + pid + "\"; exec \""
                + IdleHands.Testing.SampleServerProcess.ExecutablePath + "\" -m \"" + plain + "\" --port $IH_PORT --alias service --lifetime 60' >/dev/null 2>&1",
            StatusCommand = $"kill -0 $(cat '{pid}')",
        });
        await _ih.StartAsync("service");
        _ih.Add("next");

        SelectResult result = await SelectAsync("next");

        Assert.Equal((SelectStatus.Restored, "service"), (result.Status, result.ActiveId));
        Assert.Equal("StopFailed", result.Failure!.ErrorId);
        Assert.EndsWith("Model 'service', which ran before, still runs and answers.", result.Error, StringComparison.Ordinal);
        Assert.Equal("service", await SelectFixture.ServedAsync(service.Port!.Value));
        Assert.Equal(RuntimeStatus.Ready, _ih.Store.Read()!.Status);
        await using IHostConnection connection = _ih.Connect();
        await connection.RunAsync(new HostCommand($"kill -9 $(cat '{pid}')", TimeSpan.FromSeconds(5)), Token);
    }

    [Fact]
    public async Task After_a_failed_apply_the_backend_is_rolled_back_and_the_old_one_applied_again()
    {
        string log = Path.Combine(_ih.Weights.Directory, "backend.log");
        _ih.AddBackend(new RuntimeBackend { Id = "old", DisplayName = "Old", Type = "cpu", ApplyCommand = $"echo old >> '{log}'" });
        _ih.AddBackend(new RuntimeBackend { Id = "new", DisplayName = "New", Type = "cpu", ApplyCommand = $"echo new >> '{log}'; exit 5", RollbackCommand = $"echo undo >> '{log}'" });
        RuntimeModel before = _ih.Add("before", change: model => model with { BackendPolicy = IdPolicy.Of(["old"]) });
        await _ih.StartAsync("before");
        _ih.Add("next", change: model => model with { BackendPolicy = IdPolicy.Of(["new"]) });

        SelectResult result = await SelectAsync("next");

        Assert.Equal((SelectStatus.Restored, "before", "old"), (result.Status, result.ActiveId, result.BackendId));
        Assert.Equal("ApplyFailed", result.Failure!.ErrorId);
        Assert.Equal(["old", "new", "undo", "old"], await File.ReadAllLinesAsync(log, Token));
        await AssertRunsAsync(before);
    }

    [Fact]
    public async Task A_restore_that_fails_itself_is_told_and_leaves_nothing_half_started()
    {
        string broken = Path.Combine(_ih.Weights.Directory, "broken");
        RuntimeModel before = _ih.Add("before", change: m => m with { StartCommand = $"test ! -e '{broken}' && exec " + m.StartCommand });
        await _ih.StartAsync("before");
        await File.WriteAllTextAsync(broken, string.Empty, Token);
        RuntimeModel next = _ih.Add("next", Crashing);

        SelectResult result = await SelectAsync("next");

        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        Assert.Contains("exit code 134", result.Error, StringComparison.Ordinal);
        Assert.Contains("Model 'before', which ran before, could not be brought back", result.Error, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync(before.Port!.Value, next.Port!.Value);
    }

    [Fact]
    public async Task What_a_killed_select_had_stopped_is_what_a_later_failure_goes_back_to()
    {
        var before = await RunningAsync();
        RuntimeModel loading = _ih.Add("loading", "--load-time 60");
        RuntimeModel broken = _ih.Add("broken", Crashing);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        string? killed = null;
        _ih.OnStep = step =>
        {
            if (step == "Waiting" && _ih.Store.Read() is { Id: "loading" })
            {
                killed ??= File.ReadAllText(_ih.Paths.ActiveRuntimeFile);
                cancel.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _ih.SelectAsync("loading", cancellation: cancel.Token));
        _ih.OnStep = null;

        // As a kill leaves it: nobody has cleaned up behind the select.
        await File.WriteAllTextAsync(_ih.Paths.ActiveRuntimeFile, killed, Token);
        SelectResult result = await SelectAsync("broken");

        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        Assert.Null(await SelectFixture.ServedAsync(loading.Port!.Value));
        Assert.Null(await SelectFixture.ServedAsync(broken.Port!.Value));
        await AssertRunsAsync(before.Model);
    }

    [Fact]
    public async Task Breaking_off_a_restore_leaves_nothing_half_started()
    {
        RuntimeModel before = _ih.Add("before", "--load-time 0.2");
        await _ih.StartAsync("before");
        RuntimeModel next = _ih.Add("next", Crashing);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int starts = 0;
        _ih.OnStep = step =>
        {
            starts += step == PlanStepKind.StartModel ? 1 : 0;
            if (starts == 2 && step == PlanStepKind.ProbeHealth)
            {
                cancel.Cancel();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _ih.SelectAsync("next", cancellation: cancel.Token, onFailure: OnFailure.Restore));

        await _ih.AssertNothingRunsAsync(before.Port!.Value, next.Port!.Value);
    }
}

public sealed class LocalRecoveryTests(LocalTransport transport) : RecoveryTests(transport), IClassFixture<LocalTransport>;

public sealed class SshRecoveryTests(ThoroughSshTransport transport) : RecoveryTests(transport), IClassFixture<ThoroughSshTransport>;

public sealed class ExecRecoveryTests(ThoroughExecTransport transport) : RecoveryTests(transport), IClassFixture<ThoroughExecTransport>;
