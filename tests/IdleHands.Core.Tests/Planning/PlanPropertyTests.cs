using CsCheck;
using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>What holds for every plan, whatever is configured and running.</summary>
public sealed class PlanPropertyTests
{
    private static readonly string[] Checks = ["CheckSource", "CheckPort"];
    private static readonly string[] Stops = ["StopModel", "CleanupModel", "WaitRelease"];

    private static readonly Gen<RuntimeHost> Hosts = Gen.Select(
        Gen.OneOf("a", "b"),
        Gen.OneOf("local", "ssh"),
        Gen.OneOf(null, "stop {model_id}"),
        Gen.OneOf(null, "clean {port}"),
        (id, transport, stop, clean) => Host(id) with { Transport = transport, StopCommand = stop, CleanupCommand = clean });

    private static readonly Gen<RuntimeBackend?> Backends = Gen.Select(
        Gen.OneOf(null, "cuda", "vulkan"),
        Gen.OneOf(null, "apply"),
        Gen.OneOf(null, "verify"),
        (id, apply, verify) => id is null ? null : Backend(id) with { ApplyCommand = apply, VerifyCommand = verify });

    private static readonly Gen<RuntimeModel> Models = Gen.Select(
        Gen.OneOf("m", "n"),
        Gen.OneOf("/m/x.gguf", "hf:org/x", "/m/x-00001-of-00002.gguf"),
        Gen.OneOf(null, "chatml", "/t/a.jinja"),
        Gen.OneOf("run {port}", "run {source}"),
        (id, source, template, start) => Model(id) with { Source = source, ChatTemplate = template, StartCommand = start });

    private static readonly Gen<PlanSelection> Selections = Gen.Select(
        Models,
        Hosts,
        Backends,
        Gen.OneOf(false, false, true),
        (model, host, backend, restart) => Selection(model, host, backend, new PlanRequest(model.Id) { Restart = restart }));

    private static readonly Gen<(PlanSelection Selection, ActiveRuntime? Active)> Cases = Gen.Select(
        Selections,
        Selections,
        Gen.OneOf("ready", "ready", "ready", "stale", "starting"),
        Gen.OneOf("none", "other", "same"),
        (selection, other, status, what) => (selection, what switch
        {
            "none" => null,
            "same" => Running(selection) with { Status = status },
            _ => Running(other) with { Status = status },
        }));

    [Fact]
    public void Checks_come_before_stops_and_stops_before_the_start() => Cases.Sample((selection, active) =>
    {
        string[] kinds = Kinds(Build(selection, active));
        int start = Array.IndexOf(kinds, "StartModel");
        int firstStop = Array.FindIndex(kinds, Stops.Contains);
        int lastStop = Array.FindLastIndex(kinds, Stops.Contains);
        int lastCheck = Array.FindLastIndex(kinds, Checks.Contains);
        int apply = Array.IndexOf(kinds, "ApplyBackend");
        int verify = Array.IndexOf(kinds, "VerifyBackend");
        if (start >= 0)
        {
            Assert.True(lastStop < start);
            Assert.True(lastCheck < start);
            Assert.Equal(active is not null, firstStop >= 0);
            Assert.True(firstStop < 0 || lastCheck < firstStop);
            Assert.True(apply < 0 || (apply > lastStop && apply < start && verify != 0));
            Assert.True(verify < 0 || (apply >= 0 ? verify > apply && verify < start : firstStop < 0 || verify < firstStop));
        }
    });

    [Fact]
    public void A_reuse_only_looks_and_a_start_starts_once() => Cases.Sample((selection, active) =>
    {
        RuntimePlan plan = Build(selection, active);
        string[] kinds = Kinds(plan);
        Assert.Equal("ProbeHealth", kinds[^1]);
        Assert.Equal(kinds.Length, kinds.Distinct().Count());
        Assert.Equal(plan.Reuse ? 0 : 1, kinds.Count(kind => kind == "StartModel"));
        Assert.All(plan.Reuse ? kinds : [], kind => Assert.True(kind is "VerifyBackend" or "ProbeHealth"));
        Assert.NotEmpty(plan.Reasons);
        Assert.Equal(Enumerable.Range(1, kinds.Length), plan.Steps.Select(step => step.Order));
        Assert.All(plan.Steps, step => Assert.True(step.Timeout > TimeSpan.Zero));
    });

    [Fact]
    public void The_same_inputs_give_the_same_plan() => Cases.Sample((selection, active) =>
    {
        RuntimePlan one = Build(selection, active);
        RuntimePlan two = Build(selection with { Model = selection.Model with { } }, active);
        Assert.Equal(one.Steps, two.Steps);
        Assert.Equal(one, two with { Steps = one.Steps });
    });

    [Fact]
    public void What_a_plan_started_is_reused_by_the_next() => Selections
        .Where(selection => !selection.Request.Restart)
        .Sample(selection => Assert.True(Build(selection, After(Build(selection))).Reuse));
}
