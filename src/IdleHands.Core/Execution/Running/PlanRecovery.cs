using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// After a failure or Ctrl-C: stops what the run had started, undoes the backend, and writes down what is left. What
/// goes wrong here is told as a warning; the failure that led here is the one that counts.
/// </summary>
internal sealed class PlanRecovery(PlanRun run)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan RollbackLimit = TimeSpan.FromSeconds(30);

    /// <summary>Puts things in order, in bounded time.</summary>
    public async Task RunAsync()
    {
        using var limit = new CancellationTokenSource(Limit, run.Time);
        if (run.Stopping is { } stopping)
        {
            await TryAsync(() => JudgeStopAsync(stopping, limit.Token)).ConfigureAwait(false);
        }

        if (run.Started is { } started)
        {
            await TryAsync(() => StopStartedAsync(started, limit.Token)).ConfigureAwait(false);
        }

        if (run.HasApplied && run.Plan.RollbackCommandRendered is not null)
        {
            await TryAsync(() => RollBackAsync(limit.Token)).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever goes wrong here, the rest of the clean-up must have its turn.
            run.Warn(e is OperationCanceledException ? $"Cleaning up took over {Limit.TotalSeconds:0} s and was left off." : e.Message);
        }
    }

    /// <summary>A stop was broken off or failed: is what was to be stopped still there?</summary>
    private async Task JudgeStopAsync(ActiveRuntime stopping, CancellationToken cancellationToken)
    {
        bool isGone = false;
        try
        {
            await using IHostConnection connection = run.Connect(stopping.RequireHost());
            isGone = await new RuntimePresence(connection, run.Time, run.Secrets).IsGoneAsync(stopping, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // A host that can't be asked any more is no reason to believe anything.
            Action note = isGone ? () => run.Ledger.NoteGone(stopping) : () => run.Ledger.NoteUnknown(stopping);
            note();
        }
    }

    private async Task StopStartedAsync(ActiveRuntime started, CancellationToken cancellationToken)
    {
        await using IHostConnection connection = run.Connect(run.Plan.Host);
        var stopper = new RuntimeStopper(connection, run.Time, run.Secrets);

        try
        {
            // The stop command may be coarse (pkill): it is called only where a service has, or may have, taken over.
            LaunchObservation seen = await connection.ObserveAsync(started.Launch!, cancellationToken).ConfigureAwait(false);
            bool mayBeService = RuntimePresence.IsService(started, seen) || started.StatusCommand is not null;
            await stopper.StopAsync(started, mayBeService ? started.StopCommand : null, StopPatience.Short, cancellationToken).ConfigureAwait(false);
            await StopSurvivorAsync(connection, stopper, started, cancellationToken).ConfigureAwait(false);
            await run.Tunnels.CloseAsync(run.Current ?? started).ConfigureAwait(false);
            run.Ledger.NoteGone(started);
        }
        catch
        {
            run.TryWrite(() => run.Ledger.NoteUnknown(started));
            throw;
        }
    }

    /// <summary>
    /// The launch is gone, and the port that was free before the start still answers as this model: a service that took
    /// over before its start command had ended. Its stop command is the only way to it.
    /// </summary>
    private async Task StopSurvivorAsync(IHostConnection connection, RuntimeStopper stopper, ActiveRuntime started, CancellationToken cancellationToken)
    {
        ActiveRuntime service = started with { HandedOver = true };
        if (await new RuntimePresence(connection, run.Time, run.Secrets).IsGoneAsync(service, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (started.StopCommand is { } stopCommand)
        {
            await stopper.StopAsync(service, stopCommand, StopPatience.Short, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            run.Warn($"Something still answers as model '{started.Id}' on port {started.Port} of host '{started.HostId}'. No launch owns it; look at it with Test-IHHealth.");
        }
    }

    private Task RollBackAsync(CancellationToken cancellationToken)
    {
        RuntimePlan plan = run.Plan;
        var step = new PlanStep
        {
            Order = plan.Steps.Count + 1,
            Kind = PlanStepKind.RollbackBackend,
            HostId = plan.HostId,
            Command = plan.RollbackCommandRendered,
            Timeout = RollbackLimit,
            Description = $"undo backend {plan.BackendId} on host {plan.HostId}",
            SecretEnvironment = plan.RollbackSecrets,
        };
        return run.TrackAsync(step, async () =>
        {
            await using IHostConnection connection = run.Connect(plan.Host);
            return await StepCommand.RunAsync(run, connection, step, "RollbackFailed", cancellationToken).ConfigureAwait(false);
        });
    }
}
