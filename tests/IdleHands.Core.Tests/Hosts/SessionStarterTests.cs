using IdleHands.Hosts;
using IdleHands.Hosts.Local;

namespace IdleHands.Core.Tests.Hosts;

public sealed class SessionStarterTests
{
    public static TheoryData<string> Starters() => [.. SessionStarter.All().Select(words => Path.GetFileName(words[0]))];

    [Theory]
    [MemberData(nameof(Starters))]
    public async Task Every_starter_opens_a_session_and_keeps_arguments_as_they_are(string program)
    {
        NameList starter = SessionStarter.All().First(words => Path.GetFileName(words[0]) == program);
        var table = new LinuxProcessTable();
        var platform = new UnixPlatform(table, starter);
        var environment = new Dictionary<string, string>();

        using ILocalCommand command = platform.StartCommand(new ShellCommand("sh", "printf '%s ' $$ 'it'\\''s'; ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat", "/", environment));
        int exitCode = await command.WaitAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(command.Output);
        string[] words = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(0, exitCode);
        Assert.Equal("it's", words[1]);
        Assert.Equal(words[0], words[2]);
    }

    [Fact]
    public async Task Without_any_starter_a_launch_says_what_to_install()
    {
        var platform = new UnixPlatform(new LinuxProcessTable(), sessionStarter: null);
        var files = LaunchFiles.In(Path.GetTempPath(), "m-none");

        var e = await Assert.ThrowsAsync<IdleHandsException>(() => platform.StartDetachedAsync(
            "m-none", new ShellCommand("sh", "true", "/", new Dictionary<string, string>()), files, _ => Task.CompletedTask, TestContext.Current.CancellationToken));

        Assert.Contains("setsid", e.Recommendation, StringComparison.Ordinal);
    }
}

public sealed class LinuxTableTests
{
    [Fact]
    public void A_process_name_with_blanks_and_parentheses_is_read_over()
    {
        UnixProcess? process = LinuxProcessTable.ParseStat("42 (a) b (c) S 1 40 39 0 -1 4194560 1 2 3 4 7 8 0 0 20 0 1 0 123456 1 2");

        Assert.Equal(new UnixProcess(42, 39, 123456, 15, 1), process);
    }

    [Fact]
    public void A_zombie_does_not_live() =>
        Assert.Null(LinuxProcessTable.ParseStat("42 (a) Z 1 40 39 0 -1 4194560 1 2 3 4 7 8 0 0 20 0 1 0 123456 1 2"));

    [Fact]
    public void Only_listening_sockets_of_the_port_count()
    {
        const string Table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
               1: 0100007F:1F90 0100007F:A0B0 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
               2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
            """;

        Assert.Equal([new ListeningSocket("111", "0100007F")], LinuxPortTable.Listeners(Table, 8080));
    }

    [Fact]
    public void Of_two_listeners_a_client_reaches_the_one_on_its_very_address()
    {
        ListeningSocket everywhere = new("1", "00000000");
        ListeningSocket loopback = new("2", "0100007F");
        ListeningSocket other = new("3", "00000000000000000000000001000000");

        Assert.Equal([("socket:[1]", true), ("socket:[3]", false)], LinuxPortTable.Reached([everywhere, other]).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("socket:[1]", false), ("socket:[2]", true)], LinuxPortTable.Reached([everywhere, loopback]).Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void The_field_output_of_lsof_names_the_holders() =>
        Assert.Equal(
            [new IdleHands.Hosts.PortHolder(8080, 12, "llama-server"), new IdleHands.Hosts.PortHolder(8080, 13, "nginx")],
            LsofPortTable.Parse("p12\ncllama-server\nf3\np13\ncnginx\nf7\n", 8080));
}
