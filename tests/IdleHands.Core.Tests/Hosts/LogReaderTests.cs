using System.Diagnostics;
using System.Threading.Channels;
using IdleHands.Hosts;
using IdleHands.Hosts.Local;

namespace IdleHands.Core.Tests.Hosts;

public sealed class LogReaderTests : IDisposable
{
    private static readonly LaunchRecord Launch = new()
    {
        LaunchId = "m-1",
        ProcessId = 100,
        StartTime = "1",
        BootId = "boot",
        LogPath = "m.log",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("ih-reader-").FullName;
    private readonly TaskCompletionSource _hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAlive = true;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Log => Path.Combine(_directory, "m.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Write(string text) => File.AppendAllText(Log, text);

    private async Task<string[]> ReadAsync(int? tail = null)
    {
        List<string> lines = [];
        await foreach (string line in new LogReader(Log, new LogReading { Tail = tail }, IsAlive).ReadAsync(Token))
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    /// <summary>The launch is looked at for the first time when the reader knows where to begin.</summary>
    private bool IsAlive(LaunchRecord launch)
    {
        _hasBegun.TrySetResult();
        return _isAlive;
    }

    /// <summary>Follows the log in the background; what is written from now on is new to the reader.</summary>
    private async Task<ChannelReader<string>> FollowAsync(int? tail = null)
    {
        Channel<string> lines = Channel.CreateUnbounded<string>();
        var reading = new LogReading { Tail = tail, Follow = Launch };
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (string line in new LogReader(Log, reading, IsAlive).ReadAsync(Token))
                {
                    lines.Writer.TryWrite(line);
                }

                lines.Writer.Complete();
            }
            catch (Exception e)
            {
                lines.Writer.Complete(e);
            }
        });
        await _hasBegun.Task.WaitAsync(Token);
        return lines.Reader;
    }

    private static async Task<string[]> TakeAsync(ChannelReader<string> lines, int count)
    {
        string[] taken = new string[count];
        for (int index = 0; index < count; index++)
        {
            taken[index] = await lines.ReadAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
        }

        return taken;
    }

    /// <summary>Lets the launch end, and gives what still comes.</summary>
    private async Task<string[]> EndAsync(ChannelReader<string> lines)
    {
        _isAlive = false;
        List<string> rest = [];
        await foreach (string line in lines.ReadAllAsync(Token))
        {
            rest.Add(line);
        }

        return [.. rest];
    }

    [Theory]
    [InlineData("", null, "")]
    [InlineData("a\nb\n", null, "a|b")]
    [InlineData("a\r\nb", null, "a|b")]
    [InlineData("\n\na\n", null, "||a")]
    [InlineData("a\nb\nc\n", 2, "b|c")]
    [InlineData("a\nb\nc", 2, "b|c")]
    [InlineData("a\nb\nc\n", 0, "")]
    [InlineData("a\nb\nc", 0, "")]
    [InlineData("a\nb\nc\n", 3, "a|b|c")]
    [InlineData("a\nb\nc\n", int.MaxValue, "a|b|c")]
    [InlineData("a\n\n", 1, "")]
    [InlineData("a", 1, "a")]
    public async Task Gives_the_lines_or_the_last_of_them(string content, int? tail, string expected)
    {
        Write(content);

        Assert.Equal(expected, string.Join('|', await ReadAsync(tail)));
    }

    [Fact]
    public async Task The_last_lines_of_a_long_log_are_found_from_its_end()
    {
        Write(string.Concat(Enumerable.Range(0, 100_000).Select(number => $"line {number}\n")));

        Assert.Equal(Enumerable.Range(50_000, 50_000).Select(number => $"line {number}"), await ReadAsync(tail: 50_000));
    }

    [Theory]
    [InlineData(null, "H|#|bbbb|cccc|dddd")]
    [InlineData(4, "#|bbbb|cccc|dddd")]
    [InlineData(3, "bbbb|cccc|dddd")]
    [InlineData(2, "cccc|dddd")]
    [InlineData(1, "dddd")]
    public async Task A_log_that_was_begun_anew_is_read_from_its_older_part_on(int? tail, string expected)
    {
        Write("aaaa\nbbbb\ncc");
        LogRotation.Rotate(Log, kept: 8);
        Write("cc\ndddd\n");

        string[] lines = await ReadAsync(tail);

        Assert.Equal(expected, string.Join('|', lines.Select(line => line.StartsWith("# idlehands log, continued: the 5 bytes", StringComparison.Ordinal) ? "H" : line)));
    }

    [Fact]
    public async Task A_log_that_is_being_begun_anew_is_not_read_twice()
    {
        Write("aaaa\nbbbb\ncccc\n");
        LogRotation.Rotate(Log, kept: 10);
        Write("aaaa\nbbbb\ncccc\n"); // As it was before it was cut.

        Assert.Equal(["aaaa", "bbbb", "cccc"], await ReadAsync());
        Assert.Equal(["cccc"], await ReadAsync(tail: 1));
    }

    [Fact]
    public async Task An_older_part_that_somebody_else_made_comes_before()
    {
        await File.WriteAllTextAsync(Log + ".1", "one\ntwo", Token);
        Write("three\n");

        Assert.Equal(["one", "two", "three"], await ReadAsync());
    }

    [Fact]
    public async Task A_log_that_is_not_there_is_named()
    {
        var missing = await Assert.ThrowsAsync<IdleHandsException>(() => ReadAsync());
        Directory.CreateDirectory(Log);
        var unreadable = await Assert.ThrowsAsync<IdleHandsException>(() => ReadAsync());

        Assert.Equal(("LogNotFound", "LogUnreadable"), (missing.ErrorId, unreadable.ErrorId));
        Assert.Contains(Log, missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_comes_line_by_line_and_half_a_line_at_the_end_only()
    {
        Write("one\ntw");
        ChannelReader<string> lines = await FollowAsync();
        Assert.Equal(["one"], await TakeAsync(lines, 1));
        Write("o\nthree\nfo");
        Assert.Equal(["two", "three"], await TakeAsync(lines, 2));
        Write("ur");

        Assert.Equal(["four"], await EndAsync(lines));
    }

    [Theory]
    [InlineData(0, "three|four")]
    [InlineData(1, "two|three|four")]
    public async Task Following_begins_with_whole_lines(int tail, string expected)
    {
        Write("one\ntwo\nthr");
        ChannelReader<string> lines = await FollowAsync(tail);
        Write("ee\nfour\n");

        Assert.Equal(expected, string.Join('|', await TakeAsync(lines, expected.Split('|').Length)));
        Assert.Empty(await EndAsync(lines));
    }

    [Fact]
    public async Task What_a_launch_that_ends_had_written_is_read_to_its_end()
    {
        Write("one\n");
        ChannelReader<string> lines = await FollowAsync();
        await TakeAsync(lines, 1);
        Write(string.Concat(Enumerable.Range(0, 50_000).Select(number => $"line {number}\n")));

        Assert.Equal(50_000, (await EndAsync(lines)).Length);
    }

    [Fact]
    public async Task A_log_that_is_begun_anew_is_followed_without_a_loss()
    {
        ChannelReader<string> lines = await FollowAsync();
        int written = 0;
        int read = 0;
        for (int round = 0; round < 8; round++)
        {
            // The last of the line before, then whole ones, then the first of the next.
            string[] some = [.. Enumerable.Range(0, 20 + (round * 7)).Select(_ => $"line {written++}")];
            Write((round == 0 ? string.Empty : "end\n") + string.Join('\n', some) + "\nhalf and ");
            if (round % 2 == 1)
            {
                LogRotation.Rotate(Log, kept: 10_000);
            }

            string[] expected = round == 0 ? some : ["half and end", .. some];
            read += expected.Length;
            Assert.Equal(expected, await TakeAsync(lines, expected.Length));
        }

        Assert.Equal(["half and "], await EndAsync(lines));
    }

    [Fact]
    public async Task What_is_lost_between_two_parts_is_said()
    {
        Write("one\n");
        List<string> lines = [];
        await foreach (string line in new LogReader(Log, new LogReading(), IsAlive).ReadAsync(Token))
        {
            lines.Add(line);
            if (lines.Count == 1)
            {
                Write("two\nthree\nfour\n");
                LogRotation.Rotate(Log, kept: 5);
                Write("five\n");
            }
        }

        Assert.Equal(["one", "# idlehands log, continued: the 14 bytes before this are not kept", "#", "four", "five"], lines);
    }

    [Fact]
    public async Task A_log_that_is_emptied_is_followed_from_its_start()
    {
        LogRotationBefore();
        Write("one\ntwo\n");
        ChannelReader<string> lines = await FollowAsync(tail: 2);
        await TakeAsync(lines, 2);
        await File.WriteAllTextAsync(Log, "three\n", Token);
        Assert.Equal(["three"], await TakeAsync(lines, 1));

        // Longer than it was: only what stands in it tells.
        await File.WriteAllTextAsync(Log, "four and more\nfive\n", Token);
        Assert.Equal(["four and more", "five"], await TakeAsync(lines, 2));
        Assert.Empty(await EndAsync(lines));
    }

    /// <summary>Leaves an older part that has nothing to do with what comes.</summary>
    private void LogRotationBefore()
    {
        Write(new string('x', 500) + "\nold\n");
        LogRotation.Rotate(Log, kept: 5);
    }

    [Fact]
    public async Task A_log_that_is_renamed_is_read_to_its_end_and_the_new_one_from_its_start()
    {
        ChannelReader<string> lines = await FollowAsync();
        await File.WriteAllTextAsync(Log, "one\n", Token);
        await TakeAsync(lines, 1);
        Write("two\nthr");
        File.Move(Log, Log + ".1");
        await File.AppendAllTextAsync(Log + ".1", "ee\nleft", Token);
        Assert.Equal(["two", "three"], await TakeAsync(lines, 2));
        Write("a new one that is longer\n");

        Assert.Equal(["left", "a new one that is longer"], await TakeAsync(lines, 2));
        await File.WriteAllTextAsync(Log, "emptied\n", Token);
        Assert.Equal(["emptied"], await EndAsync(lines));
    }

    [Fact]
    public async Task A_log_that_is_away_for_a_moment_is_followed_on()
    {
        Write("one\n");
        ChannelReader<string> lines = await FollowAsync();
        await TakeAsync(lines, 1);
        File.Move(Log, Log + ".away");
        await File.AppendAllTextAsync(Log + ".away", "two\n", Token);
        Assert.Equal(["two"], await TakeAsync(lines, 1));
        File.Move(Log + ".away", Log);
        Write("three\n");

        Assert.Equal(["three"], await EndAsync(lines));
    }

    [Fact]
    public async Task A_writer_that_changes_its_file_loses_no_line()
    {
        const string Script = """
            exec >>"$1"
            i=0
            while [ $i -lt 4000 ]; do
                echo "line $i"
                i=$((i+1))
                if [ $((i % 1000)) -eq 0 ]; then
                    mv "$1" "$1.1"
                    exec >>"$1"
                    sleep 0.4
                fi
            done
            """;
        ChannelReader<string> lines = await FollowAsync();
        using var writer = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", Log]))!;

        Assert.Equal(Enumerable.Range(0, 4000).Select(number => $"line {number}"), await TakeAsync(lines, 4000));
        await writer.WaitForExitAsync(Token);
        Assert.Empty(await EndAsync(lines));
    }

    [Fact]
    public async Task The_end_of_a_launch_ends_the_following()
    {
        await using IHostConnection connection = new HostConnections(_directory).Open(new RuntimeHost { Id = "here", DisplayName = "Here", Shell = "sh" });
        LaunchRecord launch = await connection.LaunchAsync(
            new LaunchRequest("m-2", "while :; do echo tick; sleep 0.02; done"), _ => Task.CompletedTask, Token);
        List<string> lines = [];

        await foreach (string line in connection.ReadLogAsync(launch.LogPath!, new LogReading { Follow = launch }, Token))
        {
            lines.Add(line);
            if (lines.Count == 10)
            {
                await connection.SignalAsync(launch, LaunchSignal.Kill, Token);
            }
        }

        Assert.Equal(await File.ReadAllLinesAsync(launch.LogPath!, Token), lines);
        Assert.Equal("tick", lines[^1]);
    }

    [Fact]
    public async Task Who_has_enough_ends_the_following()
    {
        Write("one\n");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        IAsyncEnumerable<string> lines = new LogReader(Log, new LogReading { Follow = Launch }, _ => true).ReadAsync(enough.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string line in lines)
            {
                Assert.Equal("one", line);
                await enough.CancelAsync();
            }
        });
    }
}
