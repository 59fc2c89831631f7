using IdleHands.Execution;

namespace IdleHands.Core.Tests.Execution;

public sealed class LoadTimesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-times-").FullName;
    private readonly LoadTimes _times;

    public LoadTimesTests() => _times = new LoadTimes(FilePath);

    private string FilePath => Path.Combine(_directory, "state", "load-times.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Add(params double[] seconds)
    {
        foreach (double one in seconds)
        {
            _times.Add("m", "h", "b", TimeSpan.FromSeconds(one));
        }
    }

    [Fact]
    public void Nothing_is_known_of_what_never_started() => Assert.Null(_times.Find("m", "h", null));

    [Theory]
    [InlineData(new double[] { 4 }, 4)]
    [InlineData(new double[] { 4, 8 }, 6)]
    [InlineData(new double[] { 4, 100, 8 }, 8)]
    [InlineData(new double[] { 1000, 1, 2, 3, 4, 5 }, 3)]
    public void The_usual_time_is_the_median_of_the_last_five(double[] seconds, double usual)
    {
        Add(seconds);

        Assert.Equal(TimeSpan.FromSeconds(usual), _times.Find("m", "h", "b"));
    }

    [Fact]
    public void Models_hosts_and_backends_are_told_apart()
    {
        Add(4);

        Assert.Null(_times.Find("m", "h", null));
        Assert.Null(_times.Find("m", "other", "b"));
        Assert.Null(_times.Find("other", "h", "b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"schema_version":9,"load_times":[{"key":"m|h|b","ms":[5000]}]}""")]
    [InlineData("""{"schema_version":1,"load_times":[null]}""")]
    [InlineData("""{"schema_version":1,"load_times":null}""")]
    public void A_file_that_says_nothing_costs_the_estimate_only(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);

        Assert.Null(_times.Find("m", "h", "b"));
        Add(7);
        Assert.Equal(TimeSpan.FromSeconds(7), _times.Find("m", "h", "b"));
    }

    [Fact]
    public void The_file_does_not_grow_without_end()
    {
        for (int index = 0; index < 520; index++)
        {
            _times.Add($"m{index}", "h", null, TimeSpan.FromSeconds(1));
        }

        Assert.Null(_times.Find("m19", "h", null));
        Assert.NotNull(_times.Find("m20", "h", null));
    }
}
