using System.Diagnostics;
using System.Globalization;
using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What holds for a host however it is reached.</summary>
public abstract class HostConnectionTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _directory;
    private readonly TestTransport _transport;
    private readonly HostConnections _hosts;
    private readonly IHostConnection _connection;
    private readonly List<LaunchRecord> _launches = [];

    protected HostConnectionTests(TestTransport transport)
    {
        _transport = transport;

        // It may skip the test, and what was made before would stay: nobody disposes what was never made.
        RuntimeHost here = Reach("sh");
        _directory = Directory.CreateTempSubdirectory("ih-host-").FullName;
        _hosts = transport.Connections(Path.Combine(_directory, "logs"));
        _connection = _hosts.Open(here);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LaunchRecord launch in _launches)
        {
            await _connection.SignalAsync(launch, LaunchSignal.Kill, CancellationToken.None);
        }

        await _hosts.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RuntimeHost Reach(string shell) => _transport.Reach(new RuntimeHost { Id = "here", DisplayName = "Here", Shell = shell });

    private IHostConnection Open(string shell) => _hosts.Open(Reach(shell));

    private async Task<LaunchRecord> LaunchAsync(string command)
    {
        LaunchRecord launch = await _connection.LaunchAsync(
            new LaunchRequest($"m-{Guid.NewGuid():N}", command),
            record =>
            {
                _launches.Add(record);
                return Task.CompletedTask;
            },
            Token);
        return launch;
    }

    private async Task<LaunchObservation> WaitForAsync(LaunchRecord launch, Func<LaunchObservation, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Limit);
        while (true)
        {
            LaunchObservation seen = await _connection.ObserveAsync(launch, limit.Token);
            if (condition(seen))
            {
                return seen;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task A_command_gives_its_exit_code_and_both_outputs(string shell)
    {
        CommandResult result = await Open(shell).RunAsync(new HostCommand("echo out; echo err >&2; exit 7", Limit), Token);

        Assert.Equal(7, result.ExitCode);
        Assert.Equal("out\n", result.Output);
        Assert.Equal("err\n", result.Error);
        Assert.False(result.TimedOut);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("sh -c 'exit 6'", 6)]
    [InlineData("Write-Error no", 1)]
    [InlineData("Write-Output out", 0)]
    public async Task PowerShell_keeps_the_exit_code_of_what_failed_in_it(string text, int exitCode)
    {
        Assert.SkipWhen(IdleHands.Hosts.Local.Executables.Find("pwsh") is null, "needs pwsh on PATH");

        CommandResult result = await Open("pwsh").RunAsync(new HostCommand(text, Limit), Token);

        Assert.Equal(exitCode, result.ExitCode);
    }

    [Fact]
    public async Task A_limit_longer_than_a_timer_takes_is_no_failure() =>
        Assert.Equal(7, (await _connection.RunAsync(new HostCommand("exit 7", TimeSpan.FromSeconds(int.MaxValue)), Token)).ExitCode);

    [Fact]
    public async Task A_command_starts_in_the_home_directory_without_input()
    {
        CommandResult result = await _connection.RunAsync(new HostCommand("pwd; cat", Limit), Token);

        Assert.Equal(_transport.Home + "\n", result.Output);
    }

    [Fact]
    public async Task A_secret_arrives_in_the_environment_and_is_masked_in_what_comes_back()
    {
        var command = new HostCommand("printf %s \"$TOKEN\" | wc -c; echo \"key $TOKEN\"", Limit)
        {
            Environment = new Dictionary<string, string> { ["TOKEN"] = "it's $x" },
        };

        CommandResult result = await _connection.RunAsync(command, Token);

        Assert.Equal("7\nkey ***\n", result.Output);
    }

    [Fact]
    public async Task The_end_of_a_secret_that_a_long_output_cut_in_two_is_masked()
    {
        const string Secret = "s3cr3t-of-some-length";
        string fill = $"head -c {(64 * 1024) - 8} /dev/zero | tr '\\0' x";

        CommandResult result = await _connection.RunAsync(
            new HostCommand($"printf %s \"$KEY\"; {fill}", Limit) { Environment = new Dictionary<string, string> { ["KEY"] = Secret } }, Token);

        Assert.StartsWith("[…]***xxx", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_background_child_that_holds_the_output_open_does_not_block()
    {
        CommandResult result = await _connection.RunAsync(new HostCommand("sleep 300 & echo $!", Limit), Token);

        int child = int.Parse(result.Output, CultureInfo.InvariantCulture);
        using var sleeper = Process.GetProcessById(child);
        Assert.False(sleeper.HasExited);
        Assert.Equal(0, result.ExitCode);
        sleeper.Kill();
    }

    [Fact]
    public async Task At_its_limit_a_command_is_ended_with_all_it_started()
    {
        string pidFile = Path.Combine(_directory, "pid");
        string text = $"sh -c 'echo $$ > {pidFile}; trap : TERM; while :; do sleep 0.1; done' & wait";

        CommandResult result = await _connection.RunAsync(new HostCommand(text, TimeSpan.FromSeconds(3)), Token);

        Assert.True(result.TimedOut);
        Assert.Null(result.ExitCode);
        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(pidFile, Token), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task At_its_limit_even_a_child_that_left_the_session_is_ended()
    {
        string pidFile = Path.Combine(_directory, "pid");

        CommandResult result = await _connection.RunAsync(
            new HostCommand($"setsid sh -c 'echo $$ > {pidFile}; exec sleep 300' & wait", TimeSpan.FromSeconds(3)), Token);

        Assert.True(result.TimedOut);
        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(pidFile, Token), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_cancelled_command_is_ended_with_all_it_started()
    {
        string pidFile = Path.Combine(_directory, "pid");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<CommandResult> running = _connection.RunAsync(
            new HostCommand($"sleep 300 & echo $! > {pidFile}.new; mv {pidFile}.new {pidFile}; wait", Limit), cancel.Token);
        while (!File.Exists(pidFile))
        {
            await Task.Delay(10, Token);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(pidFile, Token), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Long_output_keeps_its_end()
    {
        CommandResult result = await _connection.RunAsync(new HostCommand("seq 1 200000", Limit), Token);

        Assert.EndsWith("199999\n200000\n", result.Output, StringComparison.Ordinal);
        Assert.InRange(result.Output.Length, 1000, 70_000);
    }

    [Fact]
    public async Task An_unknown_shell_is_named()
    {
        var e = await Assert.ThrowsAsync<IdleHandsException>(() => Open("fish-of-no-kind").RunAsync(new HostCommand("true", Limit), Token));

        Assert.Equal("ShellNotFound", e.ErrorId);
        Assert.Contains("fish-of-no-kind", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_runs_in_a_session_of_its_own_and_logs()
    {
        LaunchRecord launch = await LaunchAsync("echo hello; exec sleep 300");

        LaunchObservation seen = await WaitForAsync(launch, o => o.LastLogLine is not null);

        Assert.Null(seen.ExitCode);
        Assert.Equal("hello", seen.LastLogLine);
        Assert.Contains(launch.ProcessId, seen.ProcessIds);
        Assert.Equal(["hello"], await _connection.ReadLogTailAsync(launch, 5, Token));
    }

    [Fact]
    public async Task The_exit_code_of_a_start_command_is_known()
    {
        LaunchRecord launch = await LaunchAsync("echo broken >&2; exit 3");

        LaunchObservation seen = await WaitForAsync(launch, o => o.ExitCode is not null && !o.IsAlive);

        Assert.Equal(3, seen.ExitCode);
        Assert.Equal("broken", seen.LastLogLine);
    }

    [Fact]
    public async Task A_start_command_that_backgrounds_itself_leaves_its_child_in_the_session()
    {
        LaunchRecord launch = await LaunchAsync("nohup sleep 300 &");

        // One look is not one instant: it may still list the launcher and already know its exit code.
        await WaitForAsync(launch, o => o is { ExitCode: 0, ProcessIds: [var child] } && child != launch.ProcessId);

        await _connection.SignalAsync(launch, LaunchSignal.Terminate, Token);
        await WaitForAsync(launch, o => !o.IsAlive);
    }

    [Fact]
    public async Task A_terminated_launch_still_writes_the_exit_code_down()
    {
        // A child that is forked and not yet what it will be still has the launcher's handler: it must have begun.
        LaunchRecord launch = await LaunchAsync("echo up; exec sleep 300");
        await WaitForAsync(launch, o => o.LastLogLine == "up");

        await _connection.SignalAsync(launch, LaunchSignal.Terminate, Token);

        Assert.Equal(143, (await WaitForAsync(launch, o => o.ExitCode is not null)).ExitCode);
    }

    [Fact]
    public async Task A_launch_that_ignores_TERM_is_killed()
    {
        LaunchRecord launch = await LaunchAsync("trap '' TERM; echo up; while :; do sleep 0.05; done");
        await WaitForAsync(launch, o => o.LastLogLine == "up");

        await _connection.SignalAsync(launch, LaunchSignal.Terminate, Token);
        Assert.True((await _connection.ObserveAsync(launch, Token)).IsAlive);

        await _connection.SignalAsync(launch, LaunchSignal.Kill, Token);
        await WaitForAsync(launch, o => !o.IsAlive);
    }

    [Fact]
    public async Task A_launch_that_can_not_be_recorded_is_never_started()
    {
        string proof = Path.Combine(_directory, "started");
        LaunchRecord? seen = null;

        await Assert.ThrowsAsync<IOException>(() => _connection.LaunchAsync(
            new LaunchRequest($"m-{Guid.NewGuid():N}", $"touch {proof}"),
            record =>
            {
                seen = record;
                throw new IOException("disk full");
            },
            Token));

        await WaitForAsync(seen!, o => !o.IsAlive);
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public async Task A_process_that_got_the_number_of_a_launch_is_neither_seen_nor_signalled()
    {
        LaunchRecord launch = await LaunchAsync("exec sleep 300");
        await WaitForAsync(launch, o => o.ProcessIds.Count > 1);
        LaunchRecord older = launch with { StartTime = "1", LaunchId = "m-other" };
        LaunchRecord otherBoot = launch with { BootId = "another" };

        foreach (LaunchRecord stranger in new[] { older, otherBoot })
        {
            Assert.False((await _connection.ObserveAsync(stranger, Token)).IsAlive);
            await _connection.SignalAsync(stranger, LaunchSignal.Kill, Token);
        }

        Assert.True((await _connection.ObserveAsync(launch, Token)).IsAlive);
    }

    [Fact]
    public async Task A_survivor_of_a_leaderless_session_is_ours_by_its_launch_id_alone()
    {
        LaunchRecord launch = await LaunchAsync("sleep 300 &");
        await WaitForAsync(launch, o => o.ExitCode == 0 && !o.ProcessIds.Contains(launch.ProcessId));

        Assert.False((await _connection.ObserveAsync(launch with { LaunchId = "m-other" }, Token)).IsAlive);
        Assert.True((await _connection.ObserveAsync(launch, Token)).IsAlive);
    }

    [Fact]
    public async Task A_stranger_s_leaderless_session_of_the_launch_s_number_is_neither_seen_nor_signalled()
    {
        CommandResult stranger = await _connection.RunAsync(
            new HostCommand("setsid sh -c 'echo $$; sleep 300 >/dev/null 2>&1 & echo $!'; true", Limit), Token);
        int[] ids = stranger.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        LaunchRecord launch = await LaunchAsync("exec sleep 300");
        LaunchRecord reused = launch with { LaunchId = "m-old", ProcessId = ids[0], StartTime = "1" };

        Assert.False((await _connection.ObserveAsync(reused, Token)).IsAlive);
        await _connection.SignalAsync(reused, LaunchSignal.Kill, Token);
        Assert.True(IsAlive(ids[1]));

        LaunchRecord known = reused with { KnownProcesses = new NameList($"{ids[1]}:{new IdleHands.Hosts.Local.LinuxProcessTable().Find(ids[1])!.Value.StartTime}") };
        await _connection.SignalAsync(known, LaunchSignal.Kill, Token);
        while (IsAlive(ids[1]))
        {
            await Task.Delay(10, Token);
        }
    }

    [Fact]
    public async Task The_holder_of_a_port_is_named()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        // A process that another test is just starting holds what this one has open, until it has become its program.
        IReadOnlyList<PortHolder> holders;
        while ((holders = await _connection.FindPortHoldersAsync(port, null, Token)).Count > 1)
        {
            await Task.Delay(10, Token);
        }

        PortHolder holder = Assert.Single(holders);
        Assert.Equal(Environment.ProcessId, holder.ProcessId);
        Assert.NotNull(holder.ProcessName);
        listener.Stop();
        while ((await _connection.FindPortHoldersAsync(port, null, Token)).Count > 0)
        {
            await Task.Delay(10, Token);
        }
    }

    [Fact]
    public async Task Whether_anybody_listens_is_told_without_asking_who()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        Assert.True(await _connection.IsListeningAsync(port, Token));
        await listener.StopListeningAsync();
        Assert.False(await _connection.IsListeningAsync(port, Token));
    }

    [Fact]
    public async Task A_file_is_measured_behind_its_link_and_a_missing_one_is_told()
    {
        string file = Path.Combine(_directory, "m.gguf");
        await File.WriteAllBytesAsync(file, new byte[1234], Token);
        File.CreateSymbolicLink(file + ".link", file);

        var facts = await _connection.StatAsync([file + ".link", file + ".none", _directory], Token);

        Assert.Equal(1234, facts[0].Size);
        Assert.False(facts[1].Exists);
        Assert.Equal("is a directory", facts[2].Problem);
    }

    [Fact]
    public async Task The_memory_of_a_host_and_its_processes_is_told()
    {
        MemorySnapshot memory = (await _connection.ReadMemoryAsync([Environment.ProcessId, int.MaxValue], Token))!;

        Assert.InRange(memory.AvailableBytes!.Value, 1 << 20, memory.TotalBytes!.Value);
        ProcessMemory own = Assert.Single(memory.Processes);
        Assert.Equal(Environment.ProcessId, own.ProcessId);
        Assert.InRange(own.PrivateBytes!.Value, 1 << 20, own.ResidentBytes);
    }

    [Fact]
    public async Task Parts_of_files_are_read_where_they_are()
    {
        byte[] large = new byte[3 << 20];
        new Random(1).NextBytes(large);
        string file = Path.Combine(_directory, "large file's.gguf");
        await File.WriteAllBytesAsync(file, large, Token);
        await File.WriteAllTextAsync(file + ".empty", string.Empty, Token);
        await File.WriteAllBytesAsync(file + ".small", large[..100], Token);

        IReadOnlyList<OpenedFile> files = await _connection.OpenFilesAsync([file, file + ".none", file + ".empty", _directory, file + ".small"], Token);

        Assert.Equal([3L << 20, null, 0L, null, 100L], files.Select(opened => opened.Fact.Size));
        Assert.Equal([true, false, true, true, true], files.Select(opened => opened.Fact.Exists));
        Assert.Equal("is a directory", files[3].Fact.Problem);
        Assert.Equal([true, false, true, false, true], files.Select(opened => opened.Source is not null));
        Assert.Equal(large[..100], await ReadAsync(files[4].Source!, 0, 200));
        Assert.Empty(await ReadAsync(files[2].Source!, 0, 10));
        Assert.Equal(large[..4096], await ReadAsync(files[0].Source!, 0, 4096));
        Assert.Equal(large[1_048_570..1_248_570], await ReadAsync(files[0].Source!, 1_048_570, 200_000));
        Assert.Equal(large[^10..], await ReadAsync(files[0].Source!, large.Length - 10, 100));
        Assert.Equal(large[..4096], await ReadAsync(files[0].Source!, 0, 4096));
        foreach (OpenedFile opened in files)
        {
            opened.Dispose();
        }
    }

    [Fact]
    public async Task A_head_of_megabytes_is_read_over_the_way_to_the_host()
    {
        string path = Path.Combine(_directory, "model.gguf");
        GgufFileWriter.Model(vocabulary: 200_000).Save(path);

        GgufSet set = await ModelFiles.ReadAsync(_connection, path, Token);

        Assert.Equal(200_000, Assert.IsType<GgufArray>(set.Metadata["tokenizer.ggml.tokens"]).Count);
        Assert.Equal(5, set.Tensors.Count());
    }

    [Fact]
    public async Task Files_are_found_by_directory_and_pattern()
    {
        string models = Path.Combine(_directory, "my models");
        Directory.CreateDirectory(Path.Combine(models, "sub"));
        foreach (string name in (string[])["a.gguf", "b [1].gguf", "c.txt", ".hidden.gguf", "sub/d.gguf", "$(touch pwned).gguf"])
        {
            await File.WriteAllTextAsync(Path.Combine(models, name), "x", Token);
        }

        async Task<IEnumerable<string>> FindAsync(string path, bool recurse = false) =>
            (await _connection.FindFilesAsync(path, ".gguf", recurse, Token)).Select(found => Path.GetRelativePath(models, found));

        Assert.Equal(["$(touch pwned).gguf", "a.gguf", "b [1].gguf"], await FindAsync(models));
        Assert.Equal(["$(touch pwned).gguf", "a.gguf", "b [1].gguf", "sub/d.gguf"], await FindAsync(models, recurse: true));
        Assert.Equal(["a.gguf", "b [1].gguf"], await FindAsync(Path.Combine(models, "[ab]*")));
        Assert.Equal(["sub/d.gguf"], await FindAsync(Path.Combine(_directory, "my*", "s?b", "*.gguf")));
        Assert.Equal(["b [1].gguf"], await FindAsync(Path.Combine(models, "b [1].gguf")));
        Assert.Equal(["c.txt"], await FindAsync(Path.Combine(models, "c.txt")));
        Assert.Equal(["sub/d.gguf"], await FindAsync(Path.Combine(models, "s*")));
        Assert.Empty(await FindAsync(Path.Combine(models, "none*")));
        Assert.Empty(await FindAsync(Path.Combine(models, "none")));
        Assert.False(File.Exists(Path.Combine(models, "pwned")));
    }

    [Fact]
    public async Task Links_to_files_are_found_and_links_to_directories_not_followed()
    {
        string models = Path.Combine(_directory, "cache");
        Directory.CreateDirectory(Path.Combine(models, "sub"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "blob"), "x", Token);
        File.CreateSymbolicLink(Path.Combine(models, "sub", "linked.gguf"), Path.Combine(_directory, "blob"));
        File.CreateSymbolicLink(Path.Combine(models, "dangling.gguf"), Path.Combine(_directory, "none"));
        Directory.CreateSymbolicLink(Path.Combine(models, "sub", "back"), models);
        Directory.CreateSymbolicLink(Path.Combine(models, "sub", "again"), models);

        Assert.Equal([Path.Combine(models, "sub", "linked.gguf")], await _connection.FindFilesAsync(models, ".gguf", recurse: true, Token));
    }

    [Fact]
    public async Task A_pipe_is_no_file_and_is_not_waited_for()
    {
        string pipe = Path.Combine(_directory, "pipe.gguf");
        await _connection.RunAsync(new HostCommand($"mkfifo '{pipe}'", Limit), Token);
        var clock = Stopwatch.StartNew();

        OpenedFile opened = Assert.Single(await _connection.OpenFilesAsync([pipe], Token));

        Assert.Equal(("is no regular file", false), (opened.Fact.Problem, opened.Source is not null));
        Assert.Empty(await _connection.FindFilesAsync(_directory, ".gguf", recurse: false, Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(9), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task Hundreds_of_files_are_asked_about_in_parts()
    {
        string[] paths = [.. Enumerable.Range(0, 250).Select(index => Path.Combine(_directory, $"{new string('x', 200)}-{index}"))];
        await File.WriteAllTextAsync(paths[249], "abc", Token);

        Assert.Equal(3, (await _connection.StatAsync(paths, Token))[249].Size);
        IReadOnlyList<OpenedFile> opened = await _connection.OpenFilesAsync(paths, Token);
        Assert.Equal("abc"u8.ToArray(), await ReadAsync(opened[249].Source!, 0, 10));
        opened[249].Dispose();
    }

    private static async Task<byte[]> ReadAsync(IByteSource source, long offset, int count)
    {
        byte[] buffer = new byte[count];
        int done = 0;
        while (done < count && await source.ReadAsync(offset + done, buffer.AsMemory(done), Token) is > 0 and var read)
        {
            done += read;
        }

        return buffer[..done];
    }

    private static bool IsAlive(int processId) => new IdleHands.Hosts.Local.LinuxProcessTable().Find(processId) is not null;
}
