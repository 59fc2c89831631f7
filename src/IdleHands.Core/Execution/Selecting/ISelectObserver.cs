namespace IdleHands.Execution;

/// <summary>Hears what a select does while it does it. Calls come one at a time, from any thread.</summary>
public interface ISelectObserver
{
    /// <summary>The lock is held by another; the select waits.</summary>
    void WaitingForLock(LockHolder? holder);

    /// <summary>Somebody else is switching models on a host; the select waits.</summary>
    /// <param name="hostId">The host.</param>
    /// <param name="holder">Who, from where, since when.</param>
    void WaitingForHost(string hostId, string holder)
    {
    }

    /// <summary>A plan was made and will be carried out.</summary>
    void Planned(RuntimePlan plan);

    /// <summary>A step begins.</summary>
    void StepStarted(RuntimePlan plan, PlanStep step);

    /// <summary>A step has ended.</summary>
    void StepEnded(StepOutcome outcome);

    /// <summary>A server was launched. It is written down, and its command not let go yet.</summary>
    void Launched(ActiveRuntime runtime)
    {
    }

    /// <summary>A step waits for something.</summary>
    /// <param name="step">The step.</param>
    /// <param name="elapsed">How long it has waited.</param>
    /// <param name="limit">How long it will wait at most.</param>
    /// <param name="remark">What is known of it now, such as the last line of the launch's log; null where nothing is.</param>
    void Waiting(PlanStep step, TimeSpan elapsed, TimeSpan limit, string? remark);

    /// <summary>Something the user should know, although the select goes on.</summary>
    void Warn(string message);
}
