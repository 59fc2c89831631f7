using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>Makes sure that a port is free, or held by what a plan stops, before anything is stopped.</summary>
internal sealed class PortGuard(IHostConnection connection, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReleasePause = TimeSpan.FromMilliseconds(50);

    /// <summary>Says who has the port, where that is no obstacle.</summary>
    /// <exception cref="IdleHandsException"><c>PortInUse</c>.</exception>
    public async Task<string> CheckAsync(RuntimePlan plan, int port, CancellationToken cancellationToken)
    {
        PortHolder[] holders = await FindReachedAsync(connection, port, plan.Active?.Launch, cancellationToken).ConfigureAwait(false);
        if (holders.Length == 0)
        {
            return $"port {port} is free";
        }

        ServerAnswer answer = await new ServerProbe(connection.Http, time).AskAsync(port, AnswerLimit, cancellationToken).ConfigureAwait(false);
        foreach (ActiveRuntime stopped in plan.Stopped)
        {
            if (await IsHeldByAsync(stopped, port, answer, cancellationToken).ConfigureAwait(false))
            {
                return $"port {port} is held by model '{stopped.Id}', which is stopped first";
            }
        }

        throw InUse(plan.Model, plan.HostId, port, holders, answer);
    }

    /// <summary>Who listens on a port where a client of 127.0.0.1 gets to them.</summary>
    public static async Task<PortHolder[]> FindReachedAsync(IHostConnection connection, int port, LaunchRecord? launch, CancellationToken cancellationToken) =>
        (await connection.FindPortHoldersAsync(port, launch, cancellationToken).ConfigureAwait(false)).Where(holder => holder.IsReached).ToArray();

    /// <summary>True when a port is held by this runtime: by its launch, or by the service that took over from it.</summary>
    public async Task<bool> IsHeldByAsync(ActiveRuntime runtime, int port, ServerAnswer answer, CancellationToken cancellationToken)
    {
        PortHolder[] holders = await FindReachedAsync(connection, port, runtime.Launch, cancellationToken).ConfigureAwait(false);
        PortHolder[] strangers = holders.Where(holder => !holder.IsOfLaunch).ToArray();
        if (strangers.Length == 0)
        {
            return holders.Length > 0;
        }

        LaunchObservation launch = runtime.Launch is null
            ? new LaunchObservation()
            : await connection.ObserveAsync(runtime.Launch, cancellationToken).ConfigureAwait(false);
        bool mayBeService = RuntimePresence.IsService(runtime, launch) || (launch.IsAlive && strangers.All(holder => holder.ProcessId is null));
        return mayBeService && runtime.HostId == connection.HostId && runtime.Port == port && RuntimePresence.IsAnswerOf(runtime, answer);
    }

    /// <summary>Waits until the port of what was stopped is free again.</summary>
    /// <exception cref="IdleHandsException"><c>PortInUse</c>, when the model to start needs it and it is not freed in time.</exception>
    public async Task<string> WaitReleaseAsync(RuntimePlan plan, PlanStep step, ISelectObserver observer, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            PortHolder[] holders = await FindReachedAsync(connection, step.Port, null, cancellationToken).ConfigureAwait(false);
            if (holders.Length == 0)
            {
                return $"port {step.Port} is free";
            }

            if (plan.IsStop || step.HostId != plan.HostId || step.Port != plan.Model.EffectivePort)
            {
                return $"port {step.Port} is now held by {string.Join(", ", holders.AsEnumerable())}, and is not needed";
            }

            if (time.GetElapsedTime(start) >= step.Timeout)
            {
                throw InUse(plan.Model, plan.HostId, step.Port, holders, new ServerAnswer { Status = ProbeStatus.Unknown });
            }

            observer.Waiting(step, time.GetElapsedTime(start), step.Timeout, null);
            await Task.Delay(ReleasePause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The error for a port that somebody else has.</summary>
    public static IdleHandsException InUse(RuntimeModel model, string hostId, int port, IReadOnlyList<PortHolder> holders, ServerAnswer answer)
    {
        PortHolder[] strangers = holders.Where(holder => !holder.IsOfLaunch).ToArray();
        string who = strangers.Length > 0 ? string.Join(", ", strangers.AsEnumerable()) : "a process that the system does not name";
        bool isSameModel = answer.ModelIdsKnown && ModelIdentity.Matches(answer.ModelIds, ModelSource.ServedNames(model));
        string serving = answer.ModelIdsKnown && answer.ModelIds.Count > 0 ? $", which serves {answer.ModelIds}" : string.Empty;
        return new IdleHandsException(
            "PortInUse",
            FailureKind.Busy,
            $"Model '{model.Id}' needs port {port} of host '{hostId}', and {who} has it{serving}. No launch that is recorded here owns it, so it is left alone.",
            isSameModel
                ? "It serves this very model: use it as it is, or end it yourself and select again."
                : $"End that process, or give the model another port: Set-IHModel {model.Id} -Port {port + 1}. Where the start command hands over to a service, name a command that tells whether it runs: Set-IHModel {model.Id} -StatusCommand",
            port);
    }
}
