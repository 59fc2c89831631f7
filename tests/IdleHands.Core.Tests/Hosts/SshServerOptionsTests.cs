using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What an <see cref="SshServer"/> can be told to be.</summary>
public sealed class SshServerOptionsTests
{
    public SshServerOptionsTests() => SshRun.NeedsSshd();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_bashrc_prints_arrives_before_the_output()
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { BashRc = "echo noise; echo more >&2\n" }, Token);

        ToolRun run = await server.SshAsync("echo \"said by bash ${BASH_VERSION-}\"");

        Assert.SkipWhen(run.Output == "said by bash \n", "the login shell of this user is no bash");
        Assert.StartsWith("noise\nsaid by bash ", run.Output, StringComparison.Ordinal);
        Assert.Equal("more\n", run.Error);
    }

    [Fact]
    public async Task A_banner_arrives_on_the_error_stream()
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { Banner = "Authorized use only\n" }, Token);

        ToolRun run = await server.SshAsync("echo out");

        Assert.Equal(("out\n", "Authorized use only"), (run.Output, run.Error.TrimEnd()));
    }

    [Fact]
    public async Task A_session_beyond_the_limit_of_its_connection_is_refused()
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { MaxSessions = 1 }, Token);
        string control = Path.Combine(Path.GetDirectoryName(server.KeyPath)!, "control");
        (Process session, _) = await server.StartSessionAsync("echo up; exec cat", "-M", "-S", control);
        using Process first = session;

        // It would open a connection of its own next.
        ToolRun second = await server.SshWithAsync(["-S", control, "-o", "ProxyCommand=false"], "true");

        Assert.Contains("Session open refused by peer", second.Error, StringComparison.Ordinal);
        Assert.Equal((255, 1), (second.ExitCode, await server.CountConnectionsAsync(Token)));
    }

    [Fact]
    public async Task A_connection_beyond_those_that_may_wait_for_their_login_is_dropped()
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { MaxStartups = "1" }, Token);
        using var waiting = new TcpClient(server.Address, server.Port);
        await server.WaitForConnectionsAsync(1, Token);

        ToolRun run = await server.SshAsync("true");

        Assert.Equal((255, 1), (run.ExitCode, await server.CountConnectionsAsync(Token)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Forwarding_is_allowed_or_not(bool allowed)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { AllowTcpForwarding = allowed }, Token);
        string itself = string.Create(CultureInfo.InvariantCulture, $"{server.Address}:{server.Port}");

        ToolRun run = await server.SshWithAsync(["-W", itself]);

        Assert.Equal(allowed, run.Output.StartsWith("SSH-2.0-", StringComparison.Ordinal));
        Assert.Equal(!allowed, run.Error.Contains("administratively prohibited", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("echo  two   blanks 'quo\"ted' \"$HOME\" \\\\ ; é\n# second line")]
    [InlineData(null)]
    public async Task A_stand_in_gets_what_a_login_shell_gets(string? command)
    {
        using var shell = new SampleModelFile("my 'shell", """
            #!/bin/sh
            printf '%s' "$#"
            for word; do printf '[%s]' "$word"; done
            printf '<%s><%s>' "$SHELL" "${SSH_ORIGINAL_COMMAND-none}"
            """);
        File.SetUnixFileMode(shell.FilePath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { LoginShell = shell.FilePath }, Token);

        ToolRun run = await server.SshWithAsync(["-T"], command is null ? [] : [command]);

        Assert.Equal($"{(command is null ? "0" : $"2[-c][{command}]")}<{shell.FilePath}><none>", run.Output);
    }

    [Theory]
    [InlineData("home")]
    [InlineData("it's a \"ho\\me\" $x %h #1 é")]
    public async Task Home_may_have_any_name(string name)
    {
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { HomeName = name }, Token);

        ToolRun run = await server.SshAsync("cd; pwd");

        Assert.Equal((server.Home + "\n", name), (run.Output, Path.GetFileName(server.Home)));
    }

    [Fact]
    public async Task It_listens_on_the_loopback_of_IPv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && File.Exists("/proc/net/if_inet6"), "there is no IPv6 here");
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { ListenAddress = "::1" }, Token);

        ToolRun run = await server.SshAsync("echo \"$SSH_CONNECTION\"");

        Assert.StartsWith("::1 ", run.Output, StringComparison.Ordinal);
    }
}
