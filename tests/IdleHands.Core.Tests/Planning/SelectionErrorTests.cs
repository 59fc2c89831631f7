using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>What a request is refused for, and whether the error says what would be accepted.</summary>
public sealed class SelectionErrorTests
{
    private static readonly RuntimeModel Picky = Model() with { HostPolicy = IdPolicy.Of(["a", "off"]), BackendPolicy = IdPolicy.Of(["cuda", "dead"]) };

    private static readonly RuntimeHost[] Hosts = [Host("a"), Host("b"), Host("off") with { Enabled = false }];

    private static readonly RuntimeBackend[] Backends =
        [Backend("cuda", "b"), Backend("rocm"), Backend("dead") with { Enabled = false }];

    [Fact]
    public void Model_is_missing() =>
        AssertError("ModelNotFound", FailureKind.NotFound, Picky, new PlanRequest("gone"), "'gone'", "qwen");

    [Fact]
    public void Model_is_disabled() =>
        AssertError("ModelNotFound", FailureKind.NotFound, Picky with { Enabled = false }, new PlanRequest("qwen"), "'qwen'", "disabled", "Enable-IHModel -Id qwen");

    [Fact]
    public void Host_asked_for_is_missing() =>
        AssertError("HostNotFound", FailureKind.NotFound, Picky, new PlanRequest("qwen") { HostId = "gone" }, "'gone'", "a, b", "Get-IHHost");

    [Fact]
    public void Host_asked_for_is_disabled() =>
        AssertError("NoEligibleHost", FailureKind.InvalidArgument, Picky, new PlanRequest("qwen") { HostId = "off" }, "'off'", "disabled", "Enable-IHHost -Id off");

    [Fact]
    public void Host_asked_for_is_not_in_the_policy() =>
        AssertError("HostPolicyViolation", FailureKind.InvalidArgument, Picky, new PlanRequest("qwen") { HostId = "b" }, "'b'", "only a, off", "-HostPolicy");

    [Fact]
    public void Every_host_of_the_policy_is_disabled_or_missing() => AssertError(
        "NoEligibleHost",
        FailureKind.InvalidArgument,
        Picky with { HostPolicy = IdPolicy.Of(["off", "gone"]) },
        new PlanRequest("qwen"),
        "host off passed over: disabled",
        "host gone passed over: not in the configuration",
        "Enable-IHHost");

    [Fact]
    public void There_is_no_host_at_all()
    {
        var error = Assert.Throws<PlanException>(() => Planner.Resolve(new PlanRequest("qwen"), ConfigurationOf(Model(), [])));
        Assert.Equal("NoEligibleHost", error.ErrorId);
        Assert.Contains("has no host", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backend_asked_for_is_missing() =>
        AssertError("BackendNotFound", FailureKind.NotFound, Picky, new PlanRequest("qwen") { BackendId = "gone" }, "'gone'", "cuda, rocm", "Get-IHBackend");

    [Fact]
    public void Backend_asked_for_is_disabled() =>
        AssertError("BackendNotFound", FailureKind.NotFound, Picky, new PlanRequest("qwen") { BackendId = "dead" }, "'dead'", "disabled", "Enable-IHBackend -Id dead");

    [Fact]
    public void Backend_asked_for_is_not_in_the_policy() =>
        AssertError("BackendPolicyViolation", FailureKind.InvalidArgument, Picky, new PlanRequest("qwen") { BackendId = "rocm" }, "'rocm'", "only cuda, dead", "-BackendPolicy");

    [Fact]
    public void Every_backend_of_the_policy_is_disabled_or_missing() => AssertError(
        "BackendNotFound",
        FailureKind.NotFound,
        Picky with { BackendPolicy = IdPolicy.Of(["dead", "gone"]) },
        new PlanRequest("qwen"),
        "dead, gone",
        "Enable-IHBackend");

    [Theory]
    [InlineData("a", null)]
    [InlineData(null, "cuda")]
    [InlineData("a", "cuda")]
    public void Host_filter_refuses_what_is_asked_for(string? host, string? backend) => AssertError(
        "BackendNotAllowedOnHost",
        FailureKind.InvalidArgument,
        Picky,
        new PlanRequest("qwen") { HostId = host, BackendId = backend },
        "backend cuda may run only on b",
        "Set-IHBackend -Id cuda -HostFilter");

    [Fact]
    public void A_backend_that_would_do_is_disabled() => AssertError(
        "BackendNotAllowedOnHost",
        FailureKind.InvalidArgument,
        Picky,
        new PlanRequest("qwen") { HostId = "a" },
        "Model 'qwen' was asked for on host 'a', but none of the backends it accepts (cuda, dead) can be used there: ",
        "backend cuda may run only on b; backend dead is disabled",
        "Enable-IHBackend -Id dead",
        "Set-IHBackend -Id cuda -HostFilter");

    [Fact]
    public void Host_filters_leave_no_pair_of_the_policies() => AssertError(
        "NoEligibleHost",
        FailureKind.InvalidArgument,
        Picky,
        new PlanRequest("qwen"),
        "host a passed over: backend cuda may run only on b",
        "-HostFilter");

    [Fact]
    public void A_long_list_of_what_there_is_is_cut()
    {
        RuntimeModel[] models = [.. Enumerable.Range(0, 2000).Select(i => Model($"m{i}"))];
        var error = Assert.Throws<PlanException>(() => Planner.Resolve(new PlanRequest("gone"), new RuntimeConfiguration { Models = models }));
        Assert.EndsWith("m9, and 1990 more.", error.Message, StringComparison.Ordinal);
    }

    private static void AssertError(string id, FailureKind kind, RuntimeModel model, PlanRequest request, params string[] said)
    {
        var error = Assert.Throws<PlanException>(() => Planner.Resolve(request, ConfigurationOf(model, Hosts, Backends)));
        Assert.Equal((id, kind), (error.ErrorId, error.Kind));
        Assert.NotNull(error.Target);
        Assert.All(said, part => Assert.Contains(part, error.Message + "\n" + error.Recommendation, StringComparison.Ordinal));
    }
}
