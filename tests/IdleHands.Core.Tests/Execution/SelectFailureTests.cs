using System.Diagnostics;
using IdleHands.Core.Tests.Hosts;
using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

public abstract class SelectFailureTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    private async Task<IdleHandsException> FailAsync(string id, string errorId, Func<PlanRequest, PlanRequest>? change = null)
    {
        SelectResult result = await _ih.SelectAsync(id, change);
        Assert.Equal(SelectStatus.Failed, result.Status);
        Assert.True(errorId == result.Failure!.ErrorId, result.Failure.ToString());
        Assert.Equal(result.Failure.Message, result.Error);
        Assert.NotNull(result.Failure.Recommendation);
        return result.Failure;
    }

    private async Task<(int Port, LaunchRecord Launch)> RunningAsync()
    {
        RuntimeModel model = _ih.Add("running");
        await _ih.StartAsync("running");
        return (model.Port!.Value, _ih.Launch());
    }

    private async Task AssertUntouchedAsync((int Port, LaunchRecord Launch) running)
    {
        Assert.Equal("running", await SelectFixture.ServedAsync(running.Port));
        Assert.Equal(running.Launch, _ih.Store.Read()!.Launch);
        Assert.Equal(RuntimeStatus.Ready, _ih.Store.Read()!.Status);
    }

    [Fact]
    public async Task A_missing_model_file_leaves_the_running_model_untouched()
    {
        var running = await RunningAsync();
        _ih.Add("missing", change: model => model with { Source = "/nowhere/m-00001-of-00002.gguf" });

        IdleHandsException failure = await FailAsync("missing", "SourceMissing");

        Assert.Contains("/nowhere/m-00002-of-00002.gguf", failure.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(running);
    }

    [Fact]
    public async Task A_port_that_a_stranger_holds_is_named_with_its_process_and_left_alone()
    {
        var running = await RunningAsync();
        await using SampleServerProcess stranger = await SampleServerProcess.StartReadyAsync(_ih.Weights, Token, "--model-id", "other");
        _ih.Add("small", change: model => model with { Port = stranger.Port });

        IdleHandsException failure = await FailAsync("small", "PortInUse");

        Assert.Contains($"process {stranger.ProcessId} (sample-server)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("other", failure.Message, StringComparison.Ordinal);
        Assert.False(stranger.HasExited);
        await AssertUntouchedAsync(running);
    }

    [Fact]
    public async Task A_server_that_crashes_while_loading_fails_the_select_at_once_with_the_end_of_its_log()
    {
        RuntimeModel model = _ih.Add("crashing", "--load-time 60 --crash-after 0.5 --crash-message 'ggml: cudaMalloc failed: out of memory'");
        long start = Stopwatch.GetTimestamp();

        IdleHandsException failure = await FailAsync("crashing", "StartFailed");

        // The crash comes after 0.5 s; the probe would wait for 60 s.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Contains("exit code 134", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cudaMalloc failed", failure.Message, StringComparison.Ordinal);
        Assert.Contains("(out of device memory)", failure.Message, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_backgrounded_server_that_crashes_fails_the_select_at_once()
    {
        RuntimeModel model = _ih.Add("crashing", change: m => m with { StartCommand = SelectFixture.Serve("--load-time 60 --crash-after 0.7") + " &" });

        IdleHandsException failure = await FailAsync("crashing", "StartFailed");

        Assert.Contains("server ended although its start command had succeeded", failure.Message, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_start_command_that_does_not_exist_says_so()
    {
        _ih.Add("wrong", change: model => model with { StartCommand = "llama-server-of-no-kind -m {source}" });

        IdleHandsException failure = await FailAsync("wrong", "StartFailed");

        Assert.Contains("(command not found)", failure.Message, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync();
    }

    [Fact]
    public async Task A_model_that_is_never_ready_fails_at_its_explicit_limit_and_is_stopped()
    {
        RuntimeModel model = _ih.Add("slow", "--load-time 100 --quiet-load", m => m with { ProbeTimeoutSec = 1 });

        IdleHandsException failure = await FailAsync("slow", "ProbeTimeout");

        Assert.Contains("not ready within 1 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("it is alive", failure.Message, StringComparison.Ordinal);
        Assert.Contains("-TimeoutSec", failure.Recommendation, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync(model.Port!.Value);
    }

    [Fact]
    public async Task A_start_command_that_starts_nothing_says_so_at_the_limit()
    {
        _ih.Add("nothing", change: model => model with { StartCommand = "true", ProbeTimeoutSec = 1 });

        IdleHandsException failure = await FailAsync("nothing", "ProbeTimeout");

        Assert.Contains("nothing of its start command is running", failure.Message, StringComparison.Ordinal);
        await _ih.AssertNothingRunsAsync();
    }

    [Fact]
    public async Task A_service_whose_status_command_fails_fails_at_once()
    {
        _ih.Add("service", change: model => model with { StartCommand = "true", StatusCommand = "false" });

        IdleHandsException failure = await FailAsync("service", "StartFailed");

        Assert.Contains("status command", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_that_takes_the_port_while_the_model_starts_is_not_the_model()
    {
        int port = SelectFixture.Port;
        _ih.Add("ghost", change: model => model with { Port = port, StartCommand = "sleep 60", ProbeCommand = "true" });
        SampleServerProcess? stranger = null;
        _ih.OnStep = kind =>
        {
            if (kind == PlanStepKind.StartModel)
            {
                stranger = SampleServerProcess.StartRaw(port, "-m", _ih.Weights.FilePath, "--port", $"{port}", "--html", "--lifetime", "60");
                stranger.WaitUntilListeningAsync(Token).GetAwaiter().GetResult();
            }
        };

        IdleHandsException failure = await FailAsync("ghost", "PortInUse");

        Assert.Contains($"process {stranger!.ProcessId}", failure.Message, StringComparison.Ordinal);
        Assert.False(stranger.HasExited);
        await stranger.DisposeAsync();
        Assert.Null(_ih.Store.Read());
        Assert.Empty(_ih.RunningLaunches());
    }

    [Fact]
    public async Task A_stranger_on_the_port_is_not_taken_for_the_model_on_reuse()
    {
        var running = await RunningAsync();
        await _ih.KillAsync(running.Launch);
        await using SampleServerProcess stranger = SampleServerProcess.StartRaw(
            running.Port, "-m", _ih.Weights.FilePath, "--port", $"{running.Port}", "--alias", "other", "--lifetime", "60");
        await stranger.WaitUntilReadyAsync(Token);

        IdleHandsException failure = await FailAsync("running", "PortInUse");

        Assert.Contains($"process {stranger.ProcessId}", failure.Message, StringComparison.Ordinal);
        Assert.False(stranger.HasExited);
        Assert.Equal(RuntimeStatus.Stale, _ih.Store.Read()!.Status);
    }

    [Fact]
    public async Task A_backend_that_does_not_verify_leaves_the_running_model_untouched()
    {
        var running = await RunningAsync();
        _ih.AddBackend(new RuntimeBackend { Id = "bad", DisplayName = "Bad", Type = "cpu", VerifyCommand = "echo no device >&2; exit 4" });
        _ih.Add("small", change: model => model with { BackendPolicy = IdPolicy.Of(["bad"]) });

        IdleHandsException failure = await FailAsync("small", "VerifyFailed");

        Assert.Contains("exit code 4", failure.Message, StringComparison.Ordinal);
        Assert.Contains("no device", failure.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(running);
    }

    [Fact]
    public async Task A_backend_that_can_not_be_applied_is_rolled_back()
    {
        await RunningAsync();
        string proof = Path.Combine(_ih.Weights.Directory, "rolled-back");
        _ih.AddBackend(new RuntimeBackend { Id = "bad", DisplayName = "Bad", Type = "cpu", ApplyCommand = "exit 5", RollbackCommand = $"touch '{proof}'" });
        _ih.Add("small", change: model => model with { BackendPolicy = IdPolicy.Of(["bad"]) });

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal("ApplyFailed", result.Failure!.ErrorId);
        Assert.Equal(("RollbackBackend", "ok"), (result.Steps[^1].Kind, result.Steps[^1].Status));
        Assert.True(File.Exists(proof));
        await _ih.AssertNothingRunsAsync();
    }

    [Fact]
    public async Task A_missing_secret_is_told_before_anything_is_stopped()
    {
        var running = await RunningAsync();
        _ih.AddBackend(new RuntimeBackend { Id = "keyed", DisplayName = "Keyed", Type = "cpu", Environment = new EnvironmentMap([new("KEY", "env:IH_NOT_SET_ANYWHERE")]) });
        _ih.Add("small", change: model => model with { BackendPolicy = IdPolicy.Of(["keyed"]), StartCommand = "{backend_env}" + model.StartCommand });

        IdleHandsException failure = await FailAsync("small", "SecretUnavailable");

        Assert.Contains("IH_NOT_SET_ANYWHERE", failure.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(running);
    }

    [Fact]
    public async Task A_shell_that_is_not_there_is_told_before_anything_is_stopped()
    {
        var running = await RunningAsync();
        _ih.ChangeHost(host => host with { Shell = "cmd" });
        _ih.Add("small", change: model => model with { StartCommand = "server -m {source}", Source = model.Source.Replace("it's ", string.Empty, StringComparison.Ordinal) });
        File.Copy(_ih.Weights.FilePath, Path.Combine(_ih.Weights.Directory, "tiny.gguf"));

        await FailAsync("small", "ShellNotFound");

        await AssertUntouchedAsync(running);
    }

    [Fact]
    public async Task A_host_that_can_not_be_reached_leaves_the_running_model_untouched()
    {
        var running = await RunningAsync();
        _ih.ChangeHost(host => host with { Transport = HostTransport.Ssh, HostName = "127.0.0.1", Port = SelectFixture.Port });
        _ih.Add("small");

        SelectResult result = await _ih.SelectAsync("small");

        Assert.Equal("ConnectionRefused", result.Failure!.ErrorId);
        Assert.Contains("Nothing could be looked up on host 'here'", Assert.Single(result.Warnings), StringComparison.Ordinal);
        await AssertUntouchedAsync(running);
    }

    public static TheoryData<string> InterruptedSteps() =>
        [PlanStepKind.CheckPort, PlanStepKind.StopModel, PlanStepKind.WaitRelease, PlanStepKind.StartModel, PlanStepKind.ProbeHealth, "Waiting"];

    [Theory]
    [MemberData(nameof(InterruptedSteps))]
    public async Task Breaking_off_at_any_step_leaves_no_half_started_server_and_a_true_state(string kind)
    {
        var running = await RunningAsync();
        RuntimeModel slow = _ih.Add("slow", "--load-time 30");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _ih.OnStep = step =>
        {
            if (step == kind)
            {
                cancel.Cancel();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _ih.SelectAsync("slow", cancellation: cancel.Token));

        _ih.OnStep = null;
        Assert.Null(await SelectFixture.ServedAsync(slow.Port!.Value));
        bool runs = (await _ih.ObserveAsync(running.Launch)).IsAlive;
        Assert.Equal(runs, _ih.Store.Read() is { Id: "running" });
        Assert.Equal(runs ? "running" : null, await SelectFixture.ServedAsync(running.Port));
        await _ih.StartAsync("running").ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal("running", await SelectFixture.ServedAsync(running.Port));
    }
}

public sealed class LocalSelectFailureTests(LocalTransport transport) : SelectFailureTests(transport), IClassFixture<LocalTransport>;

public sealed class SshSelectFailureTests(ThoroughSshTransport transport) : SelectFailureTests(transport), IClassFixture<ThoroughSshTransport>;

public sealed class ExecSelectFailureTests(ThoroughExecTransport transport) : SelectFailureTests(transport), IClassFixture<ThoroughExecTransport>;
