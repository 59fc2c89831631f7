using System.Diagnostics;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class LaunchLogsTests : IDisposable
{
    private static readonly LogBounds Small = new(PerModel: 3, InAll: 5, Longest: 4000, Kept: 2000);

    private readonly string _directory = Directory.CreateTempSubdirectory("ih-logs-").FullName;
    private int _launches;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private LaunchLogs Logs => new(_directory, Small);

    /// <summary>Makes the files of a launch; the later one by its stamp where none is given.</summary>
    private string Launch(string model, string? stamp = null, string content = "text\n")
    {
        string id = $"{model}-{stamp ?? $"20260101T{++_launches:000000}"}-abcdef";
        File.WriteAllText(Path.Combine(_directory, id + ".log"), content);
        File.WriteAllText(Path.Combine(_directory, id + ".log.1"), "older\n");
        File.WriteAllText(Path.Combine(_directory, id + ".exit"), "0\n");
        return id;
    }

    private string[] Ids() => Logs.List().Select(log => log.Name.LaunchId).ToArray();

    private string PathOf(string id) => Path.Combine(_directory, id + ".log");

    [Fact]
    public void The_newest_launches_of_a_model_are_kept_and_the_others_go_with_all_their_files()
    {
        string[] ids = [Launch("m"), Launch("m"), Launch("m"), Launch("m"), Launch("m")];

        Logs.Tidy([]);

        Assert.Equal(ids[2..], Ids());
        Assert.Equal(9, Directory.GetFiles(_directory, "m-*").Length);
    }

    [Fact]
    public void Of_all_models_together_the_newest_are_kept()
    {
        string[] ids = [Launch("a"), Launch("b"), Launch("a"), Launch("b"), Launch("c"), Launch("b"), Launch("a")];

        Logs.Tidy([]);

        Assert.Equal(ids[2..], Ids());
    }

    [Fact]
    public void The_newest_of_a_model_is_kept_however_many_models_there_are()
    {
        string[] ids = [.. Enumerable.Range(0, 8).Select(number => Launch($"m{number}"))];

        Logs.Tidy([]);

        Assert.Equal(ids, Ids());
    }

    [Fact]
    public void What_is_recorded_is_kept_however_old_it_is()
    {
        string[] ids = [Launch("m"), Launch("m"), Launch("m"), Launch("m"), Launch("m")];

        Logs.Tidy([ids[0], ids[1]]);

        Assert.Equal(ids, Ids());
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_no_launch_older()
    {
        string[] before = [Launch("m", "20300101T000000"), Launch("m", "20300102T000000"), Launch("m", "20300103T000000")];
        Logs.Tidy([]);
        string after = Launch("m", "20200101T000000");

        Logs.Tidy([]);

        Assert.Equal([before[1], before[2], after], Ids());
        Logs.Tidy([]);
        Assert.Equal([before[1], before[2], after], Ids());
    }

    [Fact]
    public void Launches_of_one_second_are_told_apart_by_name()
    {
        string second = Launch("m", "20260101T000000").Replace("abcdef", "bbbbbb", StringComparison.Ordinal);
        File.Move(PathOf("m-20260101T000000-abcdef"), PathOf(second));
        string first = Launch("m", "20260101T000000");

        Assert.Equal([first, second], Ids());
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n\n\0\n")]
    [InlineData("m-20260101T000004-abcdef\nm-20260101T000004-abcdef\n")]
    public void An_order_that_was_lost_is_told_by_the_names(string order)
    {
        string[] ids = [Launch("m"), Launch("m"), Launch("m")];
        File.WriteAllText(Path.Combine(_directory, ".order"), order);

        Logs.Tidy([]);

        Assert.Equal(ids, Ids());
        Assert.Equal(ids, File.ReadAllLines(Path.Combine(_directory, ".order")));
    }

    [Fact]
    public void Only_files_named_as_launches_name_theirs_are_touched()
    {
        string elsewhere = Path.Combine(_directory, "precious");
        File.WriteAllText(elsewhere, new string('x', 5000));
        string[] foreign = ["notes.log", "m-20260101T000000-abcdef.log.2", "M-20260101T000000-abcdef.log", "m-20260101T000000-abcdeg.log", "m-2026.log"];
        foreach (string name in foreign)
        {
            File.WriteAllText(Path.Combine(_directory, name), new string('x', 5000));
        }

        File.CreateSymbolicLink(PathOf("m-20250101T000000-aaaaaa"), elsewhere);
        Directory.CreateDirectory(PathOf("m-20250102T000000-aaaaaa"));
        string[] ids = [Launch("m"), Launch("m"), Launch("m")];

        Logs.Tidy([]);

        Assert.Equal(ids, Ids());
        Assert.All([.. foreign, "precious"], name => Assert.Equal(5000, new FileInfo(Path.Combine(_directory, name)).Length));
        Assert.True(new FileInfo(PathOf("m-20250101T000000-aaaaaa")).LinkTarget is not null);
        Assert.True(Directory.Exists(PathOf("m-20250102T000000-aaaaaa")));
    }

    [Fact]
    public void Whoever_comes_while_another_tidies_leaves_it_to_that_one()
    {
        string[] ids = [Launch("m"), Launch("m"), Launch("m"), Launch("m")];
        using (FileLock.TryAcquire(Path.Combine(_directory, ".order")))
        {
            Logs.Tidy([]);
            Assert.Equal(ids, Ids());
        }

        Logs.Tidy([]);
        Assert.Equal(ids[1..], Ids());
    }

    [Fact]
    public void A_directory_that_is_not_there_is_not_made()
    {
        string missing = Path.Combine(_directory, "none");

        new LaunchLogs(missing).Tidy([]);

        Assert.Empty(new LaunchLogs(missing).List());
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public void That_something_can_not_be_tidied_is_nobodys_failure()
    {
        string[] ids = [Launch("m"), Launch("m"), Launch("m", content: new string('x', 5000))];
        Directory.CreateDirectory(PathOf(ids[2]) + ".1.new");
        Logs.Tidy([]);
        Assert.Equal(5000, new FileInfo(PathOf(ids[2])).Length);

        File.Delete(Path.Combine(_directory, ".order"));
        Directory.CreateDirectory(Path.Combine(_directory, ".order"));
        string last = Launch("m");
        Logs.Tidy([]);
        Assert.Equal([.. ids, last], Ids());
    }

    [Fact]
    public void A_log_that_is_too_long_is_begun_anew_and_its_end_kept_from_the_start_of_a_line()
    {
        string id = Launch("m", content: string.Concat(Enumerable.Range(0, 1000).Select(number => $"line {number}\n")));
        long length = new FileInfo(PathOf(id)).Length;

        Logs.Tidy([id]);

        Assert.Equal(0, new FileInfo(PathOf(id)).Length);
        string[] kept = File.ReadAllLines(PathOf(id) + ".1");
        Assert.Equal("line 999", kept[^1]);
        Assert.Equal(kept[2..], Enumerable.Range(1000 - (kept.Length - 2), kept.Length - 2).Select(number => $"line {number}"));
        Assert.Equal($"# idlehands log, continued: the {length - kept[2..].Sum(line => line.Length + 1)} bytes before this are not kept", kept[0]);
        Assert.InRange(kept[2..].Sum(line => line.Length + 1), 1980, 2000);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(id) + ".1"));
    }

    [Fact]
    public void A_log_without_line_ends_is_begun_anew_too()
    {
        string id = Launch("m", content: new string('x', 5000));

        Logs.Tidy([id]);

        Assert.EndsWith("\n#\n" + new string('x', 2000), File.ReadAllText(PathOf(id) + ".1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_goes_on_to_write_to_a_log_that_was_begun_anew()
    {
        string id = Launch("m", content: string.Empty);
        string end = Path.Combine(_directory, "end");
        using var writer = Process.Start(new ProcessStartInfo("sh", ["-c", "while [ ! -e \"$2\" ]; do echo some line; done >>\"$1\"; echo the end >>\"$1\"", "sh", PathOf(id), end]))!;
        try
        {
            HashSet<string> rotated = [];
            while (rotated.Count < 4)
            {
                Logs.Tidy([id]);
                rotated.Add(File.ReadLines(PathOf(id) + ".1").First());
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            await File.WriteAllTextAsync(end, string.Empty, CancellationToken.None);
        }

        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

        string text = await File.ReadAllTextAsync(PathOf(id), TestContext.Current.CancellationToken);
        Assert.EndsWith("the end\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', text);
    }

    [Theory]
    [InlineData("m-20260101T000000-abcdef", "m", "20260101T000000")]
    [InlineData("qwen-3-20260101T000000-000000-20260102T000000-abcdef", null, null)]
    [InlineData("20260101-20260102T000000-abcdef", "20260101", "20260102T000000")]
    [InlineData("../m-20260101T000000-abcdef", null, null)]
    [InlineData("m-20260101T000000-abcdef\n", null, null)]
    [InlineData("-20260101T000000-abcdef", null, null)]
    [InlineData("", null, null)]
    public void An_id_tells_its_model(string id, string? model, string? stamp)
    {
        LaunchName? name = LaunchName.TryParse(id);

        Assert.Equal((model, stamp), (name?.ModelId, name?.Stamp));
    }

    [Fact]
    public void A_new_id_can_be_read_back()
    {
        var name = LaunchName.TryParse(LaunchName.Create("qwen-3", new DateTimeOffset(2026, 11, 25, 23, 41, 0, TimeSpan.FromHours(1))))!;

        Assert.Equal(("qwen-3", "20261125T224100"), (name.ModelId, name.Stamp));
    }
}
