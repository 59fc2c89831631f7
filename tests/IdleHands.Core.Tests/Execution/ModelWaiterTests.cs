using System.Diagnostics;
using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>When a wait ends before its limit, and when it must not.</summary>
public abstract class ModelWaiterTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    /// <summary>Writes down a launch of before the last boot.</summary>
    private ActiveRuntime Record(RuntimeModel model, bool handedOver)
    {
        var runtime = new ActiveRuntime
        {
            Id = model.Id,
            HostId = "here",
            Endpoint = "http://127.0.0.1:1/v1",
            Port = model.EffectivePort,
            Status = RuntimeStatus.Ready,
            StartedAt = DateTime.Now,
            HandedOver = handedOver,
            Host = new RuntimeHost { Id = "here", DisplayName = "Here", Shell = "sh" },
            Launch = new LaunchRecord
            {
                LaunchId = $"{model.Id}-20260101T000000-abcdef",
                ProcessId = 99_999,
                StartTime = "1",
                BootId = "another",
                LogPath = Path.Combine(_ih.Paths.LogDirectory, "none.log"),
                StartedAt = DateTimeOffset.Now,
            },
        };
        _ih.Store.Write(runtime);
        return runtime;
    }

    private async Task<IdleHandsException> FailAsync(string modelId, string status = ProbeStatus.Ready, TimeSpan? limit = null)
    {
        var request = new WaitRequest(modelId, status, limit ?? TimeSpan.FromMilliseconds(700), TimeSpan.FromMilliseconds(50));
        var waiter = new ModelWaiter(_ih.Paths, _ih.Open, request, _ => { });
        return await Assert.ThrowsAsync<IdleHandsException>(() => waiter.WaitAsync(Token));
    }

    [Fact]
    public async Task A_launch_of_before_the_last_boot_is_over()
    {
        Record(_ih.Add("one"), handedOver: false);

        IdleHandsException failure = await FailAsync("one");

        Assert.Equal("ModelExited", failure.ErrorId);
        Assert.Contains("its host was started anew since", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Get-IHLog one", failure.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_that_is_over_is_the_cause_although_the_limit_came_before_the_port_answered()
    {
        Record(_ih.Add("one"), handedOver: false);

        Assert.Equal("ModelExited", (await FailAsync("one", limit: TimeSpan.Zero)).ErrorId);
    }

    [Fact]
    public async Task A_service_that_took_over_is_waited_for_although_the_launch_is_over()
    {
        Record(_ih.Add("one"), handedOver: true);

        Assert.Equal("WaitTimeout", (await FailAsync("one")).ErrorId);
    }

    [Fact]
    public async Task A_launch_is_not_given_up_while_somebody_switches_models()
    {
        Record(_ih.Add("one"), handedOver: false);
        await using (await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "Select-IHModel one", new LockWait(TimeSpan.Zero, false), _ => { }, Token))
        {
            Assert.Equal("WaitTimeout", (await FailAsync("one")).ErrorId);
        }

        Assert.Equal("ModelExited", (await FailAsync("one")).ErrorId);
    }

    [Fact]
    public async Task The_launch_of_another_model_says_nothing()
    {
        _ih.Add("one");
        Record(_ih.Add("two"), handedOver: false);

        IdleHandsException failure = await FailAsync("one");

        Assert.Equal("WaitTimeout", failure.ErrorId);
        Assert.Contains("Select-IHModel one", failure.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_longer_wait_that_is_advised_is_for_the_same_status()
    {
        _ih.Add("one");

        Assert.StartsWith("Wait longer: Wait-IHModel one -Status loading -TimeoutSec 2.", (await FailAsync("one", ProbeStatus.Loading)).Recommendation, StringComparison.Ordinal);
        Assert.StartsWith("Wait longer: Wait-IHModel one -TimeoutSec 2.", (await FailAsync("one")).Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_answers_is_ready_whoever_started_it()
    {
        RuntimeModel model = _ih.Add("one");
        Record(model, handedOver: false);
        await using var server = await SampleServerProcess.StartReadyAsync(_ih.Weights, Token, "--alias", "one");
        _ih.Add("one", change: one => one with { Port = server.Port });
        var waiter = new ModelWaiter(_ih.Paths, _ih.Open, new WaitRequest("one", ProbeStatus.Ready), _ => { });

        HealthResult row = await waiter.WaitAsync(Token);

        Assert.Equal((ProbeStatus.Ready, server.Port), (row.Status, row.Port));
    }

    [Fact]
    public async Task The_holder_of_the_lock_is_told_without_touching_it()
    {
        Assert.Null(RuntimeLock.FindHolder(_ih.Paths.LockFile));
        await using (await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "Select-IHModel one", new LockWait(TimeSpan.Zero, false), _ => { }, Token))
        {
            Assert.Equal("Select-IHModel one", RuntimeLock.FindHolder(_ih.Paths.LockFile)!.Action);
        }

        Assert.Null(RuntimeLock.FindHolder(_ih.Paths.LockFile));
        using var ended = Process.Start("true");
        await ended.WaitForExitAsync(Token);
        await File.WriteAllTextAsync(
            _ih.Paths.LockFile + ".holder", $$"""{"ProcessId":{{ended.Id}},"Action":"Select-IHModel one","Since":"2026-01-01T00:00:00+00:00"}""", Token);
        Assert.Null(RuntimeLock.FindHolder(_ih.Paths.LockFile));
    }
}

public sealed class LocalModelWaiterTests(LocalTransport transport) : ModelWaiterTests(transport), IClassFixture<LocalTransport>;

public sealed class SshModelWaiterTests(SshTransport transport) : ModelWaiterTests(transport), IClassFixture<SshTransport>;

public sealed class ExecModelWaiterTests(ExecTransport transport) : ModelWaiterTests(transport), IClassFixture<ExecTransport>;
