using System.Globalization;
using System.Net.Sockets;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What the server of a host limits is kept to, and costs time alone.</summary>
public sealed class SshLimitTests
{
    public SshLimitTests() => SshRun.NeedsSshd();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public async Task More_commands_at_once_than_a_connection_may_have_take_turns_on_it(int? sessions)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { MaxSessions = sessions }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());

        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(number => connection.RunAsync(string.Create(CultureInfo.InvariantCulture, $"echo {number}"))));

        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"{number}\n"), results.Select(result => result.Output));
        Assert.Equal(1, await server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task A_command_at_its_limit_is_ended_also_where_its_session_is_the_only_one()
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { MaxSessions = 1 }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());
        using var files = new SampleModelFile();
        string pidFile = Path.Combine(files.Directory, "pid");

        CommandResult result = await connection.RunAsync(
            new HostCommand($"echo $$ >{pidFile}; exec sleep 300", TimeSpan.FromSeconds(2)), Token);

        Assert.True(result.TimedOut);
        Assert.Null(new IdleHands.Hosts.Local.LinuxProcessTable().Find(int.Parse(await File.ReadAllTextAsync(pidFile, Token), CultureInfo.InvariantCulture)));
        Assert.True((await connection.RunAsync("true")).Succeeded);
    }

    [Theory]
    [InlineData("2:100:2")]
    [InlineData("2")]
    public async Task More_logins_at_once_than_a_server_takes_come_in_one_after_the_other(string startups)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { MaxStartups = startups }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();

        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(number => hosts.Open(server.Host($"box{number}")).RunAsync("echo in")));

        Assert.All(results, result => Assert.Equal("in\n", result.Output));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_on_the_host_is_asked_whether_or_not_the_host_forwards(bool forwards)
    {
        using var model = new SampleModelFile();
        await using SampleServerProcess served = await SampleServerProcess.StartReadyAsync(model, Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { AllowTcpForwarding = forwards }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());
        await connection.OpenAsync(Token);

        ServerAnswer answer = await new ServerProbe(connection.Http).AskAsync(served.Port, RemoteHosts.Limit, Token);
        ServerAnswer again = await new ServerProbe(connection.Http).AskAsync(served.Port, RemoteHosts.Limit, Token);

        Assert.Equal((ProbeStatus.Ready, ProbeStatus.Ready), (answer.Status, again.Status));
        Assert.NotEmpty(answer.ModelIds);
        Assert.Equal(1, await server.CountConnectionsAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_port_on_which_nobody_listens_refuses_whether_or_not_the_host_forwards(bool forwards)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { AllowTcpForwarding = forwards }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());
        await connection.OpenAsync(Token);
        int port = SampleServerProcess.FindFreePort();

        ServerAnswer answer = await new ServerProbe(connection.Http).AskAsync(port, RemoteHosts.Limit, Token);

        Assert.Equal((ProbeStatus.Down, false), (answer.Status, answer.Listening));
        Assert.False(await connection.IsListeningAsync(port, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whether_anybody_listens_is_true_at_every_moment_whether_or_not_the_host_forwards(bool forwards)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { AllowTcpForwarding = forwards }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, SampleServerProcess.FindFreePort());
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        Assert.False(await connection.IsListeningAsync(port, Token));
        listener.Start();
        Assert.True(await connection.IsListeningAsync(port, Token));
        await listener.StopListeningAsync();
        Assert.False(await connection.IsListeningAsync(port, Token));
    }
}
