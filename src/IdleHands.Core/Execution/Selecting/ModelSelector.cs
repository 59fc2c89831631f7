using IdleHands.Configuration;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>Switches the running model: plans under the lock, carries the plan out, and after a failure leaves something that works.</summary>
public sealed class ModelSelector
{
    /// <summary>Id of the failure of a select that another session broke off.</summary>
    internal const string TakenOver = nameof(TakenOver);

    private readonly SelectContext _context;
    private readonly PlanMaker _plans;

    /// <summary>Works on the configuration and state of these paths.</summary>
    /// <param name="paths">Where the files are.</param>
    /// <param name="connect">Opens the way to a host.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
    public ModelSelector(
        IdleHandsPaths paths, Func<RuntimeHost, IHostConnection> connect, TimeProvider? time = null, SecretResolver? secrets = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        SecretResolver reader = secrets ?? new SecretResolver();
        _context = new SelectContext(paths, host => new RedactingConnection(connect(host), reader), time ?? TimeProvider.System, reader);
        _plans = new PlanMaker(_context);
    }

    /// <summary>Makes the plan of a select. Looks at the model's files, its port and what runs; changes nothing and takes no lock.</summary>
    /// <exception cref="IdleHandsException">The configuration can't be used, or there is no such plan.</exception>
    public Task<RuntimePlan> PlanAsync(PlanRequest request, CancellationToken cancellationToken) => _plans.MakeAsync(request, cancellationToken);

    /// <summary>What a select would stop and start, and where, to ask whether to go on: a plan for which files and memory are looked at only where they decide.</summary>
    /// <exception cref="IdleHandsException">As of <see cref="PlanAsync(PlanRequest, CancellationToken)"/>.</exception>
    public Task<RuntimePlan> OutlineAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool decides = request.RequireFit || request.Placement == Placement.Fit;
        return (decides ? _plans : new PlanMaker(_context) { LooksAtFiles = false }).MakeAsync(request, cancellationToken);
    }

    /// <summary>Makes a plan that was made before anew, and changes nothing.</summary>
    /// <exception cref="IdleHandsException"><c>PlanOutdated</c>: what it was made from has changed. And those of a plan.</exception>
    public async Task<RuntimePlan> PlanAsync(PlanReference plan, CancellationToken cancellationToken)
    {
        RuntimePlan now = await PlanAsync(plan.Request, cancellationToken).ConfigureAwait(false);
        plan.EnsureStillTrue(now);
        return now;
    }

    /// <summary>Selects a model.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="onFailure">What to do when it does not start: one of <see cref="OnFailure"/>.</param>
    /// <param name="wait">How to wait for the lock.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The configuration can't be used, there is no such plan, or the lock can't be had.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public Task<SelectResult> SelectAsync(PlanRequest request, string onFailure, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SelectAsync($"Select-IHModel {request.ModelId}", request, null, onFailure, wait, observer, cancellationToken);
    }

    /// <summary>
    /// Carries out a plan that was made before: plans anew, and refuses when what the plan was made from has changed.
    /// Nothing is run out of the given plan.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>PlanOutdated</c>, and those of a select.</exception>
    public Task<SelectResult> InvokeAsync(PlanReference plan, string onFailure, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return SelectAsync($"Invoke-IHPlan {plan.Request.ModelId}", plan.Request, plan, onFailure, wait, observer, cancellationToken);
    }

    /// <summary>Makes the plan of a stop, and changes nothing; null when nothing is active.</summary>
    /// <param name="force">Stop with little patience.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The state can't be read.</exception>
    public Task<RuntimePlan?> PlanStopAsync(bool force, CancellationToken cancellationToken) => _plans.MakeStopAsync(force, cancellationToken);

    /// <summary>Stops what is active.</summary>
    /// <param name="force">Stop with little patience, and take the lock over.</param>
    /// <param name="wait">How to wait for the lock.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>What was stopped; null when nothing was active.</returns>
    /// <exception cref="IdleHandsException"><c>StopFailed</c>, and those of the lock and the state.</exception>
    public async Task<ActiveRuntime?> StopAsync(bool force, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken)
    {
        ActiveRuntime? stopped = null;
        SelectResult? result = await UnderLockAsync(
            "Stop-IHRuntime",
            modelId: null,
            wait,
            observer,
            async (journal, token) =>
            {
                if (await _plans.MakeStopAsync(force, token).ConfigureAwait(false) is not { } plan)
                {
                    return null;
                }

                stopped = plan.Active! with { Status = RuntimeStatus.Exited };
                await journal.BeginAsync(plan).ConfigureAwait(false);
                journal.Observer.Planned(plan);
                return await new PlanExecutor(new PlanRun(plan, _context, journal.Observer)).RunAsync(token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return result?.Failure is { } failure ? throw failure : stopped;
    }

    /// <summary>Does the work under the lock, and writes it into the journal; null where there was nothing to do.</summary>
    private async Task<SelectResult?> UnderLockAsync(
        string action,
        string? modelId,
        LockWait wait,
        ISelectObserver observer,
        Func<JournalKeeper, CancellationToken, Task<SelectResult?>> work,
        CancellationToken cancellationToken)
    {
        var journal = new JournalKeeper(new Journal(_context.Paths.JournalFile), action, modelId, observer, _context.Secrets.Redact, _context.Time);
        try
        {
            SelectResult? result = await LockedAsync(action, wait, observer, token => work(journal, token), cancellationToken).ConfigureAwait(false);
            if (result is not null)
            {
                await journal.EndAsync(result).ConfigureAwait(false);
            }

            return result;
        }
        catch (Exception e)
        {
            // Whatever it is, the history tells of it.
            await journal.EndAsync(e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            Housekeeping.Run(_context.Paths);
        }
    }

    private async Task<SelectResult?> LockedAsync(
        string action, LockWait wait, ISelectObserver observer, Func<CancellationToken, Task<SelectResult?>> work, CancellationToken cancellationToken)
    {
        await using RuntimeLock held = await RuntimeLock.AcquireAsync(_context.Paths.LockFile, action, wait, observer.WaitingForLock, cancellationToken).ConfigureAwait(false);
        await using var leases = new HostLeases(StateIdentity.Of(_context.Paths.StateDirectory), action, wait, observer, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.TakeoverRequested, leases.Lost);
        _context.Leases = leases;
        try
        {
            await _context.Viewer.ReconcileAsync(observer.Warn, either.Token).ConfigureAwait(false);
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (
            (held.TakeoverRequested.IsCancellationRequested || leases.Lost.IsCancellationRequested) && !cancellationToken.IsCancellationRequested)
        {
            throw new IdleHandsException(
                TakenOver,
                FailureKind.Busy,
                $"{action} was broken off: another session took {(leases.Lost.IsCancellationRequested ? "the host" : "the lock")} over with -Force. What it had started was stopped.",
                "Get-IHRuntime shows what runs now.",
                action);
        }
    }

    private async Task<SelectResult> SelectAsync(
        string action, PlanRequest request, PlanReference? expected, string onFailure, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken)
    {
        SelectResult? result = await UnderLockAsync(
            action,
            request.ModelId,
            wait,
            observer,
            async (journal, token) => await SelectAsync(request, expected, onFailure, journal, token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return result!;
    }

    private async Task<SelectResult> SelectAsync(
        PlanRequest request, PlanReference? expected, string onFailure, JournalKeeper journal, CancellationToken cancellationToken)
    {
        RuntimePlan plan = await PlanAsync(request, cancellationToken).ConfigureAwait(false);
        expected?.EnsureStillTrue(plan);
        await journal.BeginAsync(plan).ConfigureAwait(false);
        Attempt attempt = await new SelectAttempt(_context, journal.Observer)
            .RunAsync(plan, changed => PlanAsync(changed, cancellationToken), cancellationToken).ConfigureAwait(false);
        SelectResult result = attempt.Result.Failure is null
            ? attempt.Result
            : await new SelectRecovery(_context, _plans, journal.Observer).RecoverAsync(attempt, onFailure, cancellationToken).ConfigureAwait(false);
        return result with { Assumptions = plan.Assumptions };
    }
}
