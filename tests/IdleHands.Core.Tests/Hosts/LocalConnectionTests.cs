using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class LocalConnectionTests(LocalTransport transport) : HostConnectionTests(transport), IClassFixture<LocalTransport>
{
    [Fact]
    public async Task A_log_directory_that_can_not_be_made_is_named()
    {
        string blocker = Path.GetTempFileName();
        var host = new RuntimeHost { Id = "here", DisplayName = "Here" };
        await using IHostConnection connection = new HostConnections(Path.Combine(blocker, "logs")).Open(host);

        var e = await Assert.ThrowsAsync<IdleHandsException>(() =>
            connection.LaunchAsync(new LaunchRequest("m-1", "true"), _ => Task.CompletedTask, TestContext.Current.CancellationToken));

        Assert.Equal("LaunchFailed", e.ErrorId);
        Assert.Contains(blocker, e.Message, StringComparison.Ordinal);
    }
}

public sealed class SshConnectionTests(SshTransport transport) : HostConnectionTests(transport), IClassFixture<SshTransport>;

public sealed class SshAloneConnectionTests(SshAloneTransport transport) : HostConnectionTests(transport), IClassFixture<SshAloneTransport>;

public sealed class ExecConnectionTests(ExecTransport transport) : HostConnectionTests(transport), IClassFixture<ExecTransport>;
