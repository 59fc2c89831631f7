using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

public abstract class SelectTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    [Fact]
    public async Task Starts_a_model_and_writes_down_what_runs()
    {
        RuntimeModel model = _ih.Add("small", "--load-time 0.3");

        SelectResult result = await _ih.StartAsync("small");

        Assert.Equal("small", await SelectFixture.ServedAsync(model.Port!.Value));
        Assert.Equal($"http://127.0.0.1:{model.Port}/v1", result.Endpoint);
        Assert.Equal(["CheckSource", "CheckPort", "StartModel", "ProbeHealth"], result.Steps.Select(step => step.Kind));
        Assert.All(result.Steps, step => Assert.Equal("ok", step.Status));
        ActiveRuntime active = _ih.Store.Read()!;
        Assert.Equal(RuntimeStatus.Ready, active.Status);
        Assert.Equal("small", active.Id);
        Assert.Contains(active.ProcessId!.Value, (await _ih.ObserveAsync(_ih.Launch())).ProcessIds);
        Assert.Equal(active.LogPath, result.LogPath);
    }

    [Fact]
    public async Task Reuses_what_runs_after_an_explicit_probe()
    {
        _ih.Add("small");
        await _ih.StartAsync("small");
        LaunchRecord first = _ih.Launch();

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal(SelectStatus.Reused, result.Status);
        Assert.Equal(["ProbeHealth"], result.Steps.Select(step => step.Kind));
        Assert.Equal(first, _ih.Launch());
    }

    [Fact]
    public async Task What_answers_is_kept_although_that_can_not_be_written_down()
    {
        _ih.Add("small");
        await _ih.StartAsync("small");
        string record = Path.Combine(_ih.Paths.LaunchDirectory, _ih.Launch().LaunchId + ".json");
        _ih.Store.Write(_ih.Store.Read()! with { Status = RuntimeStatus.Unknown });
        File.Delete(record);
        Directory.CreateDirectory(Path.Combine(record, "in the way"));

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal((SelectStatus.Reused, "small"), (result.Status, result.ActiveId));
        Assert.Contains(record, Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_server_is_started_again_once_and_that_is_said()
    {
        RuntimeModel model = _ih.Add("small");
        await _ih.StartAsync("small");
        await _ih.KillAsync(_ih.Launch());

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Contains(result.Reasons, reason => reason.StartsWith("reuse failed", StringComparison.Ordinal));
        Assert.Contains("runs no more", Assert.Single(_ih.Warnings), StringComparison.Ordinal);
        Assert.Single(result.Steps, step => step.Kind == PlanStepKind.StartModel);
        Assert.Equal("small", await SelectFixture.ServedAsync(model.Port!.Value));
    }

    [Fact]
    public async Task A_server_that_hangs_is_started_again()
    {
        _ih.Add("small", change: model => model with { ProbeCommand = $"test ! -e '{_ih.Weights.Directory}/broken'" });
        await _ih.StartAsync("small");
        LaunchRecord first = _ih.Launch();
        string broken = Path.Combine(_ih.Weights.Directory, "broken");
        await File.WriteAllTextAsync(broken, string.Empty, Token);
        _ih.OnStep = kind =>
        {
            if (kind == PlanStepKind.StartModel)
            {
                File.Delete(broken);
            }
        };

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.NotEqual(first.ProcessId, _ih.Launch().ProcessId);
        Assert.False((await _ih.ObserveAsync(first)).IsAlive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restart_and_force_start_again_what_runs_well(bool force)
    {
        _ih.Add("small");
        await _ih.StartAsync("small");
        LaunchRecord first = _ih.Launch();

        SelectResult result = await _ih.SelectAsync("small", request => request with { Restart = !force, Force = force });

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.False((await _ih.ObserveAsync(first)).IsAlive);
        Assert.NotEqual(first.LaunchId, _ih.Launch().LaunchId);
    }

    [Fact]
    public async Task A_changed_start_command_restarts_with_that_reason()
    {
        RuntimeModel model = _ih.Add("small");
        await _ih.StartAsync("small");
        _ih.Add("small", "--ctx-size 512", _ => _ with { Port = model.Port });

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Contains("start command changed", result.Reasons);
    }

    [Fact]
    public async Task Switching_stops_the_one_and_starts_the_other()
    {
        RuntimeModel small = _ih.Add("small");
        RuntimeModel large = _ih.Add("large", "--load-time 0.3");
        await _ih.StartAsync("small");
        LaunchRecord first = _ih.Launch();

        SelectResult result = await _ih.StartAsync("large");

        Assert.Contains("StopModel", result.Steps.Select(step => step.Kind));
        Assert.False((await _ih.ObserveAsync(first)).IsAlive);
        Assert.Null(await SelectFixture.ServedAsync(small.Port!.Value));
        Assert.Equal("large", await SelectFixture.ServedAsync(large.Port!.Value));
    }

    [Fact]
    public async Task Two_models_can_follow_each_other_on_one_port()
    {
        RuntimeModel small = _ih.Add("small");
        _ih.Add("large", change: model => model with { Port = small.Port });
        await _ih.StartAsync("small");

        SelectResult result = await _ih.StartAsync("large");

        Assert.Contains("stopped first", result.Steps.Single(step => step.Kind == "CheckPort").Detail, StringComparison.Ordinal);
        Assert.Equal("large", await SelectFixture.ServedAsync(small.Port!.Value));
    }

    [Fact]
    public async Task A_start_command_that_backgrounds_itself_and_holds_its_output_open_does_not_block()
    {
        RuntimeModel model = _ih.Add("small", change: m => m with { StartCommand = SelectFixture.Serve("--load-time 0.3") + " &" });

        await _ih.StartAsync("small");

        Assert.Equal("small", await SelectFixture.ServedAsync(model.Port!.Value));
        await _ih.StopAsync();
        await _ih.AssertNothingRunsAsync(model.Port.Value);
    }

    [Fact]
    public async Task A_server_that_ignores_TERM_is_killed_and_its_port_is_free()
    {
        RuntimeModel model = _ih.Add("small", "--ignore-term");
        await _ih.StartAsync("small");

        await _ih.StopAsync(force: true);

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_stop_command_that_stops_nothing_is_not_believed()
    {
        _ih.ChangeHost(host => host with { StopCommand = "true" });
        RuntimeModel model = _ih.Add("small");
        await _ih.StartAsync("small");

        await _ih.StopAsync(force: true);

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_stop_command_that_fails_after_it_stopped_the_server_has_done_its_work()
    {
        string pidFile = Path.Combine(_ih.Weights.Directory, "pid");
        _ih.ChangeHost(host => host with { StopCommand = $"kill $(cat '{pidFile}'); exit 3" });
        RuntimeModel model = _ih.Add("small", change: m => m with { StartCommand = $"echo $$ > '{pidFile}'; exec {SelectFixture.Serve()}" });
        await _ih.StartAsync("small");

        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task The_clean_up_command_runs_after_the_stop_with_the_outgoing_model()
    {
        string proof = Path.Combine(_ih.Weights.Directory, "cleaned");
        _ih.ChangeHost(host => host with { CleanupCommand = $"echo {{model_id}} >> '{proof}'" });
        _ih.Add("small");
        _ih.Add("large");
        await _ih.StartAsync("small");

        await _ih.StartAsync("large");
        await _ih.StopAsync();

        Assert.Equal(["small", "large"], await File.ReadAllLinesAsync(proof, Token));
    }

    [Fact]
    public async Task A_start_that_hands_over_to_a_service_is_followed_by_its_status_command()
    {
        string pidFile = Path.Combine(_ih.Weights.Directory, "pid");
        _ih.ChangeHost(host => host with { StopCommand = $"kill $(cat '{pidFile}')" });
        RuntimeModel model = _ih.Add("small", change: m => m with
        {
            StartCommand = $"env -u IDLEHANDS_LAUNCH_ID setsid -f sh -c \"echo \\$\\$ > '{pidFile}'; exec '{SampleServerProcess.ExecutablePath}' -m '{_ih.Weights.Directory}/t.gguf' --port $IH_PORT --alias small --lifetime 60 --load-time 0.3\"",
            StatusCommand = $"kill -0 $(cat '{pidFile}')",
        });
        GgufFileWriter.Model().Save(Path.Combine(_ih.Weights.Directory, "t.gguf"));
        _ih.Add("small", change: _ => model with { StartCommand = $"export IH_PORT={{port}}; {model.StartCommand}" });

        await _ih.StartAsync("small");

        ActiveRuntime active = _ih.Store.Read()!;
        Assert.True(active.HandedOver);
        Assert.Equal(SelectStatus.Reused, (await _ih.SelectAsync("small")).Status);
        await _ih.StopAsync();
        Assert.Null(await SelectFixture.ServedAsync(model.Port!.Value));
        Assert.Null(_ih.Store.Read());
    }

    [Fact]
    public async Task A_secret_reference_reaches_the_server_as_environment_and_stands_nowhere_else()
    {
        string variable = "IH_TEST_" + Guid.NewGuid().ToString("N");
        const string Planted = "planted-secret-4711";
        Environment.SetEnvironmentVariable(variable, Planted);
        _ih.AddBackend(new RuntimeBackend { Id = "keyed", DisplayName = "Keyed", Type = "cpu", Environment = new EnvironmentMap([new("LLAMA_API_KEY", $"env:{variable}")]) });
        RuntimeModel model = _ih.Add("small", change: m => m with { BackendPolicy = IdPolicy.Of(["keyed"]), StartCommand = "{backend_env}" + m.StartCommand });

        SelectResult result = await _ih.StartAsync("small");

        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {Planted}");
        Assert.Contains("small", await client.GetStringAsync(new Uri($"http://127.0.0.1:{model.Port}/v1/models"), Token), StringComparison.Ordinal);
        string everything = string.Concat(Directory.EnumerateFiles(Path.GetDirectoryName(_ih.Paths.StateDirectory)!, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("runtime.lock", StringComparison.Ordinal)).Select(File.ReadAllText))
            + string.Concat(_ih.Lines) + string.Concat(result.Steps.Select(step => step.Detail));
        Assert.DoesNotContain(Planted, everything, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable(variable, null);
    }

    [Fact]
    public async Task A_plan_made_before_is_carried_out_as_long_as_its_ground_holds()
    {
        RuntimeModel model = _ih.Add("small");
        RuntimePlan plan = await _ih.Selector.PlanAsync(new PlanRequest("small"), Token);
        var reference = new PlanReference(plan.Request, plan.ConfigurationHash, plan.StateHash);
        var wait = new LockWait(TimeSpan.FromSeconds(10), TakeOver: false);

        SelectResult result = await _ih.Selector.InvokeAsync(reference, OnFailure.Stop, wait, _ih, Token);

        Assert.Equal(SelectStatus.Started, result.Status);
        var e = await Assert.ThrowsAsync<IdleHandsException>(() => _ih.Selector.InvokeAsync(reference, OnFailure.Stop, wait, _ih, Token));
        Assert.Equal("PlanOutdated", e.ErrorId);
        RuntimePlan second = await _ih.Selector.PlanAsync(new PlanRequest("small"), Token);
        _ih.Add("small", "--ctx-size 512", _ => _ with { Port = model.Port });
        e = await Assert.ThrowsAsync<IdleHandsException>(() => _ih.Selector.InvokeAsync(
            new PlanReference(second.Request, second.ConfigurationHash, second.StateHash), OnFailure.Stop, wait, _ih, Token));
        Assert.Contains("configuration", e.Message, StringComparison.Ordinal);
    }
}

public sealed class LocalSelectTests(LocalTransport transport) : SelectTests(transport), IClassFixture<LocalTransport>;

public sealed class SshSelectTests(SshTransport transport) : SelectTests(transport), IClassFixture<SshTransport>;

public sealed class ExecSelectTests(ThoroughExecTransport transport) : SelectTests(transport), IClassFixture<ThoroughExecTransport>;
