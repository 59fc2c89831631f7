using System.Globalization;
using System.Text;
using IdleHands.Core.Tests.Templates;
using IdleHands.Hosts;
using IdleHands.Hosts.Remote;
using IdleHands.Templates;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Whatever a value or a file holds, it arrives on another host as it is.</summary>
public abstract class RemoteValueTests(TestTransport transport) : IAsyncDisposable
{
    private readonly HostConnections _hosts = transport.Connections("/dev/null/logs");
    private readonly SampleModelFile _files = new("file");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Hostile => SampleValues.Hostile.Select(row => row.Data);

    private IHostConnection Connection => _hosts.Open(transport.Reach(new RuntimeHost { Id = "box", DisplayName = "Box", Shell = "sh" }));

    /// <summary>A text of over 200 KB with all that is hard to quote, of characters of one to four bytes, without a line end.</summary>
    private static string LongText => string.Concat(Enumerable.Range(0, 6000)
        .Select(number => string.Create(CultureInfo.InvariantCulture, $"'{number}' \"$x\" `y` \\ é模🦙\r\n\t%s")));

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task A_hostile_value_is_one_literal_argument()
    {
        IHostConnection connection = Connection;
        string[] arrived = await Task.WhenAll(Hostile.Select(async value =>
            (await connection.RunAsync($"printf '%s' {PosixQuoting.Instance.Quote(value)}")).Output));

        Assert.Equal(Hostile, arrived);
    }

    [Fact]
    public async Task A_hostile_value_is_the_value_of_its_variable()
    {
        IHostConnection connection = Connection;
        string[] arrived = await Task.WhenAll(Hostile.Select(async value =>
        {
            // Its bytes: the value itself would be masked.
            var command = new HostCommand("printf '%s' \"$VALUE\" | od -An -v -tx1 | tr -d ' \\n'", RemoteHosts.Limit)
            {
                Environment = new Dictionary<string, string> { ["VALUE"] = value },
            };
            CommandResult result = await connection.RunAsync(command, Token);
            return Encoding.UTF8.GetString(Convert.FromHexString(result.Output));
        }));

        Assert.Equal(Hostile, arrived);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("no line end")]
    [InlineData("{{- 'jinja' -}}\n\n")]
    [InlineData(null)]
    public async Task A_file_is_copied_once_until_it_changes(string? text)
    {
        string content = text ?? LongText;
        IHostConnection connection = Connection;
        string name = $"a dir {Guid.NewGuid():N}/it's.txt";
        string target = Path.Combine(transport.Home, name);
        await File.WriteAllTextAsync(_files.FilePath, content, Token);

        Assert.True(await connection.CopyFileAsync(_files.FilePath, name, Token));
        Assert.False(await connection.CopyFileAsync(_files.FilePath, "~/" + name, Token));
        Assert.False(await connection.CopyFileAsync(_files.FilePath, target, Token));
        Assert.Equal(Encoding.UTF8.GetBytes(content), await File.ReadAllBytesAsync(target, Token));

        await File.AppendAllTextAsync(_files.FilePath, "more", Token);
        Assert.True(await connection.CopyFileAsync(_files.FilePath, target, Token));
        Assert.Equal(content + "more", await File.ReadAllTextAsync(target, Token));
        Assert.Equal([target], Directory.GetFiles(Path.GetDirectoryName(target)!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
    }

    [Theory]
    [InlineData(new byte[] { 65, 0, 66 }, "NUL")]
    [InlineData(new byte[] { 65, 0xFF, 66 }, "UTF-8")]
    public async Task A_file_that_is_no_text_is_not_copied_and_leaves_nothing(byte[] content, string why)
    {
        await File.WriteAllBytesAsync(_files.FilePath, content, Token);

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => Connection.CopyFileAsync(_files.FilePath, "new dir/file", Token));

        Assert.Equal(("CopyFailed", _files.FilePath), (failure.ErrorId, failure.Target));
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(transport.Home, "new dir")));
    }

    [Fact]
    public async Task A_copy_that_can_not_be_written_says_what_the_host_said()
    {
        await File.WriteAllTextAsync(_files.FilePath, "text", Token);

        var failure = await Assert.ThrowsAsync<IdleHandsException>(() => Connection.CopyFileAsync(_files.FilePath, "/dev/null/file", Token));

        Assert.Equal("CopyFailed", failure.ErrorId);
        Assert.Contains("/dev/null", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(70_000)]
    public async Task The_checksum_is_that_of_cksum(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        await File.WriteAllBytesAsync(_files.FilePath, content, Token);

        ToolRun run = (await ToolRun.RunAsync("cksum", [_files.FilePath], cancellationToken: Token)).OrThrow("cksum");

        Assert.Equal($"{PosixChecksum.Of(content)} {_files.FilePath}\n", run.Output);
    }
}

public sealed class SshValueTests(SshTransport transport) : RemoteValueTests(transport), IClassFixture<SshTransport>;

public sealed class ExecValueTests(ExecTransport transport) : RemoteValueTests(transport), IClassFixture<ExecTransport>;
