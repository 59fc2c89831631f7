using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>What is taken from a plan that comes back to be carried out: what was asked, and what it was made from.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="ConfigurationHash">Hash of the configuration entries it was made from.</param>
/// <param name="StateHash">Hash of the runtime state it was made from.</param>
public sealed record PlanReference(PlanRequest Request, string ConfigurationHash, string StateHash)
{
    /// <summary>Refuses a plan whose ground has moved.</summary>
    /// <exception cref="IdleHandsException"><c>PlanOutdated</c>.</exception>
    internal void EnsureStillTrue(RuntimePlan now)
    {
        string? changed = now switch
        {
            _ when now.ConfigurationHash != ConfigurationHash && Request.Source is not null => $"what is assumed for it is another now ({string.Join("; ", now.Assumptions)})",
            _ when now.ConfigurationHash != ConfigurationHash => "the configuration of the model, its host or its backend has changed",
            _ when now.StateHash != StateHash => "another model runs, or the state of the running one has changed",
            _ => null,
        };
        if (changed is not null)
        {
            throw new IdleHandsException(
                "PlanOutdated",
                FailureKind.InvalidArgument,
                $"The plan for model '{Request.ModelId}' was made from other facts than hold now: {changed}. Nothing was done.",
                $"Make it again: {Request} -DryRun",
                Request.ModelId);
        }
    }
}
