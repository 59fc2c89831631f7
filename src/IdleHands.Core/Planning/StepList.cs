using System.Globalization;

namespace IdleHands.Planning;

/// <summary>Collects the steps of one plan, in order.</summary>
/// <param name="hostId">Host of the steps that name no other.</param>
internal sealed class StepList(string hostId)
{
    /// <summary>Limit of a step whose length nothing tells.</summary>
    internal static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(30);

    private readonly List<PlanStep> _steps = [];

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<PlanStep> Steps => new ItemList<PlanStep>(_steps);

    /// <summary>True when there is a step of this kind.</summary>
    public bool Has(string kind) => _steps.Exists(step => step.Kind == kind);

    /// <summary>Adds a step.</summary>
    /// <param name="kind">One of <see cref="PlanStepKind"/>.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="description">What it does.</param>
    /// <param name="complete">Fills in the rest.</param>
    public void Add(string kind, TimeSpan timeout, string description, Func<PlanStep, PlanStep>? complete = null)
    {
        var step = new PlanStep
        {
            Order = _steps.Count + 1,
            Kind = kind,
            HostId = hostId,
            Timeout = timeout,
            Description = description,
        };
        _steps.Add(complete?.Invoke(step) ?? step);
    }

    /// <summary>Adds the steps that stop something, from the wait for its requests to the wait for its port and memory.</summary>
    /// <param name="runtime">What is stopped.</param>
    /// <param name="force">True: its requests are not waited for.</param>
    public void AddStop(ActiveRuntime runtime, bool force)
    {
        string where = $"{runtime.Id} on host {runtime.HostId}";
        PlanStep About(PlanStep step) => step with { HostId = runtime.HostId, Port = runtime.Port, Runtime = runtime };

        TimeSpan drain = runtime.Host?.EffectiveDrain ?? StepLimit;
        if (!force && runtime.Port != 0 && drain > TimeSpan.Zero)
        {
            Add(PlanStepKind.DrainModel, drain, $"let {where} finish its requests, at most {Seconds(drain)}", About);
        }

        Add(PlanStepKind.StopModel, StepLimit, $"stop {where}", step => About(step) with { Command = runtime.StopCommand });
        if (!string.IsNullOrWhiteSpace(runtime.CleanupCommand))
        {
            Add(PlanStepKind.CleanupModel, StepLimit, $"clean up behind {where}", step => About(step) with { Command = runtime.CleanupCommand });
        }

        string release = runtime.Port == 0
            ? $"the memory of {runtime.Id} is free"
            : Invariant($"port {runtime.Port} and the memory of {runtime.Id} are free");
        Add(PlanStepKind.WaitRelease, StepLimit, $"wait until {release} on host {runtime.HostId}, at most {Seconds(StepLimit)}", About);
    }

    /// <summary>A span as people write it.</summary>
    public static string Seconds(TimeSpan span) => Invariant($"{span.TotalSeconds:0.###} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
