using System.Globalization;
using IdleHands.Hosts;
using IdleHands.Hosts.Local;
using IdleHands.Hosts.Remote;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What the tools of a host print is read for what it says, on Linux, macOS and the BSDs.</summary>
public sealed class RemoteTablesTests
{
    /// <summary>macOS 14: <c>sysctl -n kern.bootsessionuuid</c>, then <c>LC_ALL=C ps -axo pid=,ppid=,pgid=,stat=,time=,lstart=</c>.</summary>
    private const string MacProcesses = """
        boot 6D1F9B2E-7C1A-4B64-9C39-3C5A0E1D2F77
        self 51201
        ps 1     0     1 Ss    31:17.25 Fri Nov  7 08:01:12 2025
        ps 88    1    88 Ss     0:44.02 Fri Nov  7 08:01:31 2025
        ps 51190   501 51190 Ss     0:00.01 Sun Nov 16 22:04:09 2025
        ps 51200 51190 51200 Ss     0:00.02 Sun Nov 16 22:04:10 2025
        ps 51201 51200 51200 S      0:00.01 Sun Nov 16 22:04:10 2025
        ps 61000     1 61000 Ss     0:00.00 Sun Nov 16 21:00:00 2025
        ps 61001 61000 61000 R   1-02:03:04.50 Sun Nov 16 21:00:01 2025
        ps 61002 61000 61000 Z      0:00.00 Sun Nov 16 21:00:01 2025
        ps 61003 61000
        """;

    private const string LinuxProcesses = """
        boot 0b8c3f4e-77b5-4e58-b0e3-1df1ab2f7b7a
        self 4312
        uptime 90061.22 355021.10
        tick 100
        mark 4001 IDLEHANDS_LAUNCH_ID=qwen-20251116T220409-0a1b2c
        1 (systemd) S 0 1 1 0 -1 4194560 26417 1 84 9 55 66 1 2 20 0 1 0 4 171000000 3000 18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 2 0 0 0 0 0 0 0 0 0 0 0 0 0
        4000 (sh) S 1 4000 4000 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 8900000 2600000 200 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        4001 (tmux: (x) S y) R 4000 4000 4000 0 -1 4194304 100 0 0 0 700 50 0 0 20 0 9 0 8900010 2600000 200 18446744073709551615 1 1 0 0 0 0 0 0 65538 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        4002 (gone) Z 4000 4000 4000 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 9 0 8900010 0 0 18446744073709551615 0 0 0 0 0 0 0 0 65538 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        not a line of any table
        """;

    private static RemoteProcesses Parse(string text) => RemoteProcesses.Parse(text.Split('\n'));

    private static long Seconds(string time) =>
        (long)(DateTime.ParseExact(time, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) - DateTime.UnixEpoch).TotalSeconds;

    [Fact]
    public void Processes_of_macOS_are_known_by_group_start_and_CPU_time()
    {
        RemoteProcesses processes = Parse(MacProcesses);

        Assert.Equal(("6D1F9B2E-7C1A-4B64-9C39-3C5A0E1D2F77", 51201), (processes.BootId, processes.OwnId));
        Assert.Equal([61000, 61001], processes.OfSession(61000).Select(process => process.Id).Order());
        Assert.Equal(Seconds("2025-11-16 21:00:01"), processes.Find(61001)!.Value.StartTime);
        Assert.Equal(61000, processes.Find(61001)!.Value.ParentId);
        Assert.Equal((((((24 + 2) * 60) + 3) * 60) + 4) * 100 + 50, processes.MeasureActivity([61001]));
        Assert.Null(processes.Find(61002));
        Assert.True(processes.Leads(61000));
        Assert.False(processes.Leads(61001));
    }

    [Fact]
    public void A_process_of_macOS_is_signalled_by_its_start_as_ps_writes_it_with_single_blanks()
    {
        RemoteProcesses processes = Parse(MacProcesses);

        Assert.Equal("88:Fri Nov 7 08:01:31 2025", processes.Identity(88));
        Assert.Equal("61000:Sun Nov 16 21:00:00 2025", processes.Identity(61000));
    }

    [Fact]
    public void Processes_of_Linux_are_known_by_session_start_and_mark_whatever_their_name()
    {
        RemoteProcesses processes = Parse(LinuxProcesses);

        Assert.Equal([4000, 4001], processes.OfSession(4000).Select(process => process.Id).Order());
        Assert.Equal(("4001:8900010", 8900010L), (processes.Identity(4001), processes.Find(4001)!.Value.StartTime));
        Assert.True(processes.TryReadEnvironment(4001, LaunchFinder.Mark, out string? launch));
        Assert.Equal("qwen-20251116T220409-0a1b2c", launch);
        Assert.False(processes.TryReadEnvironment(4000, LaunchFinder.Mark, out _));
        Assert.Null(processes.Find(4002));
        var now = new DateTimeOffset(2025, 11, 16, 22, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddSeconds(-1061.22), processes.StartedAt(processes.Find(4000)!.Value, now));
    }

    [Theory]
    [InlineData("0:00.03", 3)]
    [InlineData("12:34.50", 75450)]
    [InlineData("123:45.67", 742567)]
    [InlineData("01:02:03", 372300)]
    [InlineData("2-00:00:01", 17280100)]
    public void CPU_time_is_read_in_all_its_forms(string text, long hundredths) => Assert.Equal(hundredths, RemoteProcesses.CpuTime(text));

    [Fact]
    public void Lsof_names_who_listens_and_whether_only_the_host_reaches_it()
    {
        string[] own = ["lsof p812", "lsof cllama-server", "lsof f6", "lsof n127.0.0.1:8080", "lsof f7", "lsof n[::1]:8080"];
        string[] open = ["lsof p812", "lsof cllama-server", "lsof f6", "lsof n*:8080"];

        Assert.Equal(new PortHolder(8080, 812, "llama-server") { IsLoopback = true }, Assert.Single(RemotePorts.Parse(own, 8080)));
        Assert.Equal(new PortHolder(8080, 812, "llama-server"), Assert.Single(RemotePorts.Parse(open, 8080)));
    }

    [Fact]
    public void Each_process_that_lsof_names_is_judged_by_its_own_addresses()
    {
        string[] two = ["lsof p812", "lsof cllama-server", "lsof f6", "lsof n127.0.0.1:8080", "lsof p900", "lsof cnginx", "lsof f9", "lsof n192.168.1.5:8080"];

        Assert.Equal(
            [new PortHolder(8080, 812, "llama-server") { IsLoopback = true }, new PortHolder(8080, 900, "nginx") { IsReached = false }],
            RemotePorts.Parse(two, 8080));
    }

    [Theory]
    [InlineData("tcp4       0      0  127.0.0.1.8080         *.*                    LISTEN", true)]
    [InlineData("tcp6       0      0  ::1.8080               *.*                    LISTEN", true)]
    [InlineData("tcp46      0      0  *.8080                 *.*                    LISTEN", false)]
    [InlineData("tcp        0      0 127.0.0.1:8080          0.0.0.0:*               LISTEN", true)]
    [InlineData("tcp        0      0 0.0.0.0:8080            0.0.0.0:*               LISTEN", false)]
    public void Netstat_tells_that_somebody_listens_and_not_who(string line, bool isLoopback) =>
        Assert.Equal(new PortHolder(8080, null, null) { IsLoopback = isLoopback }, Assert.Single(RemotePorts.Parse(["netstat " + line], 8080)));

    [Fact]
    public void The_table_of_Linux_names_each_holder_and_one_that_is_hidden()
    {
        string[] lines =
        [
            "socket 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0",
            "socket 1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000000000000000 100 0 0 10 0",
            "holder 812 31337 llama server",
        ];

        Assert.Equal(
            [new PortHolder(8080, 812, "llama server") { IsLoopback = true }, new PortHolder(8080, null, null) { IsReached = false }],
            RemotePorts.Parse(lines, 8080));
    }

    [Fact]
    public void Nobody_is_told_where_nobody_listens() => Assert.Empty(RemotePorts.Parse(["boot x", "self 4"], 8080));
}
