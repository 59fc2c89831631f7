using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Tells whether anything of a runtime is left: its launch, or the service that took over from it.</summary>
internal sealed class RuntimePresence(IHostConnection connection, TimeProvider time, SecretResolver secrets)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(10);

    /// <summary>True when something else than the launch runs the server, as far as can be told now.</summary>
    public static bool IsService(ActiveRuntime runtime, LaunchObservation seen) =>
        runtime.Launch is null || (runtime.HandedOver ?? (seen.ExitCode == 0 && !seen.IsAlive));

    /// <summary>True when an answer may be that of this runtime's server: by the ids it lists, else because a model server gave it.</summary>
    public static bool IsAnswerOf(ActiveRuntime runtime, ServerAnswer answer) => answer.ModelIdsKnown
        ? ModelIdentity.Matches(answer.ModelIds, runtime.ServedNames)
        : answer.NeedsKey || answer.Status is ProbeStatus.Loading or ProbeStatus.Ready;

    /// <summary>How a launch that is gone has ended, in words.</summary>
    public static string DescribeEnd(LaunchObservation seen) => seen switch
    {
        { IsOfEarlierBoot: true } => "its host was started anew since",
        { ExitCode: { } code } => $"its start command ended with exit code {code}",
        _ => "what was launched runs no more",
    };

    /// <summary>What can be seen of the launch; nothing where there was none.</summary>
    public async Task<LaunchObservation> ObserveAsync(ActiveRuntime runtime, CancellationToken cancellationToken) => runtime.Launch is { } launch
        ? await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)
        : new LaunchObservation();

    /// <summary>True when nothing is left.</summary>
    public async Task<bool> IsGoneAsync(ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        LaunchObservation seen = await ObserveAsync(runtime, cancellationToken).ConfigureAwait(false);
        if (seen.IsAlive)
        {
            return false;
        }

        return !IsService(runtime, seen) || !await IsServiceThereAsync(runtime, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A service is there when its status command says so, or its port answers as a model server would and does not
    /// list other models. A web page, or another model, is somebody else.
    /// </summary>
    private async Task<bool> IsServiceThereAsync(ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        if (runtime.StatusCommand is { } status)
        {
            var command = new HostCommand(status, CommandLimit)
            {
                Environment = await secrets.ResolveAvailableAsync(runtime.SecretReferences, cancellationToken).ConfigureAwait(false),
            };
            if ((await connection.RunAsync(command, cancellationToken).ConfigureAwait(false)).Succeeded)
            {
                return true;
            }
        }

        ServerAnswer answer = await new ServerProbe(connection.Http, time).AskAsync(runtime.Port, AnswerLimit, cancellationToken).ConfigureAwait(false);
        return IsAnswerOf(runtime, answer);
    }
}
