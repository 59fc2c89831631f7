using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IdleHands.Hosts;

namespace IdleHands.Health;

/// <summary>Looks at hosts, models and ports, all at once, and tells each thing as soon as it is known.</summary>
/// <param name="configuration">The hosts and models.</param>
/// <param name="active">The recorded runtime; null for none. It tells whose a port is where the server doesn't.</param>
/// <param name="connect">Makes the connection to a host; disposed here.</param>
/// <param name="options">What to look at.</param>
/// <param name="time">The clock; null for the system's.</param>
/// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
public sealed class HealthChecker(
    RuntimeConfiguration configuration,
    ActiveRuntime? active,
    Func<RuntimeHost, IHostConnection> connect,
    HealthOptions options,
    TimeProvider? time = null,
    SecretResolver? secrets = null)
{
    private readonly RuntimeConfiguration _configuration = active?.AddTo(configuration) ?? configuration;
    private readonly SecretResolver _secrets = secrets ?? new SecretResolver();

    /// <summary>
    /// One row per thing looked at, in the order they become known. A host that can't be reached gives rows that say so.
    /// When the enumeration ends, for whatever reason, nothing of it still runs.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async IAsyncEnumerable<HealthResult> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Channel<HealthResult> rows = Channel.CreateUnbounded<HealthResult>(new UnboundedChannelOptions { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = CheckHostsAsync(rows.Writer, stop.Token);
        try
        {
            await foreach (HealthResult row in rows.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return row;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    /// <summary>Looks at every host; what goes wrong reaches the reader through the channel.</summary>
    private async Task CheckHostsAsync(ChannelWriter<HealthResult> rows, CancellationToken cancellationToken)
    {
        var names = new ModelIndex(_configuration.Models);
        var atOnce = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Max(1, options.ThrottleLimit),
            CancellationToken = cancellationToken,
        };
        try
        {
            IEnumerable<RuntimeHost> hosts = _configuration.Hosts.Where(host => host.Enabled && options.HostIds?.Contains(host.Id) != false);
            await Parallel.ForEachAsync(
                hosts,
                atOnce,
                async (host, token) =>
                {
                    var check = new HostCheck(host, _configuration, active, names, options, rows, time ?? TimeProvider.System, _secrets);
                    await check.RunAsync(machine => new RedactingConnection(connect(machine), _secrets), token).ConfigureAwait(false);
                }).ConfigureAwait(false);
            rows.Complete();
        }
#pragma warning disable CA1031 // The reader of the channel gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            rows.Complete(e);
        }
    }
}
