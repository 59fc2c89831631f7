using System.Globalization;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Benchmarks;

/// <summary>Hosts behind one sshd of the loopback, with the keys and settings of its own, and what is done with them.</summary>
internal sealed class SshFleet : IAsyncDisposable
{
    /// <summary>What Test-IHHealth looks at at once where nothing else is said.</summary>
    private const int AtOnce = 32;

    private readonly SshServer _server;

    private SshFleet(SshServer server) => _server = server;

    /// <summary>Starts the server. It drops no login of this many at once: the client's tries again would be measured.</summary>
    public static async Task<SshFleet> StartAsync() =>
        new(await SshServer.StartAsync(new SshServerOptions { MaxStartups = "100" }));

    /// <summary>Entries that differ in nothing but their ids, so that each is logged into.</summary>
    public RuntimeHost[] Hosts(int count, string? checkCommand = null) =>
        [.. Enumerable.Range(1, count).Select(index => Host(string.Create(CultureInfo.InvariantCulture, $"good-{index:00}"), _server.Port, checkCommand))];

    /// <summary>An entry whose server takes the connection and never says a word.</summary>
    public RuntimeHost Hanging(int index, HangingServer server, int timeoutSec) =>
        Host(string.Create(CultureInfo.InvariantCulture, $"hangs-{index}"), server.Port, null) with { CheckTimeoutSec = timeoutSec };

    /// <summary>What Test-IHHealth does with hosts: opens what it needs, looks, and closes all of it.</summary>
    public static async Task CheckAsync(RuntimeHost[] hosts, PortRange ports, int hanging = 0)
    {
        await using var connections = new HostConnections(Path.GetTempPath());
        await CheckAsync(hosts, ports, connections, hanging);
    }

    /// <summary>The same over connections that stay open.</summary>
    public static async Task CheckAsync(RuntimeHost[] hosts, PortRange ports, HostConnections connections, int hanging = 0)
    {
        var options = new HealthOptions { ScanPorts = PortSet.Parse(ports.Text), ThrottleLimit = AtOnce };
        var checker = new HealthChecker(new RuntimeConfiguration { Hosts = hosts }, null, connections.Open, options);
        int reached = 0;
        int servers = 0;
        var others = new List<string>();
        await foreach (HealthResult row in checker.CheckAsync())
        {
            if (row.Status == ProbeStatus.Ready)
            {
                _ = row.Section == HealthSection.Host ? reached++ : servers++;
            }
            else
            {
                others.Add($"{row.HostId} {row.Port}: {row.Status}, {row.Detail}");
            }
        }

        if (servers != hosts.Length - hanging)
        {
            throw new InvalidOperationException($"{servers} servers were found, not {hosts.Length - hanging}. {string.Join(" ", others)}");
        }

        if (reached != hosts.Length - hanging)
        {
            throw new InvalidOperationException($"{reached} hosts were reached, not {hosts.Length - hanging}.");
        }
    }

    /// <summary>What it costs to open as many connections with nothing else done.</summary>
    public Task LogInBareAsync(int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
        async (_, token) => (await ToolRun.RunAsync("ssh", [.. _server.ClientArguments, "true"], cancellationToken: token)).OrThrow("ssh"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private RuntimeHost Host(string id, int port, string? checkCommand) => new()
    {
        Id = id,
        DisplayName = id,
        Transport = HostTransport.Ssh,
        HostName = _server.Address,
        Port = port,
        UserName = _server.UserName,
        KeyPath = _server.KeyPath,
        SshOption = NameList.From(_server.Options),
        CheckCommand = checkCommand,
        CheckTimeoutSec = 60,
    };
}
