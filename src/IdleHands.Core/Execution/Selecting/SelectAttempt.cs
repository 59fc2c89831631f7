using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>What came of trying to bring one model up.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Plan">The plan that was carried out last.</param>
internal sealed record Attempt(SelectResult Result, RuntimePlan Plan)
{
    /// <summary>What ran before and was disturbed by it; null where nothing was.</summary>
    public ActiveRuntime? Disturbed { get; init; }

    /// <summary>True when the start command was launched.</summary>
    public bool HasLaunched { get; init; }
}

/// <summary>
/// Carries out a plan to bring one model up. A runtime that was to be kept and does not answer is started instead, once.
/// </summary>
internal sealed class SelectAttempt(SelectContext context, ISelectObserver observer)
{
    /// <summary>Carries a plan out.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="replan">Makes the plan for a changed request, where what was to be kept is not there.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">There is no plan for the restart.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public async Task<Attempt> RunAsync(RuntimePlan plan, Func<PlanRequest, Task<RuntimePlan>> replan, CancellationToken cancellationToken)
    {
        Attempt attempt = await CarryOutAsync(plan, cancellationToken).ConfigureAwait(false);
        while (attempt.Result.Failure is { ErrorId: ReuseProbe.RuntimeStale } stale)
        {
            // The plan was made for what is not there: say so, and start it.
            if (plan.Adopts is null)
            {
                context.Ledger.Write(plan.Active! with { Status = RuntimeStatus.Stale });
            }

            string remedy = plan.Adopts is null ? "Starting it again." : "It is left alone.";
            observer.Warn($"{stale.Message} {remedy}");
            PlanRequest changed = plan.Request with { IgnoreFound = plan.Adopts is not null, RestartReason = $"reuse failed: {stale.Message}" };
            try
            {
                plan = await replan(changed).ConfigureAwait(false);
            }
            catch (IdleHandsException e) when (attempt.Disturbed is not null)
            {
                // Something was stopped already: whoever recovers must hear of it.
                return attempt with { Result = attempt.Result with { Failure = e, Error = e.Message } };
            }

            Attempt next = await CarryOutAsync(plan, cancellationToken).ConfigureAwait(false);
            attempt = next with
            {
                Result = Join(attempt.Result, $"{stale.Message} {remedy}", next.Result),
                Disturbed = attempt.Disturbed ?? next.Disturbed,
            };
        }

        return attempt;
    }

    /// <summary>Two results as one: the second is what came of it.</summary>
    public static SelectResult Join(SelectResult first, string? remark, SelectResult second) => second with
    {
        Duration = first.Duration + second.Duration,
        Steps = new ItemList<StepOutcome>([.. first.Steps, .. second.Steps]),
        Warnings = NameList.From([.. first.Warnings, .. remark is null ? [] : (string[])[remark], .. second.Warnings]),
    };

    private async Task<Attempt> CarryOutAsync(RuntimePlan plan, CancellationToken cancellationToken)
    {
        observer.Planned(plan);
        var run = new PlanRun(plan, context, observer);
        SelectResult result = await new PlanExecutor(run).RunAsync(cancellationToken).ConfigureAwait(false);
        return new Attempt(result, plan) { Disturbed = run.Disturbed, HasLaunched = run.Started is not null };
    }
}
