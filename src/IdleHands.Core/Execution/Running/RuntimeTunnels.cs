using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IdleHands.Hosts;
using IdleHands.Hosts.Remote;
using IdleHands.Templates;

namespace IdleHands.Execution;

/// <summary>
/// Leads a port of this machine to a runtime on another: an ssh client, launched as a server is, so that it outlives
/// PowerShell, is known again later, and is ended with what it leads to.
/// </summary>
internal sealed class RuntimeTunnels(Func<RuntimeHost, IHostConnection> connect, TimeProvider time)
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly RuntimeHost ThisMachine = new()
    {
        Id = "local",
        DisplayName = "This machine",
        Shell = OperatingSystem.IsWindows() ? "pwsh" : "sh",
    };

    /// <summary>Opens a tunnel to a runtime, and waits until it can be used.</summary>
    /// <param name="connection">The way to the runtime's host.</param>
    /// <param name="runtime">The runtime.</param>
    /// <param name="record">Writes it down before it is opened.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>The runtime with its tunnel, whose end here is its endpoint.</returns>
    /// <exception cref="IdleHandsException">It could not be opened; nothing of it is left.</exception>
    public async Task<ActiveRuntime> OpenAsync(IHostConnection connection, ActiveRuntime runtime, Action<ActiveRuntime> record, CancellationToken cancellationToken)
    {
        int localPort = FindPort(runtime.Port);
        using TunnelCommand command = await connection.PrepareTunnelAsync(localPort, runtime.Port, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"Host '{runtime.HostId}' has no tunnel, and a plan has one.");
        ActiveRuntime tunnelled = runtime;
        IHostConnection here = connect(ThisMachine);
        await using (here.ConfigureAwait(false))
        {
            try
            {
                // Named so that it is no launch of a model: its log is not one that Get-IHLog shows.
                var request = new LaunchRequest($"TUNNEL-{runtime.Id}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}", CommandLine(command.Words))
                {
                    Header = $"tunnel to model {runtime.Id} on host {runtime.HostId}",
                    Environment = command.Environment,
                };
                await here.LaunchAsync(
                    request,
                    launch =>
                    {
                        tunnelled = runtime with
                        {
                            Tunnel = new RuntimeTunnel(localPort, launch),
                            Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{localPort}/v1"),
                        };
                        record(tunnelled);
                        return Task.CompletedTask;
                    },
                    cancellationToken).ConfigureAwait(false);
                await WaitAsync(here, tunnelled, cancellationToken).ConfigureAwait(false);
                return tunnelled;
            }
            catch
            {
                await CloseAsync(tunnelled).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>True while the tunnel of a runtime is there.</summary>
    public async Task<bool> IsOpenAsync(ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        if (runtime.Tunnel is not { } tunnel)
        {
            return false;
        }

        IHostConnection here = connect(ThisMachine);
        await using (here.ConfigureAwait(false))
        {
            return (await here.ObserveAsync(tunnel.Launch, cancellationToken).ConfigureAwait(false)).IsAlive
                && await here.IsListeningAsync(tunnel.Port, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the tunnel of a runtime, and takes its files away. In bounded time, and also after Ctrl-C.</summary>
    public async Task CloseAsync(ActiveRuntime runtime)
    {
        if (runtime.Tunnel is not { Launch: var launch })
        {
            return;
        }

        IHostConnection here = connect(ThisMachine);
        await using (here.ConfigureAwait(false))
        {
            foreach (LaunchSignal signal in (LaunchSignal[])[LaunchSignal.Terminate, LaunchSignal.Kill])
            {
                long start = time.GetTimestamp();
                bool isAlive = (await here.ObserveAsync(launch, CancellationToken.None).ConfigureAwait(false)).IsAlive;
                if (isAlive)
                {
                    await here.SignalAsync(launch, signal, CancellationToken.None).ConfigureAwait(false);
                }

                while (isAlive && time.GetElapsedTime(start) < CloseLimit)
                {
                    await Task.Delay(Pause, time).ConfigureAwait(false);
                    isAlive = (await here.ObserveAsync(launch, CancellationToken.None).ConfigureAwait(false)).IsAlive;
                }
            }
        }

        if (launch.LogPath is { } log)
        {
            PrivateFiles.TryDelete(log);
            PrivateFiles.TryDelete(Path.ChangeExtension(log, ".exit"));
        }
    }

    private async Task WaitAsync(IHostConnection here, ActiveRuntime runtime, CancellationToken cancellationToken)
    {
        RuntimeTunnel tunnel = runtime.Tunnel!;
        long start = time.GetTimestamp();
        while (!await here.IsListeningAsync(tunnel.Port, cancellationToken).ConfigureAwait(false))
        {
            LaunchObservation seen = await here.ObserveAsync(tunnel.Launch, cancellationToken).ConfigureAwait(false);
            if (!seen.IsAlive || time.GetElapsedTime(start) > OpenLimit)
            {
                var said = await here.ReadLogTailAsync(tunnel.Launch, 20, cancellationToken).ConfigureAwait(false);
                IdleHandsException cause = SshFailure.ToException(runtime.RequireHost(), string.Join('\n', said), seen.ExitCode);
                throw new IdleHandsException(
                    "TunnelFailed",
                    cause.Kind,
                    $"No tunnel to model '{runtime.Id}' could be opened. {cause.Message}",
                    cause.Recommendation ?? $"Select-IHModel {runtime.Id} -Tunnel tries again.",
                    runtime.Id,
                    cause);
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The same port as the model's where it is free here, so that addresses look alike; else any.</summary>
    private static int FindPort(int wanted) => TryListen(wanted) ?? TryListen(0)!.Value;

    private static int? TryListen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.ExclusiveAddressUse = true;
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>The words for the shell of this machine, which is replaced by the program where it can be.</summary>
    private static string CommandLine(NameList words) => OperatingSystem.IsWindows()
        ? "& " + string.Join(' ', words.Select(PowerShellQuoting.Instance.Quote))
        : "exec " + string.Join(' ', words.Select(PosixQuoting.Instance.Quote));
}
