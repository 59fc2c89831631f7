using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Carries out the steps that stop something: requests, server, clean-up, port and memory.</summary>
internal sealed class StopSteps(PlanRun run)
{
    /// <summary>What the GPUs held before a stop, with the processes that were stopped; nothing where the host doesn't tell.</summary>
    private readonly Dictionary<ActiveRuntime, (GpuSnapshot Memory, IReadOnlyList<int> ProcessIds)> _memory = new(ReferenceEqualityComparer.Instance);

    /// <summary>Carries one of them out, and says how it went.</summary>
    /// <exception cref="IdleHandsException"><c>StopFailed</c>, <c>PortInUse</c>, <c>StateNotWritable</c>.</exception>
    public Task<string?> RunAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        PlanStepKind.DrainModel => DrainAsync(connection, step, cancellationToken),
        PlanStepKind.StopModel => StopAsync(connection, step, cancellationToken),
        PlanStepKind.CleanupModel => CleanUpAsync(connection, step, cancellationToken),
        PlanStepKind.WaitRelease => WaitReleaseAsync(connection, step, cancellationToken),
        _ => throw new InvalidOperationException($"The step {step.Kind} stops nothing."),
    };

    private async Task<string?> DrainAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        // Somebody else's requests, on the port of what has ended, are not waited for.
        if (await new RuntimePresence(connection, run.Time, run.Secrets).IsGoneAsync(step.Runtime!, cancellationToken).ConfigureAwait(false))
        {
            return "it had ended already";
        }

        return await new RequestDrain(connection, run.Time).WaitAsync(
            step.Port,
            step.Timeout,
            (busy, elapsed, limit) => run.Observer.Waiting(step, elapsed, limit, $"{busy} request(s) still run"),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> StopAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ActiveRuntime runtime = step.Runtime!;
        run.Stopping = runtime;

        // A select that was killed left it loading: what ran before that one is what a restore goes back to.
        run.Disturbed ??= runtime.Status == RuntimeStatus.Starting ? runtime.Previous : null;
        Note(() => run.Ledger.NoteStopping(runtime));
        bool force = run.Plan.Request.Force;
        StopPatience patience = StopPatience.For(runtime.RequireHost(), force);
        var stopper = new RuntimeStopper(connection, run.Time, run.Secrets) { OnRunning = () => run.Disturbed ??= runtime };
        await NoteMemoryAsync(connection, runtime, cancellationToken).ConfigureAwait(false);
        string how = await stopper.StopAsync(runtime, step.Command, patience, cancellationToken).ConfigureAwait(false);
        await run.Tunnels.CloseAsync(runtime).ConfigureAwait(false);
        Note(() => run.Ledger.NoteGone(runtime));
        run.Stopping = null;
        return how;
    }

    /// <summary>Looks at what its processes hold on the GPUs, which can't be told any more when they are gone.</summary>
    private async Task NoteMemoryAsync(IHostConnection connection, ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        LaunchObservation seen = await new RuntimePresence(connection, run.Time, run.Secrets).ObserveAsync(runtime, cancellationToken).ConfigureAwait(false);
        if (seen.IsAlive && await new GpuMemory(connection, runtime.RequireHost()).ReadAsync(cancellationToken).ConfigureAwait(false) is { } memory)
        {
            _memory[runtime] = (memory, seen.ProcessIds);
        }
    }

    /// <summary>Waits for the port, and for the memory where the host tells of it.</summary>
    private async Task<string?> WaitReleaseAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        string ofPort = await new PortGuard(connection, run.Time).WaitReleaseAsync(run.Plan, step, run.Observer, cancellationToken).ConfigureAwait(false);
        if (!_memory.TryGetValue(step.Runtime!, out var before))
        {
            return ofPort;
        }

        var release = new GpuRelease(new GpuMemory(connection, step.Runtime!.RequireHost()), run.Time);
        string ofMemory = await release.WaitAsync(
            before.Memory,
            before.ProcessIds,
            step.Timeout,
            (mib, elapsed, limit) => run.Observer.Waiting(step, elapsed, limit, $"{mib} MiB of GPU memory are still held"),
            cancellationToken).ConfigureAwait(false);
        return $"{ofPort}; {ofMemory}";
    }

    /// <summary>Before a switch the state must be writable, or nothing is touched. For a mere stop a full disk is no reason not to stop.</summary>
    private void Note(Action write)
    {
        if (run.Plan.IsStop)
        {
            run.TryWrite(write);
        }
        else
        {
            write();
        }
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
}
