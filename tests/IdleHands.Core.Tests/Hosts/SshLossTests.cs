using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IdleHands.Hosts;
using IdleHands.Hosts.Local;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>A connection that is lost costs what was under way on it, where that may not be done twice, and nothing else.</summary>
public sealed class SshLossTests : IAsyncLifetime
{
    private const int Sigkill = 9;
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private readonly SampleModelFile _files = new();
    private readonly HostConnections _hosts = RemoteHosts.Connections();
    private SshServer _server = null!;
    private IHostConnection _connection = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Mark => Path.Combine(_files.Directory, "mark");

    public async ValueTask InitializeAsync()
    {
        SshRun.NeedsSshd();
        _server = await SshServer.StartAsync(cancellationToken: Token);
        _connection = _hosts.Open(_server.Host());
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _files.Dispose();
    }

    /// <summary>Goes on until the test is over.</summary>
    private string UntilTheEnd => $"while [ -e {Mark} ]; do sleep 0.05; done";

    private async Task WaitForMarkAsync()
    {
        while (!File.Exists(Mark))
        {
            await Task.Delay(10, Token);
        }
    }

    [Fact]
    public async Task What_is_asked_after_a_loss_goes_over_a_new_connection()
    {
        await _connection.OpenAsync(Token);
        _server.KillConnections();

        CommandResult result = await _connection.RunAsync("echo again");

        Assert.Equal("again\n", result.Output);
        Assert.Equal(2, await _server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task Looks_in_the_middle_of_which_the_connection_is_lost_are_repeated()
    {
        await using TestLaunch launch = await _connection.LaunchAsync("echo up; exec sleep 300");
        string file = Path.Combine(_files.Directory, "tiny.gguf");

        for (int round = 0; round < 5; round++)
        {
            Task<LaunchObservation>[] looks = Enumerable.Range(0, 3).Select(_ => _connection.ObserveAsync(launch.Record, Token)).ToArray();
            Task<IReadOnlyList<FileFact>> facts = _connection.StatAsync([file], Token);
            _server.KillConnections();

            Assert.All(await Task.WhenAll(looks), seen => Assert.Contains(launch.Record.ProcessId, seen.ProcessIds));
            Assert.Equal(new FileInfo(file).Length, Assert.Single(await facts).Size);
        }
    }

    [Fact]
    public async Task A_command_in_the_middle_of_which_the_connection_is_lost_is_not_run_again()
    {
        Task<CommandResult> running = _connection.RunAsync($"echo run >>{Mark}.all; touch {Mark}; {UntilTheEnd}");
        await WaitForMarkAsync();

        _server.KillConnections();
        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => running);

        failure.Told("ConnectionLost", FailureKind.Unavailable, "while a command ran there", "Test-IHHost box");
        Assert.Equal("run\n", await File.ReadAllTextAsync(Mark + ".all", Token));
        Assert.True((await _connection.RunAsync("true")).Succeeded);
    }

    [Fact]
    public async Task What_a_lost_command_said_shows_no_secret()
    {
        var command = new HostCommand($"echo \"key $KEY\" >&2; touch {Mark}; {UntilTheEnd}", RemoteHosts.Limit)
        {
            Environment = new Dictionary<string, string> { ["KEY"] = "s3cr3t-value" },
        };
        Task<CommandResult> running = _connection.RunAsync(command, Token);
        await WaitForMarkAsync();

        _server.KillConnections();
        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => running);

        Assert.DoesNotContain("s3cr3t-value", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_that_is_written_down_while_the_connection_is_lost_is_let_go_once()
    {
        await using TestLaunch launch = await _connection.LaunchAsync(
            $"echo run >>{Mark}; exec sleep 300",
            _ =>
            {
                _server.KillConnections();
                return Task.CompletedTask;
            });

        await WaitForMarkAsync();
        await launch.SeeAsync(seen => seen.ProcessIds.Count > 1);

        Assert.Equal("run\n", await File.ReadAllTextAsync(Mark, Token));
        Assert.Equal(2, await _server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task A_launch_that_can_not_be_let_go_says_so_and_starts_nothing_when_the_host_comes_back()
    {
        LaunchRecord? launch = null;

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => _connection.LaunchAsync(
            $"touch {Mark}",
            async record =>
            {
                launch = record;
                await _server.StopAsync();
            }));

        Assert.Equal("ConnectionRefused", failure.ErrorId);
        Assert.NotNull(new LinuxProcessTable().Find(launch!.ProcessId));
        await _server.RestartAsync(Token);
        await _connection.SignalAsync(launch, LaunchSignal.Kill, Token);
        Assert.False(File.Exists(Mark));
    }

    [Fact]
    public async Task A_launch_outlives_its_connection_and_the_ssh_server()
    {
        await using TestLaunch launch = await _connection.LaunchAsync("echo up; exec sleep 300");
        await launch.SeeAsync(seen => seen.LastLogLine == "up");

        _server.KillConnections();
        Assert.True((await _connection.ObserveAsync(launch.Record, Token)).IsAlive);

        await _server.StopAsync();
        Assert.NotNull(new LinuxProcessTable().Find(launch.Record.ProcessId));

        await _server.RestartAsync(Token);
        Assert.True((await _connection.ObserveAsync(launch.Record, Token)).IsAlive);
    }

    [Fact]
    public async Task A_client_that_was_killed_is_replaced()
    {
        await _connection.OpenAsync(Token);
        int master = Assert.Single(Clients(_server));

        Assert.Equal(0, SendSignal(master, Sigkill));
        Assert.True((await _connection.RunAsync("true")).Succeeded);

        Assert.NotEqual(master, Assert.Single(Clients(_server)));
    }

    [Fact]
    public async Task A_client_that_was_killed_is_replaced_for_ports_too()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        Assert.True(await _connection.IsListeningAsync(port, Token));

        Assert.Equal(0, SendSignal(Assert.Single(Clients(_server)), Sigkill));

        Assert.True(await _connection.IsListeningAsync(port, Token));
        Assert.Equal(2, await _server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task A_port_that_is_asked_for_while_the_client_dies_is_not_taken_for_refused()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await _connection.OpenAsync(Token);
        int master = Assert.Single(Clients(_server));

        Assert.Equal(0, SendSignal(master, Sigstop));
        Task<bool>[] asked = Enumerable.Range(0, 5).Select(_ => _connection.IsListeningAsync(port, Token)).ToArray();
        Assert.Equal(0, SendSignal(master, Sigkill));

        Assert.All(await Task.WhenAll(asked), Assert.True);
    }

    [Fact]
    public async Task A_client_that_is_too_busy_to_take_more_ports_is_not_taken_for_dead()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await _connection.OpenAsync(Token);
        int master = Assert.Single(Clients(_server));

        // More than the 128 that it lets wait.
        Assert.Equal(0, SendSignal(master, Sigstop));
        Task<bool>[] asked = Enumerable.Range(0, 256).Select(_ => _connection.IsListeningAsync(port, Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(2), Token);
        Assert.Equal(0, SendSignal(master, Sigcont));

        Assert.All(await Task.WhenAll(asked), Assert.True);
        Assert.Equal(1, await _server.CountConnectionsAsync(Token));
        Assert.Equal(master, Assert.Single(Clients(_server)));
    }

    [Fact]
    public async Task A_port_that_can_not_be_asked_for_losses_is_an_error_of_the_host_and_not_of_the_port()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        Task killing = Task.Run(
            async () =>
            {
                while (!over.IsCancellationRequested)
                {
                    foreach (int client in Clients(_server).Where(client => File.Exists(ControlOf(client))))
                    {
                        _ = SendSignal(client, Sigkill);
                    }

                    await Task.Yield();
                }
            },
            Token);

        while (!over.IsCancellationRequested)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
            {
                try
                {
                    Assert.True(await _connection.IsListeningAsync(port, Token));
                }
                catch (IdleHandsException e)
                {
                    Assert.Equal("box", e.Target);
                }
            }));
        }

        await killing;
        Assert.True(await _connection.IsListeningAsync(port, Token));
    }

    [Fact]
    public async Task A_command_that_was_sent_and_not_heard_of_is_not_sent_again()
    {
        // Its begin is never heard.
        using var shell = new SampleModelFile("shell", "#!/bin/sh\nexec sh 2>/dev/null\n");
        File.SetUnixFileMode(shell.FilePath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using SshServer deaf = await SshServer.StartAsync(new SshServerOptions { LoginShell = shell.FilePath }, Token);
        Task<CommandResult> running = _hosts.Open(deaf.Host("deaf")).RunAsync($"echo run >>{Mark}.all; touch {Mark}; {UntilTheEnd}");
        await WaitForMarkAsync();

        deaf.KillConnections();
        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => running);

        failure.Told("ConnectionLost", FailureKind.Unavailable, "while a command was handed over", "Test-IHHost deaf", "deaf");
        Assert.Equal("run\n", await File.ReadAllTextAsync(Mark + ".all", Token));
    }

    [Fact]
    public async Task Closed_ways_leave_no_client_and_no_file()
    {
        await _connection.OpenAsync(Token);
        string control = ControlOf(Assert.Single(Clients(_server)));
        _server.KillConnections();
        Assert.True((await _connection.RunAsync("true")).Succeeded);
        string second = ControlOf(Assert.Single(Clients(_server)));

        await _hosts.DisposeAsync();

        // A client that was not told to end would stay for 30 s; one that was says so a moment before it has ended.
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Clients(_server).Length > 0)
        {
            await Task.Delay(10, soon.Token);
        }

        Assert.StartsWith("ih-", Path.GetFileName(Path.GetDirectoryName(control)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(control)));
        Assert.False(Directory.Exists(Path.GetDirectoryName(second)));
    }

    /// <summary>The processes of ssh that lead to a server: the one behind the control socket, while no command runs.</summary>
    private static int[] Clients(SshServer server)
    {
        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        return Process.GetProcessesByName("ssh")
            .Select(process => process.Id)
            .Where(id => CommandLine(id) is var words && words.Contains(port) && words.Contains("-M"))
            .Where(id => new LinuxProcessTable().Find(id) is not null)
            .ToArray();
    }

    private static string ControlOf(int client)
    {
        string[] words = CommandLine(client);
        return words.ElementAtOrDefault(Array.IndexOf(words, "-S") + 1) ?? string.Empty;
    }

    private static string[] CommandLine(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
