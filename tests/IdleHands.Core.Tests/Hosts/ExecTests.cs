using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>A host behind a command prefix: what the prefix can't do is told as what it is, and no secret is among its words.</summary>
public sealed class ExecTests : IDisposable
{
    private const string Secret = "s3cr3t-value";

    /// <summary>Notes the words that it is given, and runs them.</summary>
    private const string Noting = "printf '%s\\n' \"$@\" >>\"$0\"; exec \"$@\"";

    private readonly SampleModelFile _files = new();

    public ExecTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh on Windows");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Home => _files.Directory;

    private string Words => Path.Combine(Home, "words");

    private static HostCommand WithSecret => new("[ \"$KEY\" = s3cr3t-value ] && echo 'it is there'", RemoteHosts.Limit)
    {
        Environment = new Dictionary<string, string> { ["KEY"] = Secret },
    };

    public void Dispose() => _files.Dispose();

    private NameList Prefix(string script) => NameList.From(["sh", "-c", script, Words, .. ExecPrefix.Bare(Home)]);

    private static async Task<CommandResult> RunAsync(NameList prefix, HostCommand command)
    {
        await using HostConnections hosts = RemoteHosts.Connections();
        return await hosts.Open(RemoteHosts.ExecHost(prefix)).RunAsync(command, Token);
    }

    /// <summary>A head of six megabytes takes its first megabyte, then two and four; the other shards come with the first.</summary>
    [Fact]
    public async Task A_long_head_takes_few_round_trips_and_no_copy()
    {
        string path = GgufFileWriter.Model(vocabulary: 300_000).Add("tokenizer.ggml.merges", Enumerable.Repeat("abcd", 100_000).ToArray())
            .SaveShards(Home, "large", 20);
        string calls = Path.Combine(Home, "calls");
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(RemoteHosts.ExecHost(NameList.From(["sh", "-c", "echo >>\"$0\"; exec \"$@\"", calls, .. ExecPrefix.Bare(Home)])));

        GgufSet set = await ModelFiles.ReadAsync(connection, path, Token);

        Assert.Equal(20, set.Headers.Count);
        Assert.InRange(set.Headers[0].DataOffset, 5 << 20, 7 << 20);
        Assert.Equal(3, (await File.ReadAllLinesAsync(calls, Token)).Length);
    }

    [Fact]
    public async Task A_prefix_whose_program_is_not_there_is_told()
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(RemoteHosts.ExecHost(new NameList("no-such-program", "exec")));

        failure.Told("ExecFailed", FailureKind.NotFound, "'no-such-program'", "Set-IHHost pod -ExecPrefix", "pod");
    }

    [Fact]
    public async Task A_prefix_that_fails_is_told_in_its_own_words()
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(RemoteHosts.ExecHost(new NameList("sh", "-c", "echo 'no such container: c' >&2; exit 1")));

        failure.Told("ExecFailed", FailureKind.Unavailable, "exit code 1: no such container: c", "Set-IHHost pod -ExecPrefix", "pod");
    }

    [Fact]
    public async Task A_place_without_a_shell_is_told()
    {
        IdleHandsException failure = await RemoteHosts.FailAsync(RemoteHosts.ExecHost(new NameList("sh", "-c", "echo 'exec: \"sh\": not found' >&2; exit 127")));

        failure.Told("RemoteShellNotFound", FailureKind.Unavailable, "exec: \"sh\": not found", "sh -c 'echo well'", "pod");
    }

    [Fact]
    public async Task A_secret_is_handed_over_by_input_and_stands_among_no_words()
    {
        CommandResult result = await RunAsync(Prefix(Noting), WithSecret);

        Assert.Equal("it is there\n", result.Output);
        Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(Words, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prefix_that_passes_no_input_on_is_handed_no_secret()
    {
        NameList prefix = Prefix(Noting + " </dev/null");

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => RunAsync(prefix, WithSecret));

        failure.Told("ExecTakesNoInput", FailureKind.InvalidArgument, "passes no input on", "Set-IHHost pod -ExecPrefix", "pod");
        Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(Words, Token), StringComparison.Ordinal);
        Assert.Equal("well\n", (await RunAsync(prefix, new HostCommand("echo well", RemoteHosts.Limit))).Output);
    }

    [Fact]
    public async Task A_prefix_that_fails_is_not_taken_for_one_that_passes_no_input_on()
    {
        string there = Path.Combine(Home, "there");
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(RemoteHosts.ExecHost(
            NameList.From(["sh", "-c", "[ -e \"$0\" ] || { echo down >&2; exit 1; }; exec \"$@\"", there, .. ExecPrefix.Bare(Home)])));

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => connection.RunAsync(WithSecret, Token));
        await File.WriteAllTextAsync(there, string.Empty, Token);
        CommandResult result = await connection.RunAsync(WithSecret, Token);

        failure.Told("ExecFailed", FailureKind.Unavailable, "exit code 1: down", "Set-IHHost pod -ExecPrefix", "pod");
        Assert.Equal("it is there\n", result.Output);
    }

    [Fact]
    public async Task A_place_without_proc_runs_commands_and_takes_files()
    {
        Assert.SkipWhen(ChrootDirectory.WhyNot is not null, ChrootDirectory.WhyNot ?? string.Empty);
        using ChrootDirectory chroot = await ChrootDirectory.CreateAsync(Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(RemoteHosts.ExecHost(chroot.Prefix));
        var text = new SampleModelFile("text", "one\ntwo");

        CommandResult result = await connection.RunAsync("ls -d /bin /proc; exit 4");
        bool copied = await connection.CopyFileAsync(text.FilePath, "/tmp/a dir/text", Token);
        IReadOnlyList<FileFact> facts = await connection.StatAsync(["/tmp/a dir/text", "/proc"], Token);
        text.Dispose();

        Assert.Equal((4, "/bin\n"), (result.ExitCode, result.Output));
        Assert.True(copied);
        Assert.Equal((7, false), (facts[0].Size, facts[1].Exists));
        Assert.Equal("one\ntwo", await File.ReadAllTextAsync(Path.Combine(chroot.FullName, "tmp/a dir/text"), Token));
    }

    [Fact]
    public async Task Where_processes_can_not_be_seen_nothing_is_launched_and_what_is_missing_is_told()
    {
        Assert.SkipWhen(ChrootDirectory.WhyNot is not null, ChrootDirectory.WhyNot ?? string.Empty);
        using ChrootDirectory chroot = await ChrootDirectory.CreateAsync(Token);
        await using HostConnections hosts = RemoteHosts.Connections();
        IHostConnection connection = hosts.Open(RemoteHosts.ExecHost(chroot.Prefix));

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => connection.LaunchAsync("touch /tmp/started"));
        var check = await Assert.ThrowsAsync<IdleHandsException>(() => connection.CheckAsync(Token));

        failure.Told("LaunchFailed", FailureKind.Failed, "no /proc, and no ps", "apt install procps", "pod");
        Assert.Equal(failure.Message, check.Message);
        Assert.False(File.Exists(Path.Combine(chroot.FullName, "tmp/started")));
        Assert.False(Directory.Exists(Path.Combine(chroot.FullName, "root/.local")));
    }
}
