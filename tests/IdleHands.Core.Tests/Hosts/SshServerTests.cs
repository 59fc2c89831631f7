using System.Diagnostics;
using System.Globalization;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What tests of ssh hosts rely on: the sshd that they run is a real one, and its connections come and go as told.</summary>
public sealed class SshServerTests
{
    public SshServerTests() => SshRun.NeedsSshd();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_runs_with_a_home_of_its_own()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        ToolRun run = await server.SshAsync("printf '%s|%s' \"$HOME\" \"$(id -un)\"; echo oops >&2; exit 7");

        Assert.Equal((7, $"{server.Home}|{server.UserName}", "oops\n"), (run.ExitCode, run.Output, run.Error));
        Assert.EndsWith("/ho me", server.Home, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_authorized_is_refused()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        ToolRun run = await ToolRun.RunAsync(
            "ssh",
            [.. server.ClientArguments.Select(word => word == server.KeyPath ? server.WrongKeyPath : word), "true"],
            cancellationToken: Token);

        Assert.Equal(255, run.ExitCode);
        Assert.Contains("Permission denied", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_by_the_client()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        await server.ReplaceHostKeyAsync(Token);
        ToolRun run = await server.SshAsync("true");

        Assert.Equal(255, run.ExitCode);
        Assert.Contains("Host key verification failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_connection_ends_its_client_and_the_server_goes_on()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        (Process session, _) = await server.StartSessionAsync("echo up; exec cat");
        using Process client = session;

        server.KillConnections();
        await client.WaitForExitAsync(Token);

        Assert.Equal(255, client.ExitCode);
        Assert.Equal(0, (await server.SshAsync("true")).ExitCode);
        Assert.Equal(2, await server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task What_a_session_runs_outlives_its_killed_connection()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        (Process session, string processId) = await server.StartSessionAsync("echo $$; exec sleep 60");
        using Process client = session;
        using Process remote = Process.GetProcessById(int.Parse(processId, CultureInfo.InvariantCulture));

        server.KillConnections();
        await client.WaitForExitAsync(Token);
        await server.StopAsync();
        bool ended = remote.HasExited;
        remote.Kill();

        Assert.False(ended);
    }

    [Fact]
    public async Task A_stopped_server_takes_no_connection_and_has_none()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        (Process session, _) = await server.StartSessionAsync("echo up; exec cat");
        using Process client = session;

        await server.StopAsync();
        await client.WaitForExitAsync(Token);
        ToolRun stopped = await server.SshAsync("true");

        Assert.Equal(255, client.ExitCode);
        Assert.Contains("Connection refused", stopped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_server_has_its_port_and_keys_and_goes_on_counting()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        int port = server.Port;
        await server.SshAsync("true");

        await server.RestartAsync(Token);
        ToolRun restarted = await server.SshAsync("true");

        Assert.Equal((0, port, 2), (restarted.ExitCode, server.Port, await server.CountConnectionsAsync(Token)));
    }

    [Fact]
    public async Task A_disposed_server_leaves_no_file()
    {
        SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        string directory = Path.GetDirectoryName(server.KeyPath)!;
        Assert.True(Directory.Exists(directory));

        await server.DisposeAsync();

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Servers_run_beside_each_other()
    {
        SshServer[] servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SshServer.StartAsync(cancellationToken: Token)));

        ToolRun[] runs = await Task.WhenAll(servers.Select(server => server.SshAsync("echo \"$HOME\"")));

        Assert.Equal(servers.Select(server => server.Home + "\n"), runs.Select(run => run.Output));
        foreach (SshServer server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_hanging_server_is_connected_to_and_never_answers()
    {
        await using var hanging = new HangingServer();

        Task<ToolRun> run = ToolRun.RunAsync(
            "ssh",
            ["-F", "none", "-o", "ConnectTimeout=1", "-p", hanging.Port.ToString(CultureInfo.InvariantCulture), "127.0.0.1", "true"],
            cancellationToken: Token);
        await hanging.WaitForConnectionsAsync(1, Token);

        Assert.Contains("timed out during banner exchange", (await run).Error, StringComparison.Ordinal);
        Assert.Equal(1, hanging.ConnectionCount);
    }
}
