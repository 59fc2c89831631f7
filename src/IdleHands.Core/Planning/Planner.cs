using IdleHands.Templates;

namespace IdleHands.Planning;

/// <summary>Makes plans. Pure: the same inputs give the same plan, and nothing is read, run or asked.</summary>
public static class Planner
{
    /// <summary>Finds the host and backend for a request.</summary>
    /// <exception cref="PlanException">
    /// <c>ModelNotFound</c>, <c>HostNotFound</c>, <c>NoEligibleHost</c>, <c>HostPolicyViolation</c>,
    /// <c>BackendNotFound</c>, <c>BackendPolicyViolation</c> or <c>BackendNotAllowedOnHost</c>.
    /// </exception>
    public static PlanSelection Resolve(PlanRequest request, RuntimeConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(configuration);
        return new SelectionResolver(request, configuration).Resolve();
    }

    /// <summary>Finds all hosts that a request can be met on, each with its backend, in the order of the policy.</summary>
    /// <exception cref="PlanException">As of <see cref="Resolve"/>: there is none.</exception>
    internal static IReadOnlyList<PlanSelection> ResolveAll(PlanRequest request, RuntimeConfiguration configuration) =>
        new SelectionResolver(request, configuration).ResolveAll();

    /// <summary>Makes the steps for a selection.</summary>
    /// <param name="selection">What <see cref="Resolve"/> found.</param>
    /// <param name="active">What runs now, as far as is known; null for nothing.</param>
    /// <param name="facts">What was found out before.</param>
    /// <exception cref="TemplateException">
    /// <c>TemplateUnsafe</c>, <c>TemplateValueMissing</c>, <c>TemplateVariableUnknown</c> or <c>ShellUnknown</c>.
    /// </exception>
    public static RuntimePlan Build(PlanSelection selection, ActiveRuntime? active, PlanFacts facts)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(facts);
        return new PlanBuilder(selection, active, facts).Build();
    }

    /// <summary>Makes the steps that stop what runs.</summary>
    /// <param name="active">What runs.</param>
    /// <param name="leftovers">Launches that still run although the state has lost them.</param>
    /// <param name="force">True: with little patience.</param>
    internal static RuntimePlan BuildStop(ActiveRuntime active, IReadOnlyList<ActiveRuntime> leftovers, bool force) =>
        PlanBuilder.BuildStop(active, leftovers, force);
}
