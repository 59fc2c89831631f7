using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// The health of 40 hosts over ssh, 101 ports each, beside 40 bare <c>ssh host true</c>, 32 at once in both. And 101 ports
/// of one host whose connection is open.
/// </summary>
internal sealed class FleetClaim : IClaim
{
    private const int Hosts = 40;
    private const double Limit = 1.5;

    /// <summary>Milliseconds that 101 ports of one host may take once it is connected.</summary>
    private const double OpenLimit = 150;

    private const int Good = 10;
    private const int Hanging = 5;
    private const int HangingTimeoutSec = 2;

    public string Name => "fleet";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        if (SshServer.WhyNot is { } reason)
        {
            Console.Error.WriteLine($"fleet: not measured: {reason}.");
            return [];
        }

        await using SshFleet fleet = await SshFleet.StartAsync();
        await using PortRange ports = await PortRange.StartAsync(50);
        return
        [
            await BesideLoginsAsync(fleet, ports, null, quick ? 2 : 7),

            // A session more for each host: nothing is promised of it.
            await BesideLoginsAsync(fleet, ports, "true", quick ? 2 : 7) with { Limit = null },
            await OverOpenConnectionAsync(fleet, ports, quick ? 20 : 60),
            await WithHangingHostsAsync(fleet, ports, quick ? 1 : 3),
        ];
    }

    private static async Task<Comparison> BesideLoginsAsync(SshFleet fleet, PortRange ports, string? checkCommand, int rounds)
    {
        RuntimeHost[] hosts = fleet.Hosts(Hosts, checkCommand);
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => SshFleet.CheckAsync(hosts, ports)),
            () => Interleaved.TimeAsync(() => fleet.LogInBareAsync(Hosts)),
            warmUps: 1,
            rounds);
        string check = checkCommand is null ? "no check command" : $"check command '{checkCommand}'";
        return new($"health of {Hosts} ssh hosts, {check} / {Hosts} times ssh host true", subject, baseline, Limit);
    }

    private static async Task<Comparison> OverOpenConnectionAsync(SshFleet fleet, PortRange ports, int rounds)
    {
        RuntimeHost[] host = fleet.Hosts(1);
        await using var connections = new HostConnections(Path.GetTempPath());
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => SshFleet.CheckAsync(host, ports, connections)),
            () => Interleaved.TimeAsync(ports.ScanBareAsync),
            warmUps: 10,
            rounds);
        return new($"{PortRange.Count} ports of an open ssh host / a bare HttpClient scan on this machine", subject, baseline, null)
        {
            Note = $"at most {OpenLimit:0} ms",
            FactsHold = subject <= OpenLimit,
        };
    }

    /// <summary>Hosts that hang, beside the time that they are given: those that don't are looked at meanwhile.</summary>
    private static async Task<Comparison> WithHangingHostsAsync(SshFleet fleet, PortRange ports, int rounds)
    {
        await using var server = new HangingServer();
        RuntimeHost[] good = fleet.Hosts(Good);
        RuntimeHost[] all = [.. Enumerable.Range(1, Hanging).Select(index => fleet.Hanging(index, server, HangingTimeoutSec)), .. good];
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => SshFleet.CheckAsync(all, ports, Hanging)),
            () => Interleaved.TimeAsync(() => SshFleet.CheckAsync(good, ports)),
            warmUps: 0,
            rounds);
        return new($"health of {Good} ssh hosts and {Hanging} that hang / without these", subject, baseline, null)
        {
            Note = $"{(subject - baseline) / 1000:0.0} s more, with a limit of {HangingTimeoutSec} s",
            FactsHold = subject - baseline <= HangingTimeoutSec * 1000,
        };
    }
}
