using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Whatever a login says, whoever it is, and whatever its shell is: commands, launches, files and logs come through.</summary>
public sealed class SshLoginTests
{
    /// <summary>As fish or csh would, it takes words and nothing that only a POSIX shell understands.</summary>
    private const string PlainShell = """
        #!/bin/sh
        [ "$1" = -c ] || exit 99
        case $2 in *[!a-z]*) echo "syntax error in: $2" >&2; exit 98 ;; esac
        exec "$2"
        """;

    public SshLoginTests() => SshRun.NeedsSshd();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_banner_is_no_output() =>
        AllWorksAsync(new SshServerOptions { Banner = "Authorized use only\nPermission denied is what you get otherwise\n" });

    [Theory]
    [InlineData("echo noise; echo more >&2\n")]
    [InlineData("printf 'no line end'; printf 'nor here' >&2")]
    [InlineData("cd /; HISTFILE=; umask 000; printf '\\033[1m\\000'; yes noise | head -c 200000")]
    public Task What_a_start_up_file_prints_is_no_output(string bashRc) => AllWorksAsync(new SshServerOptions { BashRc = bashRc });

    [Fact]
    public async Task A_login_shell_that_is_no_POSIX_shell_is_enough()
    {
        using var shell = new SampleModelFile("shell", PlainShell);
        File.SetUnixFileMode(shell.FilePath, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        await AllWorksAsync(new SshServerOptions { LoginShell = shell.FilePath });
    }

    [Fact]
    public Task A_home_may_have_spaces_and_quotes() => AllWorksAsync(new SshServerOptions { HomeName = " my 'ho\\me $x" });

    [Theory]
    [InlineData("::1")]
    [InlineData("[::1]")]
    public async Task An_IPv6_address_is_taken_bare_and_in_brackets(string address)
    {
        Assert.SkipUnless(CanBind(IPAddress.IPv6Loopback), "::1 can't be bound here");
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { ListenAddress = "::1" }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();

        await AllWorksAsync(server, hosts.Open(server.Host() with { HostName = address }));
    }

    [Fact]
    public async Task A_name_with_a_dot_logs_in_by_key()
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);
        await using HostConnections hosts = RemoteHosts.Connections();

        CommandResult result = await hosts.Open(server.Host()).RunAsync("id -un; pwd");

        Assert.Contains('.', user.Name);
        Assert.Equal($"{user.Name}\n{server.Home}\n", result.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_password_logs_in_and_is_seen_nowhere(bool byReference)
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);
        string variable = $"IH_TEST_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(variable, byReference ? user.Password : null);
        try
        {
            await using HostConnections hosts = RemoteHosts.Connections();
            IHostConnection connection = hosts.Open(ByPassword(server, new Secret(byReference ? "env:" + variable : user.Password)));

            CommandResult result = await connection.RunAsync($"id -un; env; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");

            Assert.StartsWith(user.Name + "\n", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(user.Password, result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(user.Password, CommandLines(), StringComparison.Ordinal);
            Assert.DoesNotContain(OwnFiles(), file => File.ReadAllText(file).Contains(user.Password, StringComparison.Ordinal));
            server.KillConnections();
            Assert.Equal($"{user.Name}\n", (await connection.RunAsync("id -un")).Output);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task A_wrong_password_is_a_failed_authentication_after_one_try()
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(ByPassword(server, new Secret("not it at all")));

        failure.Told("AuthenticationFailed", FailureKind.Permission, "Permission denied", "Set-IHHost box");
        Assert.DoesNotContain("not it at all", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Log, line => line.StartsWith("Failed password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_key_that_is_not_known_is_not_accepted_for_want_of_a_terminal_and_no_password_is_told()
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);

        IdleHandsException failure = await RemoteHosts.FailAsync(ByPassword(server, new Secret(user.Password)) with
        {
            SshOption = new NameList("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "PubkeyAuthentication=no"),
        });

        Assert.Equal("HostKeyUnknown", failure.ErrorId);
        Assert.DoesNotContain(server.Log, line => line.Contains("password", StringComparison.Ordinal));
    }

    private static RuntimeHost ByPassword(SshServer server, Secret password) => server.Host() with
    {
        KeyPath = null,
        Password = password,
        SshOption = NameList.From([.. server.Options, "PubkeyAuthentication=no"]),
    };

    private static async Task AllWorksAsync(SshServerOptions options)
    {
        await using SshServer server = await SshServer.StartAsync(options, Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        await AllWorksAsync(server, hosts.Open(server.Host()));
    }

    private static async Task AllWorksAsync(SshServer server, IHostConnection connection)
    {
        using var file = new SampleModelFile("it's tiny.txt", "one\ntwo");
        await connection.CheckAsync(Token);

        CommandResult result = await connection.RunAsync("pwd; echo err >&2; exit 3");
        Assert.Equal((3, server.Home + "\n", "err\n"), (result.ExitCode, result.Output, result.Error));

        Assert.True(await connection.CopyFileAsync(file.FilePath, "~/a dir/copy", Token));
        Assert.Equal("one\ntwo", await File.ReadAllTextAsync(Path.Combine(server.Home, "a dir/copy"), Token));

        IReadOnlyList<FileFact> facts = await connection.StatAsync(["~/a dir/copy", "a dir", "none"], Token);
        Assert.Equal((7, "is a directory", false), (facts[0].Size, facts[1].Problem, facts[2].Exists));

        await using TestLaunch launch = await connection.LaunchAsync("echo \"in $PWD\"; exit 5");
        Assert.Equal(5, (await launch.SeeAsync(seen => seen.ExitCode is not null && !seen.IsAlive)).ExitCode);
        Assert.Equal([$"in {server.Home}"], await connection.ReadLogTailAsync(launch.Record, 5, Token));

        var log = new List<string>();
        await foreach (string line in connection.ReadLogAsync(launch.Record.LogPath!, new LogReading { Tail = 1 }, Token))
        {
            log.Add(line);
        }

        Assert.Equal([$"in {server.Home}"], log);
        Assert.StartsWith(server.Home, launch.Record.LogPath, StringComparison.Ordinal);
    }

    private static string CommandLines() => string.Join('\n', Directory.EnumerateDirectories("/proc")
        .Where(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(directory => Read(Path.Combine(directory, "cmdline"))));

    private static IEnumerable<string> OwnFiles() => Directory.EnumerateDirectories(Path.GetTempPath(), "ih-*")
        .SelectMany(directory => Directory.EnumerateFiles(directory))
        .Where(file => File.GetAttributes(file) is FileAttributes.Normal or FileAttributes.Archive && new FileInfo(file).Length > 0);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty; // It has ended.
        }
    }

    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, 0);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
