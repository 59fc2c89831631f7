namespace IdleHands.Execution;

/// <summary>Notes how far a select or stop has come, for the journal to tell where it is broken off; passes all on.</summary>
/// <param name="next">Hears everything, too.</param>
internal sealed class JournalObserver(ISelectObserver next) : ISelectObserver
{
    private readonly List<StepOutcome> _steps = [];

    /// <summary>The steps that have ended, in their order.</summary>
    public IReadOnlyList<StepOutcome> Steps => _steps;

    /// <summary>What was launched last; null for nothing.</summary>
    public ActiveRuntime? LastLaunched { get; private set; }

    /// <inheritdoc />
    public void WaitingForLock(LockHolder? holder) => next.WaitingForLock(holder);

    /// <inheritdoc />
    public void WaitingForHost(string hostId, string holder) => next.WaitingForHost(hostId, holder);

    /// <inheritdoc />
    public void Planned(RuntimePlan plan) => next.Planned(plan);

    /// <inheritdoc />
    public void StepStarted(RuntimePlan plan, PlanStep step) => next.StepStarted(plan, step);

    /// <inheritdoc />
    public void StepEnded(StepOutcome outcome)
    {
        _steps.Add(outcome);
        next.StepEnded(outcome);
    }

    /// <inheritdoc />
    public void Launched(ActiveRuntime runtime)
    {
        LastLaunched = runtime;
        next.Launched(runtime);
    }

    /// <inheritdoc />
    public void Waiting(PlanStep step, TimeSpan elapsed, TimeSpan limit, string? remark) => next.Waiting(step, elapsed, limit, remark);

    /// <inheritdoc />
    public void Warn(string message) => next.Warn(message);
}
