using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>
/// Carries a plan out, step by step, and keeps the state file true at every moment: whatever interrupts it, the next
/// select finds written down what may run.
/// </summary>
internal sealed class PlanExecutor(PlanRun run)
{
    private readonly RuntimePlan _plan = run.Plan;

    /// <summary>Runs the steps. A failure is told in the result, after what was started has been stopped again.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public async Task<SelectResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            foreach (PlanStep step in _plan.Steps)
            {
                await run.TrackAsync(step, () => RunStepAsync(step, cancellationToken)).ConfigureAwait(false);
            }

            return run.Result(_plan.Reuse ? SelectStatus.Reused : SelectStatus.Started, failure: null);
        }
        catch (IdleHandsException e)
        {
            await new PlanRecovery(run).RunAsync().ConfigureAwait(false);
            return run.Result(SelectStatus.Failed, e);
        }
        catch
        {
            await new PlanRecovery(run).RunAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What can fail without harm and is no step of its own: secrets, ways to the hosts, the shell, the log directory.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        foreach (string warning in _plan.Warnings)
        {
            run.Observer.Warn(warning);
        }

        foreach (PlanStep step in _plan.Steps.DistinctBy(step => (step.HostId, step.Kind == PlanStepKind.StopModel)))
        {
            await using IHostConnection connection = run.ConnectFor(step);
            if (!_plan.Reuse)
            {
                await connection.CheckAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Reads every secret that may be needed, also for putting things in order: once Ctrl-C is pressed, a vault can't be
    /// asked any more.
    /// </summary>
    private async Task ReadSecretsAsync(CancellationToken cancellationToken)
    {
        foreach (EnvironmentMap references in _plan.Steps.Select(step => step.SecretEnvironment).Append(_plan.RollbackSecrets))
        {
            await run.Secrets.ResolveAsync(references, cancellationToken).ConfigureAwait(false);
        }

        await run.Secrets.ResolveAvailableAsync(_plan.SecretReferences, cancellationToken).ConfigureAwait(false);
        await run.Secrets.ResolveAvailableAsync(_plan.Active?.SecretReferences ?? EnvironmentMap.Empty, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> RunStepAsync(PlanStep step, CancellationToken cancellationToken)
    {
        await using IHostConnection connection = run.ConnectFor(step);
        var ports = new PortGuard(connection, run.Time);
        switch (step.Kind)
        {
            case PlanStepKind.CheckSource:
                return await SourceCheck.CheckAsync(_plan, step, connection, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CheckPort:
                return await ports.CheckAsync(_plan, step.Port, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.VerifyBackend:
                return await StepCommand.RunAsync(run, connection, step, "VerifyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.StopModel:
                return await StopAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CleanupModel:
                return await CleanUpAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.WaitRelease:
                return await ports.WaitReleaseAsync(_plan, step, run.Observer, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ApplyBackend:
                run.HasApplied = true;
                return await StepCommand.RunAsync(run, connection, step, "ApplyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.StartModel:
                return await StartAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ProbeHealth:
                return await ProbeAsync(connection, step, cancellationToken).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"The step {step.Kind} can't be carried out on this host.");
        }
    }

    private async Task<string?> StopAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ActiveRuntime active = _plan.Active!;
        run.IsStopping = true;
        run.Store.Write(active with { Status = RuntimeStatus.Stopping });
        StopPatience patience = _plan.Request.Force ? StopPatience.Short : StopPatience.Usual with { CommandLimit = step.Timeout };
        string how = await new RuntimeStopper(connection, run.Time, run.Secrets).StopAsync(active, step.Command, patience, cancellationToken).ConfigureAwait(false);
        run.Store.Write(null);
        run.IsStopping = false;
        return how;
    }

    /// <summary>A clean-up that fails is no reason to leave nothing running: it is told, and the plan goes on.</summary>
    private async Task<string?> CleanUpAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        try
        {
            return await StepCommand.RunAsync(run, connection, step, "CleanupFailed", cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e)
        {
            run.Warn(e.Message);
            return e.Message;
        }
    }

    private async Task<string?> StartAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        var request = new LaunchRequest(LaunchName.Create(_plan.Id, run.Time.GetUtcNow()), step.Command!)
        {
            Header = $"model {_plan.Id} on host {_plan.HostId}, backend {_plan.BackendId ?? "none"}",
            Environment = await run.Secrets.ResolveAsync(step.SecretEnvironment, cancellationToken).ConfigureAwait(false),
        };
        LaunchRecord launch = await connection.LaunchAsync(request, RecordAsync, cancellationToken).ConfigureAwait(false);
        return $"session {launch.ProcessId}, log {launch.LogPath}";
    }

    /// <summary>Writes the launch down before its command is let go.</summary>
    private Task RecordAsync(LaunchRecord launch)
    {
        run.Started = new ActiveRuntime
        {
            Id = _plan.Id,
            HostId = _plan.HostId,
            BackendId = _plan.BackendId,
            Endpoint = _plan.Endpoint,
            Port = _plan.Model.EffectivePort,
            Status = RuntimeStatus.Starting,
            StartedAt = launch.StartedAt,
            Fingerprint = _plan.Fingerprint,
            Launch = launch,
            Host = _plan.Host,
            ServedNames = ModelSource.ServedNames(_plan.Model),
            StopCommand = _plan.StopCommandRendered,
            CleanupCommand = _plan.CleanupCommandRendered,
            StatusCommand = _plan.StatusCommandRendered,
            SecretReferences = _plan.SecretReferences,
        };
        run.Store.Write(run.Started);
        return Task.CompletedTask;
    }

    private async Task<string?> ProbeAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        if (_plan.Reuse)
        {
            ProbeTarget active = await TargetAsync(step, _plan.Active!, cancellationToken).ConfigureAwait(false);
            string? detail = await new ReuseProbe(run, connection).CheckAsync(step, active, cancellationToken).ConfigureAwait(false);
            if (_plan.Active!.Status != RuntimeStatus.Ready)
            {
                run.Store.Write(_plan.Active with { Status = RuntimeStatus.Ready });
            }

            return detail;
        }

        var waiter = new ReadinessWaiter(connection, run);
        ProbeTarget started = await TargetAsync(step, run.Started!, cancellationToken).ConfigureAwait(false);
        Readiness readiness = await waiter.WaitAsync(_plan, step, started, cancellationToken).ConfigureAwait(false);

        // Whose the server is decides how it is judged and stopped later: the launch's, or a service's.
        LaunchRecord launch = run.Started!.Launch!;
        LaunchObservation seen = await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false);
        run.Started = run.Started with
        {
            Status = RuntimeStatus.Ready,
            HandedOver = readiness.Answer.Listening && !readiness.LaunchOwnsPort,
            Launch = launch with { KnownProcesses = seen.KnownProcesses },
        };
        run.Store.Write(run.Started);
        return readiness.Detail;
    }

    private async Task<ProbeTarget> TargetAsync(PlanStep step, ActiveRuntime runtime, CancellationToken cancellationToken) => new()
    {
        Port = step.Port,
        ProbeCommand = step.Command,
        StatusCommand = runtime.StatusCommand,
        Environment = await run.Secrets.ResolveAsync(step.SecretEnvironment, cancellationToken).ConfigureAwait(false),
        ServedNames = ModelSource.ServedNames(_plan.Model),
        Launch = runtime.Launch,
        StatusEnvironment = await run.Secrets.ResolveAvailableAsync(_plan.SecretReferences, cancellationToken).ConfigureAwait(false),
        HandedOver = _plan.Reuse ? runtime.HandedOver != false : runtime.HandedOver == true,
    };
}
