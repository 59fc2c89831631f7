using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class LogHeaderTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 23, 41, 0, TimeSpan.FromHours(1));
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-header-").FullName;
    private readonly string _connectionLogs;
    private readonly IHostConnection _connection;

    public LogHeaderTests()
    {
        _connectionLogs = Path.Combine(_directory, "logs");
        _connection = new HostConnections(_connectionLogs).Open(new RuntimeHost { Id = "here", DisplayName = "Here", Shell = "sh" });
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Launches a command that ends at once, and waits for its end.</summary>
    private async Task<(LaunchRecord Launch, LaunchObservation End)> RunAsync(string command, string? header = "model m on host here, backend none")
    {
        LaunchRecord launch = await _connection.LaunchAsync(new LaunchRequest("m-1", command) { Header = header }, _ => Task.CompletedTask, Token);
        while (true)
        {
            LaunchObservation seen = await _connection.ObserveAsync(launch, Token);
            if (seen is { ExitCode: not null, IsAlive: false })
            {
                return (launch, seen);
            }

            await Task.Delay(10, Token);
        }
    }

    [Fact]
    public async Task A_log_begins_with_what_is_launched_and_by_which_command()
    {
        (LaunchRecord launch, _) = await RunAsync("echo one\n# two\n\necho three");

        string[] lines = await File.ReadAllLinesAsync(launch.LogPath!, Token);
        Assert.Matches("^# idlehands launch m-1: model m on host here, backend none, started 20[0-9-]{8}T[0-9:]{8}Z$", lines[0]);
        Assert.Equal(["# command: echo one", "# # two", "# ", "# echo three", "#", "one", "three"], lines[1..]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(launch.LogPath!));
    }

    [Fact]
    public async Task The_end_of_a_log_is_what_the_server_said()
    {
        (LaunchRecord launch, LaunchObservation end) = await RunAsync("echo '# idlehands is not the only one'; echo '#'; echo '# out of memory'");

        Assert.Equal(["# idlehands is not the only one", "#", "# out of memory"], await _connection.ReadLogTailAsync(launch, 10, Token));
        Assert.Equal("# out of memory", end.LastLogLine);
    }

    [Fact]
    public async Task A_server_that_said_nothing_has_an_empty_log()
    {
        (LaunchRecord launch, LaunchObservation end) = await RunAsync(": out of memory");

        Assert.Empty(await _connection.ReadLogTailAsync(launch, 10, Token));
        Assert.Null(end.LastLogLine);
    }

    [Fact]
    public async Task A_command_longer_than_the_end_that_is_looked_at_is_not_seen_either()
    {
        (LaunchRecord launch, LaunchObservation end) = await RunAsync($": {new string('x', 100_000)}; echo hello");

        Assert.Equal(["hello"], await _connection.ReadLogTailAsync(launch, 10, Token));
        Assert.Equal("hello", end.LastLogLine);
    }

    [Fact]
    public async Task The_end_goes_on_into_the_part_that_was_kept_of_a_log_begun_anew()
    {
        (LaunchRecord launch, _) = await RunAsync("echo one; echo two");
        LogRotation.Rotate(launch.LogPath!, kept: 4);
        await File.AppendAllTextAsync(launch.LogPath!, "three\n", Token);

        Assert.Equal(["two", "three"], await _connection.ReadLogTailAsync(launch, 10, Token));
    }

    [Fact]
    public void What_a_server_writes_like_a_header_is_none()
    {
        foreach (string content in new[] { "", "#", "# \n#\n", "# idlehands launch x\nbut no end\n", "hello\n# idlehands launch x\n#\n" })
        {
            using var log = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
            Assert.Empty(LogHeader.Read(log));
        }
    }

    [Fact]
    public void How_much_is_not_kept_is_read_back()
    {
        using var log = new MemoryStream([.. LogHeader.Continued(17_000_000_000), .. "line\n"u8]);
        byte[] header = LogHeader.Read(log);

        Assert.Equal(17_000_000_000, LogHeader.NotKept(header));
        Assert.Equal(log.Length - 5, header.Length);
        LogHeader.Write(Path.Combine(_directory, "x.log"), new LaunchRequest("x", "c"), Now);
        Assert.Equal("# idlehands launch x: started 2026-11-25T22:41:00Z\n# command: c\n#\n", File.ReadAllText(Path.Combine(_directory, "x.log")));
        Assert.Null(LogHeader.NotKept(File.ReadAllBytes(Path.Combine(_directory, "x.log"))));
    }
}
