using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Asks a runtime that is to be kept whether it is what the state says.</summary>
internal sealed class ReuseProbe(PlanRun run, IHostConnection connection, ActiveRuntime active)
{
    /// <summary>Id of the failure that a restart mends.</summary>
    internal const string RuntimeStale = nameof(RuntimeStale);

    private const int Tries = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>It must answer now. One whose launch has ended is not asked at all; one that loads is waited for.</summary>
    /// <exception cref="IdleHandsException"><see cref="RuntimeStale"/>.</exception>
    public async Task<string?> CheckAsync(PlanStep step, ProbeTarget target, CancellationToken cancellationToken)
    {
        if (await FindEndAsync(cancellationToken).ConfigureAwait(false) is { } end)
        {
            throw Failed(end);
        }

        var probe = new ReadinessProbe(connection, run.Time, run.Secrets);
        long start = run.Time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            Readiness readiness = await probe.AskAsync(target, cancellationToken).ConfigureAwait(false);
            if (readiness.IsReady)
            {
                return readiness.Detail;
            }

            TimeSpan elapsed = run.Time.GetElapsedTime(start);
            bool isLoading = readiness.Answer.Status == ProbeStatus.Loading && elapsed < step.Timeout;
            if (readiness.Stranger is not null || (!isLoading && attempt >= Tries))
            {
                throw Failed(readiness.Stranger is { } who ? $"{who} has its port" : readiness.Detail);
            }

            if (isLoading && await FindEndAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                throw Failed("what was launched has ended while it loaded");
            }

            run.Observer.Waiting(step, elapsed, step.Timeout, null);
            await Task.Delay(Pause, run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How its launch has ended; null while it lives, or a service runs it.</summary>
    private async Task<string?> FindEndAsync(CancellationToken cancellationToken)
    {
        LaunchObservation seen = await new RuntimePresence(connection, run.Time, run.Secrets).ObserveAsync(active, cancellationToken).ConfigureAwait(false);
        return seen.IsAlive || RuntimePresence.IsService(active, seen) ? null : RuntimePresence.DescribeEnd(seen);
    }

    private IdleHandsException Failed(string why) => new(
        RuntimeStale,
        FailureKind.Failed,
        run.Plan.Adopts is { } found
            ? $"{found.Description} seemed to serve model '{active.Id}' on host '{active.HostId}', but {why}."
            : $"Model '{active.Id}' is written down as running on host '{active.HostId}', but {why}.",
        $"Select-IHModel {active.Id} -Restart",
        active.Id);
}
