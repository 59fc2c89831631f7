using System.Globalization;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>A host that can't be reached over ssh says why, by an id that stays, in the words of ssh, and what to do.</summary>
public sealed class SshFaultTests
{
    public SshFaultTests() => SshRun.NeedsSshd();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RuntimeHost Nowhere => new()
    {
        Id = "box",
        DisplayName = "Box",
        Transport = HostTransport.Ssh,
        HostName = "127.0.0.1",
        UserName = "me",
        CheckTimeoutSec = 30,
        SshOption = new NameList("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"),
    };

    [Fact]
    public async Task A_key_that_is_not_let_in_is_a_failed_authentication()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(server.Host() with { KeyPath = server.WrongKeyPath });

        failure.Told("AuthenticationFailed", FailureKind.Permission, "Permission denied (publickey", "Set-IHHost box");
    }

    [Fact]
    public async Task What_ssh_says_is_heard_also_where_its_words_are_turned_off()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(server.Host() with
        {
            KeyPath = server.WrongKeyPath,
            SshOption = NameList.From([.. server.Options, "LogLevel=QUIET"]),
        });

        failure.Told("AuthenticationFailed", FailureKind.Permission, "Permission denied (publickey", "Set-IHHost box");
    }

    [Fact]
    public async Task A_host_key_that_has_changed_is_never_accepted_and_the_old_one_s_place_is_named()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        await using (HostConnections hosts = RemoteHosts.Connections())
        {
            Assert.True((await hosts.Open(server.Host()).RunAsync("true")).Succeeded);
        }

        await server.ReplaceHostKeyAsync(Token);
        IdleHandsException failure = await RemoteHosts.FailAsync(server.Host());
        IdleHandsException unseen = await RemoteHosts.FailAsync(server.Host() with
        {
            SshOption = NameList.From(["StrictHostKeyChecking=accept-new", .. server.Options]),
        });

        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        failure.Told("HostKeyChanged", FailureKind.Permission, server.KnownHostsPath, $"ssh-keygen -f '{server.KnownHostsPath}' -R '[127.0.0.1]:{port}'");
        Assert.Equal("HostKeyChanged", unseen.ErrorId);
    }

    [Fact]
    public async Task A_host_whose_key_is_not_known_is_not_reached()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(server.Host() with
        {
            SshOption = NameList.From(["UserKnownHostsFile=/dev/null", .. server.Options]),
        });

        failure.Told("HostKeyUnknown", FailureKind.Permission, "Host key verification failed", "ssh -v ");
        Assert.Contains("Set-IHHost box -SshOption StrictHostKeyChecking=accept-new", failure.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_on_which_nobody_listens_refuses()
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(Nowhere with { Port = SampleServerProcess.FindFreePort() });

        failure.Told("ConnectionRefused", FailureKind.Unavailable, "Connection refused", "Set-IHHost box -Port");
    }

    [Fact]
    public async Task A_name_that_can_not_be_resolved_is_not_known()
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(Nowhere with { HostName = "nowhere.invalid" });

        failure.Told("HostNameUnknown", FailureKind.NotFound, "Could not resolve hostname nowhere.invalid", "Set-IHHost box -HostName");
    }

    [Fact]
    public async Task A_host_that_takes_the_connection_and_never_answers_is_given_up_once_for_all_who_wait()
    {
        await using var hanging = new HangingServer();
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(Nowhere with { Port = hanging.Port, CheckTimeoutSec = 1 });

        IdleHandsException[] failures = await Task.WhenAll(Enumerable.Range(0, 5)
            .Select(_ => Assert.ThrowsAsync<IdleHandsException>(() => connection.StatAsync(["/"], Token))));

        failures[0].Told("ConnectionTimeout", FailureKind.Timeout, "timed out", "Set-IHHost box -CheckTimeoutSec");
        Assert.All(failures, failure => Assert.Equal("ConnectionTimeout", failure.ErrorId));
        Assert.Equal(1, hanging.ConnectionCount);
    }

    [Theory]
    [InlineData("NoSuchOption=yes", "Bad configuration option")]
    [InlineData("StrictHostKeyChecking=perhaps", "unsupported option")]
    [InlineData("ServerAliveInterval=often", "invalid time value")]
    [InlineData("BatchMode", "line 0")]
    public async Task An_option_that_ssh_does_not_take_is_invalid(string option, string said)
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(Nowhere with { SshOption = new NameList(option) });

        failure.Told("SshOptionInvalid", FailureKind.InvalidArgument, said, "Set-IHHost box -SshOption");
    }

    [Fact]
    public async Task A_login_without_a_POSIX_shell_is_told()
    {
        using var shell = new SampleModelFile("shell", "#!/bin/sh\necho 'no sh here' >&2\nexit 127\n");
        File.SetUnixFileMode(shell.FilePath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { LoginShell = shell.FilePath }, Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(server.Host());

        failure.Told("RemoteShellNotFound", FailureKind.Unavailable, "no sh here", $"ssh -v -p {server.Port.ToString(CultureInfo.InvariantCulture)} ");
        Assert.Equal(1, await server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task A_login_that_says_back_what_it_reads_shows_no_secret()
    {
        using var shell = new SampleModelFile("shell", "#!/bin/sh\ncat >&2\nexit 1\n");
        File.SetUnixFileMode(shell.FilePath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { LoginShell = shell.FilePath }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        var command = new HostCommand("true", RemoteHosts.Limit) { Environment = new Dictionary<string, string> { ["KEY"] = "s3cr3t-value" } };

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => hosts.Open(server.Host()).RunAsync(command, Token));

        Assert.Equal("RemoteShellNotFound", failure.ErrorId);
        Assert.DoesNotContain("s3cr3t-value", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_failed_once_works_when_its_cause_is_gone()
    {
        await using SshServer server = await SshServer.StartAsync(cancellationToken: Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(server.Host());
        await server.StopAsync();
        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => connection.OpenAsync(Token));

        await server.RestartAsync(Token);
        await connection.OpenAsync(Token);

        Assert.Equal("ConnectionRefused", failure.ErrorId);
        Assert.True((await connection.RunAsync("true")).Succeeded);
    }
}
