using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Waits until a launched model is ready: as long as it may take, and not a moment after it can't be any more.</summary>
internal sealed class ReadinessWaiter(IHostConnection connection, PlanRun run)
{
    private const int MaxExtensions = 2;
    private const int ShownLogLines = 12;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>A launch that has not moved for this long is no longer at work.</summary>
    private static readonly TimeSpan WorkingWindow = TimeSpan.FromSeconds(10);

    private readonly ReadinessProbe _probe = new(connection, run.Time, run.Secrets);

    /// <summary>Waits for a launch; gives what the last probe found.</summary>
    /// <exception cref="IdleHandsException"><c>StartFailed</c>, <c>ProbeTimeout</c>, <c>PortInUse</c>.</exception>
    public async Task<Readiness> WaitAsync(RuntimePlan plan, PlanStep step, ProbeTarget target, CancellationToken cancellationToken)
    {
        await using var watcher = new LaunchWatcher(connection, target.Launch!, isService: target.StatusCommand is not null, run.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deadline = new Deadline(step, run.Time);
        TimeSpan pause = FirstPause < step.Interval ? FirstPause : step.Interval ?? FirstPause;
        Readiness? last = null;
        try
        {
            while (true)
            {
                bool handedOver = watcher.HandedOver;
                Task<Readiness> asking = _probe.AskAsync(target with { HandedOver = handedOver }, stop.Token);
                await UntilAsync(asking, plan, step, watcher, deadline, last, stop.Token).ConfigureAwait(false);
                last = await asking.ConfigureAwait(false);
                if (last.LaunchOwnsPort)
                {
                    watcher.NoteServer();
                }

                if (last.Stranger is not null && (handedOver || !await HasHandedOverAsync(watcher.Launch, cancellationToken).ConfigureAwait(false)))
                {
                    throw await StrangerAsync(plan, step, last, cancellationToken).ConfigureAwait(false);
                }

                if (last.IsReady && !watcher.Ended.IsCompleted)
                {
                    return last;
                }

                if (watcher.HandedOver && !await _probe.AskServiceAsync(target, cancellationToken).ConfigureAwait(false))
                {
                    throw Failed(plan, "its start command succeeded, but its status command says that the service does not run", null, null, []);
                }

                await UntilAsync(Task.Delay(pause, run.Time, stop.Token), plan, step, watcher, deadline, last, stop.Token).ConfigureAwait(false);
                pause = Min(pause * 2, step.Interval ?? pause);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A service may answer before its launch was seen to have ended: whose it is has to be asked again then.</summary>
    private async Task<bool> HasHandedOverAsync(LaunchRecord launch, CancellationToken cancellationToken) =>
        await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false) is { ExitCode: 0, IsAlive: false };

    /// <summary>The error of a launch that ended, with the end of its log and its cause where that can be told.</summary>
    private async Task<IdleHandsException> EndedAsync(RuntimePlan plan, LaunchRecord launch, LaunchEnd end, CancellationToken cancellationToken)
    {
        var log = await connection.ReadLogTailAsync(launch, FailureCause.LogLines, cancellationToken).ConfigureAwait(false);
        FailureCause cause = FailureCause.Classify(end.ExitCode, log, plan.Model);
        return Failed(plan, $"its {end.Description}", cause, launch.LogPath, [.. log.TakeLast(ShownLogLines)]);
    }

    private static string NoProbe(PlanStep step) =>
        step.Command is null ? "no probe came to an end" : $"its probe command did not come to an end: {step.Command}";

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Waits for a task, but no longer than the launch lives and the deadline allows; tells how it stands meanwhile.</summary>
    private async Task UntilAsync(
        Task task, RuntimePlan plan, PlanStep step, LaunchWatcher watcher, Deadline deadline, Readiness? last, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan left = deadline.Left;
            if (left <= TimeSpan.Zero && !deadline.TryExtend(watcher, last))
            {
                throw await TimedOutAsync(plan, step, watcher, deadline, last, cancellationToken).ConfigureAwait(false);
            }

            Task tick = Task.Delay(Min(Tick, left > TimeSpan.Zero ? left : Tick), run.Time, cancellationToken);
            Task first = await Task.WhenAny(task, watcher.Ended, tick).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (watcher.Ended.IsCompleted)
            {
                LaunchEnd end = await watcher.Ended.ConfigureAwait(false);
                throw await EndedAsync(plan, watcher.Launch, end, cancellationToken).ConfigureAwait(false);
            }

            if (deadline.IsReportDue())
            {
                run.Observer.Waiting(step, deadline.Elapsed, deadline.Limit, watcher.Last.LastLogLine);
            }

            if (first == task)
            {
                return;
            }
        }
    }

    private async Task<IdleHandsException> StrangerAsync(RuntimePlan plan, PlanStep step, Readiness readiness, CancellationToken cancellationToken)
    {
        var holders = await connection.FindPortHoldersAsync(step.Port, null, cancellationToken).ConfigureAwait(false);
        return PortGuard.InUse(plan.Model, plan.HostId, step.Port, holders, readiness.Answer);
    }

    private async Task<IdleHandsException> TimedOutAsync(RuntimePlan plan, PlanStep step, LaunchWatcher watcher, Deadline deadline, Readiness? last, CancellationToken cancellationToken)
    {
        var log = await connection.ReadLogTailAsync(watcher.Launch, ShownLogLines, cancellationToken).ConfigureAwait(false);
        (string cause, string state) = watcher switch
        {
            { HandedOver: true } => (FailureWord.NothingRuns, "nothing of its start command is running: it ended with 0 and left the work to a service, or to nobody"),
            { Idle: var idle } when idle < WorkingWindow => (FailureWord.StillLoading, "it is alive and working (its log, CPU time or I/O still moves)"),
            { Idle: var idle } => (FailureWord.NoProgress, $"it is alive, but its log, CPU time and I/O have not moved for {idle.TotalSeconds:0} s"),
        };
        string message = $"Model '{plan.Id}' on host '{plan.HostId}' was not ready within {deadline.Limit.TotalSeconds:0} s: {last?.Detail ?? NoProbe(step)}; {state}."
            + LogText(watcher.Launch.LogPath, log);
        return new IdleHandsException(
            "ProbeTimeout",
            FailureKind.Timeout,
            message,
            $"Give it longer: Select-IHModel {plan.Id} -TimeoutSec {(int)deadline.Limit.TotalSeconds * 2}, or for good: Set-IHModel {plan.Id} -ProbeTimeoutSec {(int)deadline.Limit.TotalSeconds * 2}",
            plan.Id)
        {
            Cause = cause,
        };
    }

    private static IdleHandsException Failed(RuntimePlan plan, string why, FailureCause? cause, string? logPath, IReadOnlyList<string> log) => new(
        "StartFailed",
        FailureKind.Failed,
        $"Model '{plan.Id}' did not start on host '{plan.HostId}': {why}{Because(cause)}." + LogText(logPath, log),
        cause?.Advice ?? $"The cause is not known here. The command was: {plan.Steps.LastOrDefault(step => step.Kind == PlanStepKind.StartModel)?.Command}",
        plan.Id)
    {
        Cause = cause?.Name,
    };

    private static string Because(FailureCause? cause) => cause switch
    {
        null => string.Empty,
        { IsKnown: true } => $" ({cause.Name})",
        _ => " (cause unknown)",
    };

    /// <summary>The end of a log, to follow a sentence.</summary>
    internal static string LogText(string? path, IReadOnlyList<string> log)
    {
        if (path is null)
        {
            return string.Empty;
        }

        return log.Count == 0
            ? $" Its log is empty ({path})."
            : $" The end of its log ({path}):{string.Concat(log.Select(line => Environment.NewLine + "    " + line))}";
    }

    /// <summary>The end of the wait: hard when it was set, extended while the launch works when it was derived.</summary>
    private sealed class Deadline(PlanStep step, TimeProvider time)
    {
        private readonly long _start = time.GetTimestamp();
        private int _extensions;
        private TimeSpan _lastReport;

        public TimeSpan Limit => step.Timeout * (1 + _extensions);

        public TimeSpan Elapsed => time.GetElapsedTime(_start);

        public TimeSpan Left => Limit - Elapsed;

        public bool IsReportDue()
        {
            if (Elapsed - _lastReport < Tick)
            {
                return false;
            }

            _lastReport = Elapsed;
            return true;
        }

        /// <summary>A server that answers, but never as a model server would, does not get there by waiting.</summary>
        public bool TryExtend(LaunchWatcher watcher, Readiness? last)
        {
            bool isHopeless = watcher.HandedOver || watcher.Idle >= WorkingWindow || last?.Answer.Status is ProbeStatus.Unknown or ProbeStatus.Ready;
            if (!step.TimeoutIsDerived || _extensions == MaxExtensions || isHopeless)
            {
                return false;
            }

            _extensions++;
            return true;
        }
    }
}
