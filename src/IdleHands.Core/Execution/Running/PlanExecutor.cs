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
    private readonly StopSteps _stops = new(run);

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

            await SettleEndpointAsync(cancellationToken).ConfigureAwait(false);

            string status = _plan switch
            {
                { IsStop: true } => SelectStatus.Stopped,
                { Reuse: true } => SelectStatus.Reused,
                _ => SelectStatus.Started,
            };
            return run.Result(status, failure: null);
        }
        catch (Exception e)
        {
            // Whatever it was, foreseen or not: it is no reason to leave nothing that works.
            await new PlanRecovery(run).RunAsync().ConfigureAwait(false);
            if (e is OperationCanceledException)
            {
                throw;
            }

            return run.Result(SelectStatus.Failed, e as IdleHandsException ?? Unforeseen(e));
        }
    }

    private IdleHandsException Unforeseen(Exception cause) => new(
        "StepFailed",
        FailureKind.Failed,
        $"The plan for model '{_plan.Id}' failed in a way that was not foreseen: {cause.GetType().Name}: {cause.Message}",
        "$Error[0].Exception.InnerException tells where; it is a defect of IdleHands. Get-IHRuntime -Verify shows what runs.",
        _plan.Id,
        cause);

    /// <summary>What can fail without harm and is no step of its own: secrets, ways to the hosts, the shell, the log directory.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await ReadSecretsAsync(cancellationToken).ConfigureAwait(false);
        foreach (string warning in _plan.Warnings.Where(warning => warning != _plan.FailingWarning))
        {
            run.Observer.Warn(warning);
        }

        foreach (RuntimeHost host in _plan.Steps.Select(run.HostOf).Distinct())
        {
            await using IHostConnection connection = run.Connect(host);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await run.HoldAsync(host, cancellationToken).ConfigureAwait(false);
            if (!_plan.Reuse && !_plan.IsStop)
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

        // What is stopped may have to be started again after a failure, but not after a stop that was asked for.
        IEnumerable<EnvironmentMap> recorded = _plan.Stopped.Append(_plan.Active).OfType<ActiveRuntime>()
            .Select(runtime => _plan.IsStop ? runtime.CommandSecrets : runtime.SecretReferences);
        foreach (EnvironmentMap references in recorded.Append(_plan.SecretReferences))
        {
            await run.Secrets.ResolveAvailableAsync(references, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string?> RunStepAsync(PlanStep step, CancellationToken cancellationToken)
    {
        await using IHostConnection connection = run.ConnectFor(step);
        switch (step.Kind)
        {
            case PlanStepKind.CheckSource:
                return await SourceCheck.CheckAsync(_plan, step, connection, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CheckPort:
                return await new PortGuard(connection, run.Time).CheckAsync(_plan, step.Port, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.VerifyBackend:
                return await StepCommand.RunAsync(run, connection, step, "VerifyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.DrainModel or PlanStepKind.StopModel or PlanStepKind.CleanupModel or PlanStepKind.WaitRelease:
                return await _stops.RunAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ApplyBackend:
                run.HasApplied = true;
                return await StepCommand.RunAsync(run, connection, step, "ApplyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CopyFile:
                return await CopyAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.StartModel:
                return await StartAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ProbeHealth:
                return await ProbeAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.OpenTunnel:
                return await OpenTunnelAsync(connection, cancellationToken).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"The step {step.Kind} can't be carried out on this host.");
        }
    }

    private static async Task<string?> CopyAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken) =>
        await connection.CopyFileAsync(step.Paths[0], step.Paths[1], cancellationToken).ConfigureAwait(false)
            ? $"copied to {step.Paths[1]}"
            : "it stands there already";

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
        run.LaunchedAt = run.Time.GetTimestamp();
        run.Started = Describe(launch) with { Previous = run.Disturbed is { Status: not RuntimeStatus.Starting } ? run.Disturbed : null };
        run.Ledger.Write(run.Started);
        run.Observer.Launched(run.Started);
        return Task.CompletedTask;
    }

    /// <summary>The model of the plan as it is written down.</summary>
    private ActiveRuntime Describe(LaunchRecord? launch) => new()
    {
        Id = _plan.Id,
        HostId = _plan.HostId,
        BackendId = _plan.BackendId,
        Endpoint = _plan.Endpoint,
        Port = _plan.Model.EffectivePort,
        Status = RuntimeStatus.Starting,
        StartedAt = (launch?.StartedAt ?? run.Time.GetLocalNow()).LocalDateTime,
        Fingerprint = _plan.Fingerprint,
        Launch = launch,
        Host = _plan.Host,
        Backend = _plan.Backend,
        Model = _plan.Model,
        ServedNames = ModelSource.ServedNames(_plan.Model),
        StopCommand = _plan.StopCommandRendered,
        CleanupCommand = _plan.CleanupCommandRendered,
        StatusCommand = _plan.StatusCommandRendered,
        SecretReferences = _plan.SecretReferences,
    };

    private Task<string?> ProbeAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken) => _plan switch
    {
        { Adopts: { } found } => TakeOverAsync(connection, step, found, cancellationToken),
        { Reuse: true } => KeepAsync(connection, step, cancellationToken),
        _ => WaitAsync(connection, step, cancellationToken),
    };

    /// <summary>A model that runs and answers is no failure for want of a tunnel: that is told.</summary>
    private async Task<string?> OpenTunnelAsync(IHostConnection connection, CancellationToken cancellationToken)
    {
        ActiveRuntime runtime = run.Current!;
        if (await run.Tunnels.IsOpenAsync(runtime, cancellationToken).ConfigureAwait(false))
        {
            return $"it is open already, on port {runtime.TunnelPort} of this machine";
        }

        try
        {
            await run.Tunnels.CloseAsync(runtime).ConfigureAwait(false);
            run.Current = await run.Tunnels.OpenAsync(connection, runtime, run.Ledger.Write, cancellationToken).ConfigureAwait(false);
            return $"port {run.Current.TunnelPort} of this machine";
        }
        catch (IdleHandsException e)
        {
            run.Current = runtime with { Tunnel = null, Endpoint = _plan.Endpoint };
            run.TryWrite(() => run.Ledger.Write(run.Current));
            run.Warn($"{e.Message} {e.Recommendation}");
            return e.Message;
        }
    }

    /// <summary>Says of a model on another machine whether clients here reach it, and by which address.</summary>
    private async Task SettleEndpointAsync(CancellationToken cancellationToken)
    {
        if (run.Current is { TunnelPort: null } runtime && _plan.Host.Transport != HostTransport.Local)
        {
            await using IHostConnection connection = run.Connect(_plan.Host);
            string? address = await connection.FindAddressAsync(runtime.Port, cancellationToken).ConfigureAwait(false);
            if (address is null)
            {
                run.Warn(await ExplainUnreachedAsync(connection, runtime, cancellationToken).ConfigureAwait(false));
            }
            else if (PlanCommands.EndpointOf(address, runtime.Port) is var endpoint && endpoint != runtime.Endpoint)
            {
                run.Current = runtime with { Endpoint = endpoint };
                run.TryWrite(() => run.Ledger.Write(run.Current));
            }
        }
    }

    private async Task<string> ExplainUnreachedAsync(IHostConnection connection, ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        PortHolder[] holders = await PortGuard.FindReachedAsync(connection, runtime.Port, launch: null, cancellationToken).ConfigureAwait(false);
        bool isLoopback = holders.Length > 0 && holders.All(holder => holder.IsLoopback);
        string why = isLoopback
            ? $"its server listens on 127.0.0.1 of host '{_plan.HostId}' alone"
            : $"no connection from here to port {runtime.Port} of host '{_plan.HostId}' is accepted (a firewall, a port that is not published, or a name that only ssh knows)";
        string how = _plan.Host.Transport == HostTransport.Ssh
            ? $"Select-IHModel {runtime.Id} -Tunnel leads a port of this machine to it" + (isLoopback ? "; or let it listen on all addresses (--host 0.0.0.0 in its start command)." : ".")
            : "Lead or publish the port by the platform's own means (kubectl port-forward, docker run -p).";
        return $"Model '{runtime.Id}' is ready, but {runtime.Endpoint} is not reached from this machine: {why}. {how}";
    }

    private async Task<string?> KeepAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ActiveRuntime active = _plan.Active!;
        ProbeTarget target = await TargetAsync(step, active, cancellationToken).ConfigureAwait(false);
        string? detail = await new ReuseProbe(run, connection, active).CheckAsync(step, target, cancellationToken).ConfigureAwait(false);
        if (active.Status != RuntimeStatus.Ready)
        {
            run.TryWrite(() => run.Ledger.Write(active with { Status = RuntimeStatus.Ready }));
        }

        return detail;
    }

    /// <summary>A server that was found at work is written down once it has answered as the model.</summary>
    private async Task<string?> TakeOverAsync(IHostConnection connection, PlanStep step, FoundServer found, CancellationToken cancellationToken)
    {
        ActiveRuntime adopted = Describe(found.Launch) with { Status = RuntimeStatus.Ready, HandedOver = found.Launch is null };
        ProbeTarget target = await TargetAsync(step, adopted, cancellationToken).ConfigureAwait(false);
        string? detail = await new ReuseProbe(run, connection, adopted).CheckAsync(step, target, cancellationToken).ConfigureAwait(false);
        run.Ledger.Write(adopted);
        run.Adopted = adopted;
        run.Warn(
            $"Model '{_plan.Id}' ran already on port {step.Port} of host '{_plan.HostId}', as {found.Description}, and was not written down: it is taken over as it is. "
            + $"With what options it was started is not known; to start it by its own command: Select-IHModel {_plan.Id} -Restart");
        return detail;
    }

    private async Task<string?> WaitAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        var waiter = new ReadinessWaiter(connection, run);
        ProbeTarget target = await TargetAsync(step, run.Started!, cancellationToken).ConfigureAwait(false);
        Readiness readiness = await waiter.WaitAsync(_plan, step, target, cancellationToken).ConfigureAwait(false);
        TimeSpan loadTime = run.Time.GetElapsedTime(run.LaunchedAt);

        // Whose the server is decides how it is judged and stopped later: the launch's, or a service's.
        LaunchRecord launch = run.Started!.Launch!;
        NameList processes = await connection.IdentifyAsync(launch, cancellationToken).ConfigureAwait(false);
        run.Started = run.Started with
        {
            Status = RuntimeStatus.Ready,
            Previous = null,
            HandedOver = readiness.Answer.Listening && !readiness.LaunchOwnsPort,
            Launch = launch with { KnownProcesses = processes },
        };
        run.TryWrite(() => run.Ledger.Write(run.Started));
        var lesson = new StartLesson(run);
        if (await lesson.MeasureAsync(connection, run.Started, readiness.Answer).ConfigureAwait(false) is { } memory)
        {
            run.Started = run.Started with { Memory = memory };
            run.TryWrite(() => run.Ledger.Write(run.Started));
        }

        lesson.Learn(loadTime, run.Started.Memory);
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
