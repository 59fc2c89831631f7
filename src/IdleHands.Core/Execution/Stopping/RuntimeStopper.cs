using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>How patiently to stop.</summary>
/// <param name="CommandLimit">How long the stop command may take.</param>
/// <param name="Grace">How long the server may take to end in order.</param>
internal sealed record StopPatience(TimeSpan CommandLimit, TimeSpan Grace)
{
    /// <summary>The usual patience.</summary>
    public static StopPatience Usual { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));

    /// <summary>For <c>-Force</c> and for clean-up after a failure.</summary>
    public static StopPatience Short { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>The patience with what runs on a host: its own grace, or the short one by force.</summary>
    public static StopPatience For(RuntimeHost host, bool force) => force ? Short : Usual with { Grace = host.EffectiveStopGrace };
}

/// <summary>
/// Stops what a launch started and nothing else. A stop is judged by what it must achieve, the launch gone and its port
/// free, never by the exit code of a command: <c>pkill -f llama-server || true</c> kills its own shell.
/// </summary>
internal sealed class RuntimeStopper(IHostConnection connection, TimeProvider time, SecretResolver secrets)
{
    private const string ConnectionLost = nameof(ConnectionLost);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>After a stop command and after a second TERM: either has told the server to end, or never will.</summary>
    private static readonly TimeSpan SecondGrace = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(10);

    private readonly RuntimePresence _presence = new(connection, time, secrets);

    /// <summary>Called when there is something to stop, before it is told to end.</summary>
    public Action? OnRunning { get; init; }

    /// <summary>Stops a runtime and says how it went.</summary>
    /// <exception cref="IdleHandsException"><c>StopFailed</c>.</exception>
    public async Task<string> StopAsync(ActiveRuntime runtime, string? stopCommand, StopPatience patience, CancellationToken cancellationToken)
    {
        bool isService = RuntimePresence.IsService(runtime, await _presence.ObserveAsync(runtime, cancellationToken).ConfigureAwait(false));

        // A service that was started and has not answered yet can't be seen: a container listens long after docker has ended.
        bool mayBeUnseen = isService && stopCommand is not null && runtime.Status == RuntimeStatus.Starting;
        if (!mayBeUnseen && await _presence.IsGoneAsync(runtime, cancellationToken).ConfigureAwait(false))
        {
            return "it had ended already";
        }

        OnRunning?.Invoke();

        string? commandDetail = null;
        if (stopCommand is not null)
        {
            var command = new HostCommand(stopCommand, patience.CommandLimit)
            {
                Environment = await secrets.ResolveAvailableAsync(runtime.SecretReferences, cancellationToken).ConfigureAwait(false),
            };
            try
            {
                CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
                commandDetail = result.TimedOut ? $"the stop command took over {patience.CommandLimit.TotalSeconds:0} s" : $"the stop command ended with {result.ExitCode}";
            }
            catch (IdleHandsException e) when (e.ErrorId == ConnectionLost)
            {
                // It goes on there, or not: a stop is judged by what it must achieve.
                commandDetail = "the connection was lost while the stop command ran";
            }

            if (await WaitUntilGoneAsync(runtime, isService ? patience.Grace : SecondGrace, cancellationToken).ConfigureAwait(false))
            {
                return "stopped by the stop command";
            }
        }

        if (runtime.Launch is not null && await EscalateAsync(runtime, runtime.Launch, patience, cancellationToken).ConfigureAwait(false) is { } how)
        {
            return commandDetail is null ? how : $"{commandDetail} and left it running; {how}";
        }

        throw Failed(runtime, commandDetail);
    }

    private async Task<string?> EscalateAsync(ActiveRuntime runtime, LaunchRecord launch, StopPatience patience, CancellationToken cancellationToken)
    {
        (LaunchSignal Signal, TimeSpan Grace, string Detail)[] ladder =
        [
            (LaunchSignal.Terminate, patience.Grace, "ended on TERM"),
            (LaunchSignal.Terminate, SecondGrace, "ended on a second TERM"),
            (LaunchSignal.Kill, KillGrace, "killed: it did not end on TERM"),
        ];
        foreach (var (signal, grace, detail) in ladder)
        {
            if (!(await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)).IsAlive)
            {
                break; // Only a service is left, which no signal reaches.
            }

            await connection.SignalAsync(launch, signal, cancellationToken).ConfigureAwait(false);
            if (await WaitUntilGoneAsync(runtime, grace, cancellationToken).ConfigureAwait(false))
            {
                return detail;
            }
        }

        return null;
    }

    private async Task<bool> WaitUntilGoneAsync(ActiveRuntime runtime, TimeSpan limit, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (!await _presence.IsGoneAsync(runtime, cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) >= limit)
            {
                return false;
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private static IdleHandsException Failed(ActiveRuntime runtime, string? commandDetail)
    {
        string why = runtime.Launch is null || runtime.HandedOver != false
            ? commandDetail is null
                ? "a service runs it, and host '" + runtime.HostId + "' has no stop command"
                : $"{commandDetail}, and its server still answers on port {runtime.Port}"
            : $"processes of its launch (session {runtime.Launch.ProcessId}) survive KILL{(commandDetail is null ? string.Empty : "; " + commandDetail)}";
        return new IdleHandsException(
            "StopFailed",
            FailureKind.Failed,
            $"Model '{runtime.Id}' on host '{runtime.HostId}' could not be stopped: {why}.",
            $"Set a command that stops it: Set-IHHost {runtime.HostId} -StopCommand '…', then Stop-IHRuntime.",
            runtime.Id);
    }
}
