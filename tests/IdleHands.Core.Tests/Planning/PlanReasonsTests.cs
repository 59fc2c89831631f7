using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>Why a plan restarts.</summary>
public sealed class PlanReasonsTests
{
    private static readonly PlanRequest Plain = new("qwen");

    [Fact]
    public void Nothing_is_running() => AssertReasons(Build(Selection()), "nothing is running");

    [Fact]
    public void Restart_is_asked()
    {
        AssertReasons(Build(Selection(request: Plain with { Restart = true }), Running(Selection())), "restart asked");
        AssertReasons(Build(Selection(request: Plain with { Force = true }), Running(Selection())), "restart asked");
    }

    [Fact]
    public void A_reason_is_handed_in() => AssertReasons(
        Build(Selection(request: Plain with { RestartReason = "it did not answer" }), Running(Selection())),
        "it did not answer");

    [Theory]
    [InlineData(RuntimeStatus.Starting)]
    [InlineData(RuntimeStatus.Stale)]
    [InlineData(RuntimeStatus.Stopping)]
    [InlineData(RuntimeStatus.Exited)]
    public void It_is_not_ready(string status) =>
        AssertReasons(Build(Selection(), Running(Selection()) with { Status = status }), $"runtime is {status}, not ready");

    [Fact]
    public void What_may_still_run_is_probed_before_it_is_given_up()
    {
        RuntimePlan plan = Build(Selection(), Running(Selection()) with { Status = RuntimeStatus.Unknown });

        Assert.True(plan.Reuse);
        Assert.Equal(["qwen is unknown with the same start command"], plan.Reasons);
    }

    [Fact]
    public void Another_model_runs() => AssertReasons(Build(Selection(), Running(Selection(Model("old")))), "model old → qwen");

    [Fact]
    public void It_runs_on_another_host() =>
        AssertReasons(Build(Selection(host: Host("b")), Running(Selection(host: Host("a")))), "host a → b");

    [Fact]
    public void It_runs_with_another_backend()
    {
        AssertReasons(Build(Selection(backend: Backend("vulkan")), Running(Selection(backend: Backend("cuda")))), "backend cuda → vulkan");
        AssertReasons(Build(Selection(), Running(Selection(backend: Backend("cuda")))), "backend cuda → none");
        AssertReasons(Build(Selection(backend: Backend("cuda")), Running(Selection())), "backend none → cuda");
    }

    [Fact]
    public void Its_start_command_changed() => AssertReasons(
        Build(Selection(Model() with { StartCommand = "run -m {source} --port {port} -v" }), Running(Selection())),
        "start command changed");

    [Fact]
    public void The_shell_of_its_start_command_changed() =>
        AssertReasons(Build(Selection(host: Host("here") with { Shell = "sh" }), Running(Selection())), "start command changed");

    [Fact]
    public void Its_environment_changed()
    {
        RuntimeModel model = Model() with { StartCommand = "{backend_env} run" };
        RuntimeBackend before = Backend("cuda") with { Environment = new EnvironmentMap([new("A", "1"), new("T", "env:ONE")]) };
        RuntimeBackend plain = before with { Environment = new EnvironmentMap([new("A", "2"), new("T", "env:ONE")]) };
        RuntimeBackend secret = before with { Environment = new EnvironmentMap([new("A", "1"), new("T", "env:TWO")]) };

        AssertReasons(Build(Selection(model, backend: plain), Running(Selection(model, backend: before))), "start command changed");
        AssertReasons(Build(Selection(model, backend: secret), Running(Selection(model, backend: before))), "start command changed");
        Assert.True(Build(Selection(model, backend: before), Running(Selection(model, backend: before))).Reuse);
    }

    [Fact]
    public void Its_start_command_was_never_recorded() =>
        AssertReasons(Build(Selection(), Running(Selection()) with { Fingerprint = null }), "start command of what runs is not known");

    [Fact]
    public void Its_port_changed_though_the_command_does_not_name_it()
    {
        RuntimeModel model = Model() with { StartCommand = "systemctl --user start qwen" };
        AssertReasons(Build(Selection(model with { Port = 9000 }), Running(Selection(model))), "port 8080 → 9000");
    }

    [Fact]
    public void What_does_not_touch_the_launch_is_no_reason()
    {
        RuntimeModel model = Model() with { DisplayName = "New", ProbeTimeoutSec = 9, ProbeCommand = "probe", Fallback = "x" };
        Assert.True(Build(Selection(model), Running(Selection())).Reuse);
    }

    [Fact]
    public void Several_reasons_are_all_said()
    {
        RuntimePlan plan = Build(
            Selection(host: Host("b"), request: Plain with { Restart = true }) with { PassedOver = new NameList("host x passed over: disabled") },
            Running(Selection(Model("old"), Host("a"), Backend("cuda"))) with { Status = RuntimeStatus.Stale });

        AssertReasons(
            plan,
            "restart asked",
            "runtime is stale, not ready",
            "model old → qwen",
            "host a → b",
            "backend cuda → none",
            "host x passed over: disabled");
    }

    private static void AssertReasons(RuntimePlan plan, params string[] expected)
    {
        Assert.Equal(expected, plan.Reasons);
        Assert.False(plan.Reuse);
    }
}
