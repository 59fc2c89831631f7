using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>Starts that leave the session, or leave the work to somebody else.</summary>
public abstract class ServiceTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PidFile => Path.Combine(_ih.Weights.Directory, "pid");

    private string Plain => Path.Combine(_ih.Weights.Directory, "plain.gguf");

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PidFile) && int.TryParse(await File.ReadAllTextAsync(PidFile, CancellationToken.None), out int id))
        {
            await using IHostConnection connection = _ih.Connect();
            await connection.RunAsync(new HostCommand($"kill -9 {id} 2>/dev/null; true", TimeSpan.FromSeconds(5)), CancellationToken.None);
        }

        await _ih.DisposeAsync();
    }

    /// <summary>A start command that hands over to a process of another session without the launch's mark, as a service manager would.</summary>
    private string HandOver(string arguments, string after = "") =>
        $"env -u IDLEHANDS_LAUNCH_ID IH_ID={{model_id}} IH_PORT={{port}} setsid -f sh -c 'echo $$ > \"{PidFile}\"; "
        + $"exec \"{SampleServerProcess.ExecutablePath}\" -m \"{Plain}\" --port $IH_PORT --alias $IH_ID --lifetime 100 {arguments}' >/dev/null 2>&1{after}";

    private RuntimeModel AddService(string id, string arguments = "", string after = "", string? status = "yes")
    {
        File.Copy(_ih.Weights.FilePath, Plain, overwrite: true);
        _ih.ChangeHost(host => host with { StopCommand = $"kill $(cat '{PidFile}')" });
        return _ih.Add(id, change: model => model with
        {
            StartCommand = HandOver(arguments, after),
            StatusCommand = status is null ? null : $"kill -0 $(cat '{PidFile}')",
        });
    }

    [Fact]
    public async Task A_server_that_opens_its_own_session_is_still_the_launch_s()
    {
        RuntimeModel model = _ih.Add("own", change: m => m with { StartCommand = "setsid " + SelectFixture.Serve() });
        await _ih.StartAsync("own");

        ActiveRuntime seen = await new RuntimeInspector(_ => _ih.Connect()).LookAsync(_ih.Store.Read()!, Token);
        await _ih.StopAsync();

        Assert.Equal(RuntimeStatus.Ready, seen.Status);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_child_in_a_session_of_its_own_is_the_launch_s_also_without_its_mark()
    {
        RuntimeModel model = _ih.Add("child", change: m => m with { StartCommand = "env -u IDLEHANDS_LAUNCH_ID setsid " + SelectFixture.Serve() });
        await _ih.StartAsync("child");

        Assert.False(_ih.Store.Read()!.HandedOver);
        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_service_that_could_not_be_stopped_is_reused_when_it_answers()
    {
        AddService("svc");
        _ih.ChangeHost(host => host with { StopCommand = null });
        await _ih.StartAsync("svc");
        await Assert.ThrowsAsync<IdleHandsException>(() => _ih.StopAsync(force: true));
        Assert.Equal(RuntimeStatus.Unknown, _ih.Store.Read()!.Status);

        SelectResult result = await _ih.SelectAsync("svc");

        Assert.Equal(SelectStatus.Reused, result.Status);
        Assert.Equal(RuntimeStatus.Ready, _ih.Store.Read()!.Status);
    }

    [Fact]
    public async Task A_daemon_that_leaves_at_once_is_still_the_launch_s()
    {
        RuntimeModel model = _ih.Add("daemon", change: m => m with { StartCommand = "setsid -f " + SelectFixture.Serve("--load-time 0.3") });

        await _ih.StartAsync("daemon");
        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_server_that_was_ready_before_its_script_ended_is_still_the_launch_s_when_it_has()
    {
        RuntimeModel model = _ih.Add("script", change: m => m with { StartCommand = "env -u IDLEHANDS_LAUNCH_ID setsid " + SelectFixture.Serve() + " & sleep 2; exit 0" });
        await _ih.StartAsync("script");
        int leader = _ih.Launch().ProcessId;
        while (new IdleHands.Hosts.Local.LinuxProcessTable().Find(leader) is not null)
        {
            await Task.Delay(20, Token);
        }

        ActiveRuntime seen = await new RuntimeInspector(_ => _ih.Connect()).LookAsync(_ih.Store.Read()!, Token);
        Assert.Equal(RuntimeStatus.Ready, seen.Status);
        Assert.Equal("script", await SelectFixture.ServedAsync(model.Port!.Value));
        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port.Value);
    }

    [Fact]
    public async Task A_background_server_without_the_launch_s_mark_is_known_by_its_session()
    {
        RuntimeModel model = _ih.Add("bare", change: m => m with { StartCommand = "env -u IDLEHANDS_LAUNCH_ID " + SelectFixture.Serve("--load-time 1") + " &" });

        await _ih.StartAsync("bare");
        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("; sleep 1")]
    public async Task A_service_is_known_as_one_however_soon_it_is_ready(string after)
    {
        RuntimeModel model = AddService("svc", after: after);
        await _ih.StartAsync("svc");
        LaunchRecord launch = _ih.Launch();
        while ((await _ih.ObserveAsync(launch)).IsAlive)
        {
            await Task.Delay(20, Token);
        }

        ActiveRuntime seen = await new RuntimeInspector(_ => _ih.Connect()).LookAsync(_ih.Store.Read()!, Token);
        SelectResult again = await _ih.SelectAsync("svc");
        await _ih.StopAsync();

        Assert.Equal(RuntimeStatus.Ready, seen.Status);
        Assert.Equal(SelectStatus.Reused, again.Status);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_service_that_is_not_ready_in_time_is_stopped_by_the_stop_command()
    {
        RuntimeModel model = AddService("svc", "--load-time 60", status: null);
        _ih.Add("svc", change: _ => model with { ProbeTimeoutSec = 2 });

        SelectResult result = await _ih.SelectAsync("svc");

        Assert.Equal("ProbeTimeout", result.Failure!.ErrorId);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_service_that_does_not_even_listen_in_time_is_stopped_by_the_stop_command()
    {
        AddService("svc", status: null);
        RuntimeModel model = _ih.Add("svc", change: m => m with
        {
            StartCommand = $"env -u IDLEHANDS_LAUNCH_ID setsid -f sh -c 'echo $$ > \"{PidFile}\"; exec sleep 100' >/dev/null 2>&1; while ! test -s '{PidFile}'; do :; done",
            ProbeTimeoutSec = 1,
        });
        _ih.ChangeHost(host => host with { StopCommand = $"kill $(cat '{PidFile}') && touch '{PidFile}.stopped'" });

        SelectResult result = await _ih.SelectAsync("svc");

        Assert.Equal("ProbeTimeout", result.Failure!.ErrorId);
        Assert.True(File.Exists(PidFile + ".stopped"));
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task Breaking_off_while_a_service_is_still_being_started_stops_it_too()
    {
        RuntimeModel model = AddService("svc", "--load-time 60", after: "; sleep 60", status: null);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<SelectResult> select = _ih.SelectAsync("svc", cancellation: cancel.Token);
        await SampleServerProcess.WaitForHealthAsync(model.Port!.Value, System.Net.HttpStatusCode.ServiceUnavailable, Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => select);
        await _ih.AssertNothingRunsAsync(model.Port.Value);
    }

    [Fact]
    public async Task A_service_left_loading_by_a_killed_select_is_stopped_by_the_next()
    {
        RuntimeModel model = AddService("svc", "--load-time 1");
        await _ih.StartAsync("svc");
        _ih.Store.Write(_ih.Store.Read()! with { Status = RuntimeStatus.Starting, HandedOver = null });

        SelectResult result = await _ih.StartAsync("svc");

        Assert.Equal("stopped by the stop command", result.Steps.Single(step => step.Kind == PlanStepKind.StopModel).Detail);
        await _ih.StopAsync();
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_stop_command_given_later_stops_what_runs_already()
    {
        RuntimeModel model = AddService("svc");
        _ih.ChangeHost(host => host with { StopCommand = null });
        await _ih.StartAsync("svc");
        var e = await Assert.ThrowsAsync<IdleHandsException>(() => _ih.StopAsync(force: true));
        Assert.Equal("StopFailed", e.ErrorId);
        Assert.Contains("-StopCommand", e.Recommendation, StringComparison.Ordinal);

        _ih.ChangeHost(host => host with { StopCommand = $"kill $(cat '{PidFile}')" });
        await _ih.StopAsync();

        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_web_app_on_the_port_of_a_dead_service_does_not_block_the_stop()
    {
        RuntimeModel model = AddService("svc", status: null);
        await _ih.StartAsync("svc");
        await using (IHostConnection connection = _ih.Connect())
        {
            await connection.RunAsync(new HostCommand($"kill -9 $(cat '{PidFile}')", TimeSpan.FromSeconds(5)), Token);
        }

        await using SampleServerProcess stranger = SampleServerProcess.StartRaw(
            model.Port!.Value, "-m", _ih.Weights.FilePath, "--port", $"{model.Port}", "--html", "--lifetime", "60");
        await stranger.WaitUntilListeningAsync(Token);

        SelectResult again = await _ih.SelectAsync("svc");
        await _ih.StopAsync();

        Assert.Equal("PortInUse", again.Failure!.ErrorId);
        Assert.Null(_ih.Store.Read());
        Assert.False(stranger.HasExited);
    }

    [Theory]
    [InlineData("--alias ghost")]
    [InlineData("--api-key k")]
    public async Task A_stranger_is_not_the_model_while_the_launch_lives_whatever_it_lists(string arguments)
    {
        RuntimeModel model = _ih.Add("ghost", change: m => m with { StartCommand = "sleep 60" });
        SampleServerProcess? stranger = null;
        _ih.OnStep = kind =>
        {
            if (kind == PlanStepKind.StartModel)
            {
                stranger = SampleServerProcess.StartRaw(
                    model.Port!.Value, ["-m", _ih.Weights.FilePath, "--port", $"{model.Port}", "--lifetime", "60", .. arguments.Split(' ')]);
            }
        };

        SelectResult result = await _ih.SelectAsync("ghost");

        Assert.Equal("PortInUse", result.Failure!.ErrorId);
        Assert.False(stranger!.HasExited);
        await stranger.DisposeAsync();
        Assert.Null(_ih.Store.Read());
        Assert.Empty(_ih.RunningLaunches());
    }

    [Fact]
    public async Task Secrets_reach_every_command_that_asks_for_them_and_are_masked_in_what_they_print()
    {
        string variable = "IH_TEST_" + Guid.NewGuid().ToString("N");
        const string Planted = "planted-secret-0815";
        Environment.SetEnvironmentVariable(variable, Planted);
        string proof = Path.Combine(_ih.Weights.Directory, "proof");
        _ih.ChangeHost(host => host with
        {
            StopCommand = $"{{backend_env}} sh -c 'echo \"stop $KEY\" >> \"{proof}\"'",
            CleanupCommand = $"{{backend_env}} sh -c 'echo \"clean $KEY\" >> \"{proof}\"'",
        });
        _ih.AddBackend(new RuntimeBackend
        {
            Id = "keyed",
            DisplayName = "Keyed",
            Type = "cpu",
            Environment = new EnvironmentMap([new("KEY", $"env:{variable}")]),
            VerifyCommand = "{backend_env} sh -c 'echo key $KEY; test ! -e /tmp/never'",
        });
        _ih.Add("small", change: m => m with { BackendPolicy = IdPolicy.Of(["keyed"]), StartCommand = "{backend_env}" + m.StartCommand });

        SelectResult result = await _ih.StartAsync("small");
        await _ih.StopAsync(force: true);
        Environment.SetEnvironmentVariable(variable, null);

        Assert.Contains(result.Steps, step => step.Detail == "key ***");
        Assert.DoesNotContain(Planted, string.Concat(_ih.Lines) + string.Concat(result.Steps.Select(step => step.Detail)), StringComparison.Ordinal);
        Assert.Equal([$"stop {Planted}", $"clean {Planted}"], await File.ReadAllLinesAsync(proof, Token));
    }

    [Fact]
    public async Task A_web_page_on_the_port_is_not_waited_for_beyond_the_limit()
    {
        _ih.Add("web", "--html", model => model with { ProbeTimeoutSec = null });

        SelectResult result = await _ih.SelectAsync("web", request => request with { ProbeTimeout = TimeSpan.FromSeconds(1) });

        Assert.Contains("within 1 s", result.Error, StringComparison.Ordinal);
        Assert.Contains("web page", result.Error, StringComparison.Ordinal);
    }
}

public sealed class LocalServiceTests(LocalTransport transport) : ServiceTests(transport), IClassFixture<LocalTransport>;

public sealed class SshServiceTests(ThoroughSshTransport transport) : ServiceTests(transport), IClassFixture<ThoroughSshTransport>;

public sealed class ExecServiceTests(ThoroughExecTransport transport) : ServiceTests(transport), IClassFixture<ThoroughExecTransport>;
