using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>Which host and backend a request comes down to.</summary>
public sealed class SelectionTests
{
    private static readonly RuntimeHost[] Hosts = [Host("a"), Host("b"), Host("c")];

    [Fact]
    public void Takes_the_first_enabled_host_of_the_configuration_where_any_will_do()
    {
        PlanSelection selection = Resolve(Model(), [Host("a") with { Enabled = false }, Host("b"), Host("c")]);

        Assert.Equal("b", selection.Host.Id);
        Assert.Null(selection.Backend);
        Assert.Equal(["host a passed over: disabled"], selection.PassedOver);
    }

    [Fact]
    public void Takes_hosts_in_the_order_of_the_policy() =>
        Assert.Equal("c", Resolve(Model() with { HostPolicy = IdPolicy.Of(["c", "a"]) }, Hosts).Host.Id);

    [Fact]
    public void Takes_backends_in_the_order_of_the_policy_on_the_first_host()
    {
        RuntimeModel model = Model() with { BackendPolicy = IdPolicy.Of(["cuda", "rocm", "cpu"]) };
        PlanSelection selection = Resolve(model, Hosts, Backend("cpu"), Backend("rocm", "a"), Backend("cuda", "b"));

        Assert.Equal(("a", "rocm"), (selection.Host.Id, selection.Backend?.Id));
        Assert.Equal(["backend cuda may run only on b, passed over on host a"], selection.PassedOver);
    }

    [Fact]
    public void Goes_to_the_next_host_where_no_backend_fits_the_first()
    {
        RuntimeModel model = Model() with { HostPolicy = IdPolicy.Of(["x", "a", "b"]), BackendPolicy = IdPolicy.Of(["gone", "off", "cuda"]) };
        PlanSelection selection = Resolve(model, Hosts, Backend("off") with { Enabled = false }, Backend("cuda", "b"));

        Assert.Equal(("b", "cuda"), (selection.Host.Id, selection.Backend?.Id));
        Assert.Equal(
            [
                "host x passed over: not in the configuration",
                "host a passed over: backend gone is not in the configuration; backend off is disabled; backend cuda may run only on b",
                "backend gone is not in the configuration, passed over on host b",
                "backend off is disabled, passed over on host b",
            ],
            selection.PassedOver);
    }

    [Fact]
    public void Uses_no_backend_where_any_will_do_and_none_is_asked_for() => Assert.Null(Resolve(Model(), Hosts, Backend("cuda")).Backend);

    [Fact]
    public void Uses_the_host_and_backend_asked_for()
    {
        PlanSelection selection = Resolve(Model(), Hosts, new PlanRequest("qwen") { HostId = "c", BackendId = "cuda" }, Backend("cuda"));
        Assert.Equal(("c", "cuda"), (selection.Host.Id, selection.Backend?.Id));
        Assert.Empty(selection.PassedOver);
    }

    [Fact]
    public void Finds_a_host_for_the_backend_asked_for()
    {
        PlanSelection selection = Resolve(Model(), Hosts, new PlanRequest("qwen") { BackendId = "cuda" }, Backend("cuda", "c"));
        Assert.Equal("c", selection.Host.Id);
    }

    [Fact]
    public void Knows_ids_in_capitals()
    {
        PlanSelection selection = Resolve(Model(), Hosts, new PlanRequest("QWEN") { HostId = "B", BackendId = "Cuda" }, Backend("cuda"));
        Assert.Equal(("qwen", "b", "cuda"), (selection.Model.Id, selection.Host.Id, selection.Backend?.Id));
    }

    [Theory]
    [InlineData("cuda", true)]
    [InlineData("custom", true)]
    [InlineData("rocm", false)]
    public void Warns_of_a_backend_that_the_host_does_not_declare(string declared, bool isDeclared)
    {
        RuntimeHost host = Host("a") with { Backend = new NameList(declared) };
        PlanSelection selection = Resolve(Model(), [host], new PlanRequest("qwen") { BackendId = "cuda" }, Backend("cuda"));

        Assert.Equal(isDeclared, selection.Warnings.Count == 0);
        Assert.All(selection.Warnings, warning => Assert.Contains("'cuda' nor its type 'custom'", warning, StringComparison.Ordinal));
    }

    [Fact]
    public void Does_not_warn_where_a_host_declares_nothing() =>
        Assert.Empty(Resolve(Model(), [Host("a") with { Backend = NameList.Empty }], new PlanRequest("qwen") { BackendId = "cuda" }, Backend("cuda")).Warnings);

    private static PlanSelection Resolve(RuntimeModel model, RuntimeHost[] hosts, params RuntimeBackend[] backends) =>
        Resolve(model, hosts, new PlanRequest(model.Id), backends);

    private static PlanSelection Resolve(RuntimeModel model, RuntimeHost[] hosts, PlanRequest request, params RuntimeBackend[] backends) =>
        Planner.Resolve(request, ConfigurationOf(model, hosts, backends));
}
