using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Looks at what is written down as running.</summary>
public sealed class RuntimeInspector
{
    private readonly Func<RuntimeHost, IHostConnection> _connect;
    private readonly TimeProvider _time;
    private readonly SecretResolver _secrets;

    /// <summary>Looks through these connections.</summary>
    /// <param name="connect">Opens the way to a host.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
    public RuntimeInspector(Func<RuntimeHost, IHostConnection> connect, TimeProvider? time = null, SecretResolver? secrets = null)
    {
        _time = time ?? TimeProvider.System;
        _secrets = secrets ?? new SecretResolver();
        _connect = host => new RedactingConnection(connect(host), _secrets);
    }

    /// <summary>The runtime with the status it has now, and why in <see cref="ActiveRuntime.Detail"/>. Changes nothing.</summary>
    /// <exception cref="OperationCanceledException">The look was broken off.</exception>
    public async Task<ActiveRuntime> LookAsync(ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        if (runtime.Host is not { } host)
        {
            return runtime with { Status = RuntimeStatus.Unknown, Detail = $"host '{runtime.HostId}' is not described in the state" };
        }

        try
        {
            await using IHostConnection connection = _connect(host);
            return await LookAsync(connection, runtime, cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e)
        {
            return runtime with { Status = RuntimeStatus.Unknown, Detail = e.Message };
        }
    }

    private async Task<ActiveRuntime> LookAsync(IHostConnection connection, ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        LaunchObservation seen = await new RuntimePresence(connection, _time, _secrets).ObserveAsync(runtime, cancellationToken).ConfigureAwait(false);
        bool isService = RuntimePresence.IsService(runtime, seen);
        if (!seen.IsAlive && !isService)
        {
            return runtime with
            {
                Status = RuntimeStatus.Exited,
                ExitCode = seen.ExitCode,
                Detail = RuntimePresence.DescribeEnd(seen),
                Uptime = TimeSpan.Zero,
            };
        }

        var target = new ProbeTarget
        {
            Port = runtime.Port,
            StatusCommand = runtime.StatusCommand,
            ServedNames = runtime.ServedNames,
            Launch = runtime.Launch,
            StatusEnvironment = await _secrets.ResolveAvailableAsync(runtime.CommandSecrets, cancellationToken).ConfigureAwait(false),
            HandedOver = isService,
        };
        Readiness readiness = await new ReadinessProbe(connection, _time, _secrets).AskAsync(target, cancellationToken).ConfigureAwait(false);
        string status = readiness switch
        {
            { Stranger: not null } => RuntimeStatus.Unknown,
            { IsReady: true } => RuntimeStatus.Ready,
            { Answer.Status: ProbeStatus.Loading } => RuntimeStatus.Loading,
            { Answer.Status: ProbeStatus.Down } when isService => RuntimeStatus.Exited,
            _ => RuntimeStatus.Unknown,
        };
        string? detail = readiness.Stranger is { } who ? $"{who} has its port" : readiness.Detail;
        bool hasLostTunnel = runtime.Tunnel is not null && !await new RuntimeTunnels(_connect, _time).IsOpenAsync(runtime, cancellationToken).ConfigureAwait(false);
        return runtime with
        {
            Status = status,
            Detail = hasLostTunnel
                ? HealthRows.Join(detail, $"its tunnel is gone: Select-IHModel {runtime.Id} -Tunnel opens it again")
                : detail,
        };
    }
}
