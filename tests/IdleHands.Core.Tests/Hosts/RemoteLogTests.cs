using System.Threading.Channels;
using IdleHands.Hosts;
using IdleHands.Hosts.Remote;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Logs on another host are read, followed and bounded as those on this machine are.</summary>
public sealed class RemoteLogTests(SshTransport transport) : IClassFixture<SshTransport>, IAsyncDisposable
{
    private const long TooLong = 33 << 20;

    private readonly HostConnections _hosts = RemoteHosts.Connections();
    private readonly SampleModelFile _files = new();
    private readonly TaskCompletionSource _hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAlive = true;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IHostConnection Connection => _hosts.Open(transport.Server.Host());

    private string Logs => transport.LogDirectory!;

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _files.Dispose();
    }

    private async Task<string[]> ReadAsync(string log, int? tail)
    {
        List<string> lines = [];
        await foreach (string line in Connection.ReadLogAsync(log, new LogReading { Tail = tail }, Token))
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    private string NewLog(string text)
    {
        Directory.CreateDirectory(Logs);
        string log = Path.Combine(Logs, $"r-{Guid.NewGuid():N}.log");
        File.WriteAllText(log, text);
        return log;
    }

    private static LaunchRecord LaunchOf(string log) => new()
    {
        LaunchId = "r-1",
        ProcessId = 1,
        StartTime = "none",
        BootId = "none",
        LogPath = log,
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Follows a log in the background; what is written from now on is new to the reader.</summary>
    private async Task<ChannelReader<string>> FollowAsync(string log, int? tail)
    {
        Channel<string> lines = Channel.CreateUnbounded<string>();
        RuntimeHost host = RemoteHosts.ExecHost(ExecPrefix.Bare(transport.Home));
        var reader = new RemoteLogReader(
            new RemoteShell(new ExecLink(host), host.Id),
            log,
            new LogReading { Tail = tail, Follow = LaunchOf(log) },
            (_, _) =>
            {
                // Asked for the first time when it knows where to begin.
                _hasBegun.TrySetResult();
                return Task.FromResult(_isAlive);
            });
        _ = Task.Run(
            async () =>
            {
                try
                {
                    await foreach (string line in reader.ReadAsync(Token))
                    {
                        lines.Writer.TryWrite(line);
                    }

                    lines.Writer.Complete();
                }
                catch (Exception e)
                {
                    lines.Writer.Complete(e);
                }
            },
            Token);
        await _hasBegun.Task.WaitAsync(Token);
        return lines.Reader;
    }

    private async Task<string[]> RestAsync(ChannelReader<string> lines)
    {
        _isAlive = false;
        return await lines.ReadAllAsync(Token).ToArrayAsync(Token);
    }

    [Fact]
    public async Task As_many_of_the_last_lines_are_read_as_wanted()
    {
        string log = NewLog(string.Concat(Enumerable.Range(1, 30).Select(number => $"line {number}\n")) + "no end");

        Assert.Empty(await ReadAsync(log, 0));
        Assert.Equal(["line 27", "line 28", "line 29", "line 30", "no end"], await ReadAsync(log, 5));
        Assert.Equal(Enumerable.Range(1, 30).Select(number => $"line {number}").Append("no end"), await ReadAsync(log, null));
        Assert.Equal(31, (await ReadAsync(log, 1000)).Length);
    }

    [Fact]
    public async Task A_launch_is_followed_to_its_end()
    {
        string go = Path.Combine(_files.Directory, "go");
        await using TestLaunch launch = await Connection.LaunchAsync(
            $"echo first; while [ ! -e '{go}' ]; do sleep 0.05; done; echo second; printf third");
        await launch.SeeAsync(seen => seen.LastLogLine == "first");

        List<string> lines = [];
        await foreach (string line in Connection.ReadLogAsync(launch.Record.LogPath!, new LogReading { Tail = 1, Follow = launch.Record }, Token))
        {
            lines.Add(line);
            await File.WriteAllTextAsync(go, string.Empty, Token);
        }

        Assert.Equal(["first", "second", "third"], lines);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_follower_loses_nothing_when_the_log_is_begun_anew(int tail)
    {
        string log = NewLog(string.Empty);
        using (FileStream sparse = File.OpenWrite(log))
        {
            sparse.SetLength(TooLong);
            sparse.Position = TooLong;
            sparse.Write("\nlast\n"u8);
        }

        ChannelReader<string> lines = await FollowAsync(log, tail);
        await File.AppendAllTextAsync(log, "before\n", Token);
        await Connection.ObserveAsync(LaunchOf(log), Token);
        long cut = new FileInfo(log).Length;
        await File.AppendAllTextAsync(log, "after\n", Token);

        string[] expected = tail == 1 ? ["last", "before", "after"] : ["before", "after"];
        Assert.Equal(expected, await RestAsync(lines));
        Assert.Equal(0, cut);
        Assert.InRange(new FileInfo(log + ".1").Length, 1, 17 << 20);
    }

    [Fact]
    public async Task A_follower_of_the_end_sees_a_log_begun_anew_before_it_has_read_anything()
    {
        string log = NewLog("old old old old\n");
        ChannelReader<string> lines = await FollowAsync(log, 0);

        await File.WriteAllTextAsync(log, "new and longer than the old one\nlast\n", Token);

        Assert.Equal(["new and longer than the old one", "last"], await RestAsync(lines));
    }

    [Fact]
    public async Task A_log_that_was_removed_is_not_found()
    {
        string log = NewLog("x\n");
        File.Delete(log);

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => ReadAsync(log, null));

        Assert.Equal(("LogNotFound", FailureKind.NotFound, log), (failure.ErrorId, failure.Kind, failure.Target));
        Assert.Contains("Get-IHLog", failure.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_leaves_ten_logs_of_its_model_the_newest_and_those_of_other_models()
    {
        string model = $"t{Guid.NewGuid():N}"[..12];
        string[] old = [.. Enumerable.Range(10, 12).Select(second => $"{model}-20250101T0000{second}-0a1b2c")];
        string other = $"{model}-b-20240101T000000-0a1b2c";
        Directory.CreateDirectory(Logs);
        foreach (string id in old.Append(other))
        {
            await File.WriteAllTextAsync(Path.Combine(Logs, id + ".log"), "x\n", Token);
            await File.WriteAllTextAsync(Path.Combine(Logs, id + ".exit"), "0\n", Token);
            await File.WriteAllTextAsync(Path.Combine(Logs, id + ".go"), "late\n", Token);
        }

        await using TestLaunch launch = await Connection.LaunchAsync("exec sleep 300", id: $"{model}-20250102T000000-0a1b2c");

        string[] kept = [.. old.Skip(3), launch.Record.LaunchId];
        Assert.Equal(kept.Append(other).Order(), Names(model, ".log"));
        Assert.Equal(old.Skip(3).Append(other).Order(), Names(model, ".exit"));
        await launch.SeeAsync(seen => seen.ProcessIds.Count > 0 && !File.Exists(Path.Combine(Logs, launch.Record.LaunchId + ".go")));
        Assert.Equal(old.Skip(3).Append(other).Order(), Names(model, ".go"));
    }

    [Fact]
    public async Task The_log_of_what_runs_is_kept_however_old_it_is()
    {
        string model = $"t{Guid.NewGuid():N}"[..12];
        await using TestLaunch running = await Connection.LaunchAsync("echo up; exec sleep 300", id: $"{model}-20240101T000000-0a1b2c");
        await running.SeeAsync(seen => seen.LastLogLine == "up");
        foreach (int second in Enumerable.Range(10, 12))
        {
            await File.WriteAllTextAsync(Path.Combine(Logs, $"{model}-20250101T0000{second}-0a1b2c.log"), "x\n", Token);
        }

        await using TestLaunch launch = await Connection.LaunchAsync("exec sleep 300", id: $"{model}-20250102T000000-0a1b2c");

        Assert.True(File.Exists(running.Record.LogPath));
        Assert.Contains(launch.Record.LaunchId, Names(model, ".log"));
    }

    private IEnumerable<string> Names(string model, string ending) =>
        Directory.GetFiles(Logs, $"{model}-*{ending}").Select(file => Path.GetFileName(file)[..^ending.Length]).Order();
}
