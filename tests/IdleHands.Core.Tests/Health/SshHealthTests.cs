using System.Globalization;
using System.Text.RegularExpressions;
using IdleHands.Core.Tests.Hosts;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Testing;
using static IdleHands.Core.Tests.Health.HealthSetup;

namespace IdleHands.Core.Tests.Health;

/// <summary>A health check over real ssh: what it costs the server, who waits for whom, and what is left of it.</summary>
public sealed partial class SshHealthTests : IAsyncLifetime
{
    /// <summary>Of the limit of sessions that a server has, IdleHands leaves two to others.</summary>
    private const int SessionsAtOnce = 8;

    private const int Ports = 101;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly string _logs = Directory.CreateTempSubdirectory("idlehands-test-").FullName;
    private SshServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        SshRun.NeedsSshd();
        _server = await SshServer.StartAsync(new SshServerOptions { MaxStartups = "100" }, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_logs, recursive: true);
    }

    [Fact]
    public async Task Makes_one_connection_to_each_host_for_its_command_and_all_its_ports()
    {
        int lowest = SampleServerProcess.FindFreePort();
        HealthOptions options = Scan([.. Enumerable.Range(lowest, Ports)]);
        await using var connections = new HostConnections(_logs);

        List<HealthResult> rows = await CheckAsync(Configure(Good(5, "true")), connections.Open, options);

        Assert.Equal(Enumerable.Repeat(ProbeStatus.Ready, 5), rows.Where(row => row.Section == HealthSection.Host).Select(row => row.Status));
        Assert.Equal(5, await _server.CountConnectionsAsync(Cancel));
    }

    [Fact]
    public async Task Opens_no_more_than_eight_sessions_at_once_on_a_connection()
    {
        RuntimeModel[] models = [.. Enumerable.Range(0, 24).Select(index => Model($"m{index}", 1) with { ProbeCommand = "sleep 0.1; false" })];
        await using var connections = new HostConnections(_logs);

        List<HealthResult> rows = await CheckAsync(Configure(Good(1, "true"), models), connections.Open, Scan());

        Assert.Equal(models.Length, rows.Count(row => row is { Section: HealthSection.Model, Status: ProbeStatus.Down }));
        Assert.Equal(1, await _server.CountConnectionsAsync(Cancel));

        // sshd gives a session the lowest number that is free.
        int[] numbers = [.. _server.Log.Select(line => SessionNumber().Match(line)).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(models.Length + 1, numbers.Length);
        Assert.InRange(numbers.Max(), 1, SessionsAtOnce - 1);
    }

    [Fact]
    public async Task Tells_of_hosts_that_answer_while_others_hang()
    {
        await using var hanging = new HangingServer();
        await using var connections = new HostConnections(_logs);
        var checker = new HealthChecker(Configure([.. Hanging(5, hanging), .. Good(10, "true")]), null, connections.Open, Scan());

        var told = new List<string>();
        await foreach (HealthResult row in checker.CheckAsync(Cancel))
        {
            await hanging.WaitForConnectionsAsync(5, Cancel);
            told.Add($"{row.HostId} {row.Status}");
            if (told.Count == 10)
            {
                break;
            }
        }

        Assert.Equal(Good(10, "true").Select(host => $"{host.Id} {ProbeStatus.Ready}"), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Leaves_nothing_behind_when_it_is_canceled_in_the_middle()
    {
        string lasting = string.Create(CultureInfo.InvariantCulture, $"sleep 3{Random.Shared.Next(100_000_000):00000000}.5");
        await using var hanging = new HangingServer();
        RuntimeConfiguration configuration = Configure([.. Hanging(5, hanging), .. Good(5, $"exec {lasting}")]);
        using var canceled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        string[] directories;
        await using (var connections = new HostConnections(_logs))
        {
            Task check = DrainAsync(new HealthChecker(configuration, null, connections.Open, Scan()), canceled.Token);
            await hanging.WaitForConnectionsAsync(5, Cancel);
            await UntilAsync(() => ProcessesWith(lasting).Length >= 5);
            directories = [.. CommandLines().Where(line => line.Contains(_server.KeyPath, StringComparison.Ordinal)).SelectMany(line => ControlDirectory().Matches(line)).Select(match => match.Value).Distinct()];

            await canceled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
        }

        Assert.Equal(10, directories.Length);
        Assert.DoesNotContain(directories, Directory.Exists);
        string[] ours = [_server.KeyPath, lasting, .. directories];
        await UntilAsync(() => ours.All(text => ProcessesWith(text).Length == 0));
        Assert.Empty(ours.SelectMany(ProcessesWith));
    }

    private static async Task DrainAsync(HealthChecker checker, CancellationToken cancellationToken)
    {
        await foreach (HealthResult _ in checker.CheckAsync(cancellationToken))
        {
        }
    }

    private RuntimeHost[] Good(int count, string checkCommand) =>
        [.. Enumerable.Range(0, count).Select(index => SshTransport.Reach(Host($"good{index}") with { CheckCommand = checkCommand, CheckTimeoutSec = 300 }, _server))];

    private RuntimeHost[] Hanging(int count, HangingServer hanging) =>
        [.. Enumerable.Range(0, count).Select(index => SshTransport.Reach(Host($"hangs{index}") with { CheckTimeoutSec = 300 }, _server) with { Port = hanging.Port })];

    /// <summary>Waits until something of other processes is so, which they don't tell; its time may run out.</summary>
    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(EndLimit);
        while (!isSo() && !limit.IsCancellationRequested)
        {
            await Task.Delay(20, Cancel);
        }
    }

    private static string[] ProcessesWith(string text) => [.. CommandLines().Where(line => line.Contains(text, StringComparison.Ordinal))];

    private static IEnumerable<string> CommandLines()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue; // It has ended.
            }

            yield return line;
        }
    }

    [GeneratedRegex(@"Starting session: command for \S+ from \S+ port \d+ id (\d+)")]
    private static partial Regex SessionNumber();

    [GeneratedRegex("/[^ ]*/ih-[^/ ]+(?=/c )")]
    private static partial Regex ControlDirectory();
}
