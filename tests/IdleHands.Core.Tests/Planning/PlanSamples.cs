using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Core.Tests.Planning;

/// <summary>Entries and states for planner tests.</summary>
internal static class PlanSamples
{
    public static RuntimeHost Host(string id) => new() { Id = id, DisplayName = id };

    public static RuntimeBackend Backend(string id, params string[] hosts) => new()
    {
        Id = id,
        DisplayName = id,
        Type = "custom",
        HostFilter = hosts.Length == 0 ? IdPolicy.Any : IdPolicy.Of(hosts),
    };

    public static RuntimeModel Model(string id = "qwen") => new()
    {
        Id = id,
        DisplayName = id,
        Source = "/models/qwen-14B-Q5_K_M.gguf",
        StartCommand = "run -m {source} --port {port}",
    };

    public static RuntimeConfiguration ConfigurationOf(RuntimeModel model, RuntimeHost[] hosts, params RuntimeBackend[] backends) => new()
    {
        Models = [model],
        Hosts = hosts,
        Backends = backends,
    };

    public static PlanSelection Selection(RuntimeModel? model = null, RuntimeHost? host = null, RuntimeBackend? backend = null, PlanRequest? request = null)
    {
        model ??= Model();
        return new PlanSelection
        {
            Request = request ?? new PlanRequest(model.Id),
            Model = model,
            Host = host ?? Host("here"),
            Backend = backend,
        };
    }

    public static RuntimePlan Build(PlanSelection selection, ActiveRuntime? active = null, long? bytes = null) =>
        Planner.Build(selection, active, new PlanFacts { SourceBytes = bytes });

    /// <summary>The state after a plan has been carried out.</summary>
    public static ActiveRuntime After(RuntimePlan plan) => new()
    {
        Id = plan.Id,
        HostId = plan.HostId,
        BackendId = plan.BackendId,
        Endpoint = plan.Endpoint,
        Status = RuntimeStatus.Ready,
        StartedAt = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local),
        Port = plan.Model.EffectivePort,
        Fingerprint = plan.Fingerprint,
        Host = plan.Host,
        Backend = plan.Backend,
        Model = plan.Model,
        StopCommand = plan.StopCommandRendered,
        CleanupCommand = plan.CleanupCommandRendered,
    };

    public static ActiveRuntime Running(PlanSelection selection) => After(Build(selection));

    public static LaunchRecord Launch(string id) => new()
    {
        LaunchId = id,
        ProcessId = 7,
        StartTime = "1",
        BootId = "boot",
        LogPath = "/logs/x.log",
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    public static string[] Kinds(RuntimePlan plan) => [.. plan.Steps.Select(step => step.Kind)];

    public static PlanStep Step(RuntimePlan plan, string kind) => Assert.Single(plan.Steps, step => step.Kind == kind);
}
