using System.Globalization;
using IdleHands.Hosts;
using IdleHands.Hosts.Local;
using IdleHands.Hosts.Remote;

namespace IdleHands.Core.Tests.Hosts.Local;

/// <summary>What belongs to a launch whose leader has ended, and what does not.</summary>
public sealed class LaunchFinderTests
{
    private const int Session = 4000;

    private readonly LaunchRecord _launch = new()
    {
        LaunchId = $"bare-20251116T220409-{Random.Shared.Next():x8}",
        ProcessId = Session,
        StartTime = "8900000",
        BootId = "boot",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_member_without_the_mark_is_the_launch_s_where_that_was_seen_from_its_start()
    {
        LaunchFinder.Watch(_launch.LaunchId);

        Assert.Equal([4001], Find(4001));
    }

    [Fact]
    public void A_member_without_the_mark_is_nobody_s_where_the_launch_was_not_seen_from_its_start() => Assert.Empty(Find(4001));

    [Fact]
    public void A_look_that_misses_the_only_member_forgets_nothing()
    {
        LaunchFinder.Watch(_launch.LaunchId);

        Assert.Empty(Find());
        Assert.Equal([4001], Find(4001));
        Assert.Empty(Find());
        Assert.Equal([4001], Find(4001));
    }

    [Fact]
    public async Task A_session_that_was_empty_for_a_while_may_be_a_stranger_s_when_it_is_no_longer()
    {
        LaunchFinder.Watch(_launch.LaunchId);

        Assert.Empty(Find());
        await Task.Delay(TimeSpan.FromSeconds(2.2), TestContext.Current.CancellationToken);

        Assert.Empty(Find(4001));
        Assert.Empty(Find(4001));
    }

    /// <summary>Looks at a host on which these run in the session, and nothing else.</summary>
    private IReadOnlyList<int> Find(params int[] members)
    {
        IEnumerable<string> lines = members.Select(id => string.Create(
            CultureInfo.InvariantCulture,
            $"{id} (server) S 1 {Session} {Session} 0 -1 4194304 0 0 0 0 5 5 0 0 20 0 1 0 8900010 0 0"));
        return new LaunchFinder(RemoteProcesses.Parse(["boot boot", .. lines]), ownId: 1).Find(_launch, everywhere: false);
    }
}
