using IdleHands.Execution;

namespace IdleHands.Core.Tests.Execution;

public sealed class StopPatienceTests
{
    private static readonly RuntimeHost Host = new() { Id = "h", DisplayName = "h" };

    [Theory]
    [InlineData(null, 10)]
    [InlineData(1, 1)]
    [InlineData(45, 45)]
    public void The_grace_is_the_hosts(int? stopGraceSec, int expected)
    {
        StopPatience patience = StopPatience.For(Host with { StopGraceSec = stopGraceSec }, force: false);

        Assert.Equal((TimeSpan.FromSeconds(expected), StopPatience.Usual.CommandLimit), (patience.Grace, patience.CommandLimit));
    }

    [Fact]
    public void Force_has_the_short_one_whatever_the_host_says() =>
        Assert.Equal(StopPatience.Short, StopPatience.For(Host with { StopGraceSec = 45 }, force: true));
}
