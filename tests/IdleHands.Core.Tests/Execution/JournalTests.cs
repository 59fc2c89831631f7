using System.Text;
using IdleHands.Execution;

namespace IdleHands.Core.Tests.Execution;

public sealed class JournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-journal-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory, "journal.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static JournalLine Line(string run, string kind = JournalLine.End, string? error = null) => new()
    {
        Event = kind,
        RunId = run,
        Action = $"Select-IHModel {run}",
        ModelId = run,
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Status = kind == JournalLine.End ? SelectStatus.Started : null,
        Milliseconds = kind == JournalLine.End ? 1500 : null,
        Error = error,
    };

    [Fact]
    public void There_is_no_past_without_a_file() => Assert.Empty(new Journal(FilePath).Read());

    [Fact]
    public async Task Begin_and_end_make_one_entry()
    {
        var journal = new Journal(FilePath);
        await journal.AddAsync(Line("a", JournalLine.Begin) with { Plan = [new(1, "StartModel", "here", "run it", 30_000, "start a")], User = "me@box" }, Token);
        await journal.AddAsync(Line("a") with { User = "me@box", Steps = [new("a", 1, "StartModel", "here", "ok", 20.5, null, "session 7")] }, Token);

        HistoryEntry entry = Assert.Single(journal.Read());

        Assert.Equal(("a", SelectStatus.Started, TimeSpan.FromSeconds(1.5), "me@box"), (entry.Id, entry.Status, entry.Duration, entry.User));
        Assert.Equal(("run it", TimeSpan.FromSeconds(30)), (Assert.Single(entry.Plan).Command, entry.Plan[0].Timeout));
        Assert.Equal((TimeSpan.FromMilliseconds(20.5), "session 7"), (Assert.Single(entry.Steps).Duration, entry.Steps[0].Detail));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public async Task A_begin_without_an_end_is_unfinished()
    {
        var journal = new Journal(FilePath);
        await journal.AddAsync(Line("a", JournalLine.Begin), Token);

        HistoryEntry entry = Assert.Single(journal.Read());

        Assert.Equal((HistoryStatus.Unfinished, (TimeSpan?)null), (entry.Status, entry.Duration));
    }

    [Theory]
    [InlineData("""{"v":1,"event":"end","run":"x","act""")]
    [InlineData("nonsense\n")]
    [InlineData("\n\n")]
    [InlineData("{\"v\":9}\n")]
    [InlineData("null\n")]
    [InlineData("\0\0\0\0")]
    public async Task What_a_kill_or_a_crash_left_costs_its_own_line_alone(string rest)
    {
        var journal = new Journal(FilePath);
        await journal.AddAsync(Line("a"), Token);
        await File.AppendAllTextAsync(FilePath, rest, Token);

        Assert.Equal(["a"], journal.Read().Select(entry => entry.Id));
        await journal.AddAsync(Line("b"), Token);

        Assert.Equal(["a", "b"], journal.Read().Select(entry => entry.Id));
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        await Parallel.ForAsync(0, 100, Token, async (index, token) => await new Journal(FilePath).AddAsync(Line($"r{index}"), token));

        Assert.Equal(Enumerable.Range(0, 100).Select(index => $"r{index}").Order(), new Journal(FilePath).Read().Select(entry => entry.Id).Order());
    }

    [Fact]
    public async Task The_oldest_go_when_it_has_grown_and_whole_lines_stay()
    {
        var journal = new Journal(FilePath, 10_000);
        for (int index = 0; index < 300; index++)
        {
            await journal.AddAsync(Line($"r{index}"), Token);
            Assert.InRange(new FileInfo(FilePath).Length, 1, 10_000);
        }

        string[] ids = [.. journal.Read().Select(entry => entry.Id)];
        Assert.InRange(ids.Length, 10, 100);
        Assert.Equal(Enumerable.Range(300 - ids.Length, ids.Length).Select(index => $"r{index}"), ids);
        Assert.All(await File.ReadAllLinesAsync(FilePath, Token), line => Assert.StartsWith("{\"v\":1,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_line_longer_than_the_bound_is_kept_alone()
    {
        var journal = new Journal(FilePath, 1_000);
        await journal.AddAsync(Line("a"), Token);

        await journal.AddAsync(Line("b", error: new string('x', 5_000)), Token);

        Assert.Equal(["b"], journal.Read().Select(entry => entry.Id));
    }

    [Fact]
    public async Task Readers_see_whole_lines_while_others_write()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task writer = Task.Run(
            async () =>
            {
                for (int index = 0; index < 400; index++)
                {
                    await new Journal(FilePath, 20_000).AddAsync(Line($"r{index}", error: new string('é', index)), Token);
                }
            },
            Token);

        while (!writer.IsCompleted)
        {
            Assert.All(new Journal(FilePath).Read(), entry => Assert.Equal($"Select-IHModel {entry.Id}", entry.Action));
        }

        await writer;
    }

    [Fact]
    public async Task A_directory_in_its_place_is_one_clear_error()
    {
        Directory.CreateDirectory(FilePath);

        var e = Assert.Throws<IdleHandsException>(() => new Journal(FilePath).Read());

        Assert.Equal("HistoryUnreadable", e.ErrorId);
        await Assert.ThrowsAnyAsync<Exception>(() => new Journal(FilePath).AddAsync(Line("a"), Token));
    }

    [Fact]
    public void Text_that_is_too_long_keeps_its_end() =>
        Assert.EndsWith("the cause", JournalLine.Bounded(new string('x', 100_000) + "the cause"), StringComparison.Ordinal);

    [Fact]
    public async Task The_lines_are_UTF_8_without_a_mark()
    {
        await new Journal(FilePath).AddAsync(Line("a", error: "größer"), Token);

        Assert.Equal((byte)'{', (await File.ReadAllBytesAsync(FilePath, Token))[0]);
        Assert.Equal("größer", Assert.Single(new Journal(FilePath).Read()).Error);
        Assert.NotEmpty(Encoding.UTF8.GetString(await File.ReadAllBytesAsync(FilePath, Token)));
    }
}
