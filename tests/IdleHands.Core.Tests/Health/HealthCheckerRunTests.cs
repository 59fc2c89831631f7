using IdleHands.Health;
using static IdleHands.Core.Tests.Health.HealthSetup;

namespace IdleHands.Core.Tests.Health;

/// <summary>What runs at once, and how it ends.</summary>
public sealed class HealthCheckerRunTests
{
    [Fact]
    public async Task Does_not_let_a_hanging_host_or_port_hold_up_the_others()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hanging = new FakeServer(
            Answers.After(release.Task, Answers.Json(200, """{"status":"ok"}""")), Answers.Json(200, Answers.List("vllm", "slow")));
        await using var quick = Llama("qwen");
        RuntimeConfiguration configuration = Configure([Host("hangs") with { CheckCommand = "x" }, Host("works")]);
        HealthOptions options = Scan(hanging.Port, quick.Port) with { Timeout = TimeSpan.FromMinutes(5) };
        var checker = new HealthChecker(
            configuration,
            null,
            host => new FakeConnection(host.Id, async (_, token) =>
            {
                await release.Task.WaitAsync(token);
                return Success;
            }),
            options);

        var before = new List<string>();
        var after = new List<string>();
        await foreach (HealthResult row in checker.CheckAsync(Cancel))
        {
            (release.Task.IsCompleted ? after : before).Add($"{row.Section} {row.HostId} {row.Port == hanging.Port}");
            if (before.Count == 3)
            {
                release.TrySetResult();
            }
        }

        Assert.Equal(["Discovered hangs False", "Discovered works False", "Host works False"], before.Order());
        Assert.Equal(["Discovered hangs True", "Discovered works True", "Host hangs False"], after.Order());
    }

    [Fact]
    public async Task Looks_at_no_more_hosts_at_once_than_the_limit()
    {
        int now = 0;
        int most = 0;
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RuntimeConfiguration configuration = Configure(Enumerable.Range(0, 12).Select(i => Host($"h{i}") with { CheckCommand = "x" }).ToArray());
        HealthOptions options = new() { ScanPorts = PortSet.Empty, ThrottleLimit = 3 };

        List<HealthResult> rows = await CheckAsync(
            configuration,
            host => new FakeConnection(host.Id, async (_, _) =>
            {
                int running = Interlocked.Increment(ref now);
                InterlockedMax(ref most, running);
                if (running == 3)
                {
                    full.TrySetResult();
                }

                await full.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
                for (int turn = 0; turn < 100; turn++)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref now);
                return Success;
            }),
            options);

        Assert.Equal(12, rows.Count);
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task Ends_with_nothing_left_when_it_is_canceled()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var server = new FakeServer(_ => Answers.Silence);
        var connection = new FakeConnection("ws", async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return Success;
        });
        var checker = new HealthChecker(
            Configure([Host() with { CheckCommand = "x" }]),
            null,
            _ => connection,
            Scan(server.Port) with { Timeout = TimeSpan.FromMinutes(5) });

        await using IAsyncEnumerator<HealthResult> rows = checker.CheckAsync(cancel.Token).GetAsyncEnumerator(Cancel);
        Task<bool> next = rows.MoveNextAsync().AsTask();
        await server.Asked("/health");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.True(connection.IsDisposed);
    }

    [Fact]
    public async Task Ends_with_nothing_left_when_its_reader_has_seen_enough()
    {
        await using var silent = new FakeServer(_ => Answers.Silence);
        await using var server = Llama("qwen");
        var connection = new FakeConnection("ws");
        var checker = new HealthChecker(
            Configure([Host()]), null, _ => connection, Scan(silent.Port, server.Port) with { Timeout = TimeSpan.FromMinutes(5) });

        HealthResult first = await FirstAsync(checker).WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        Assert.NotNull(first);
        Assert.True(connection.IsDisposed);
    }

    [Fact]
    public async Task Disposes_every_connection()
    {
        var connections = new System.Collections.Concurrent.ConcurrentBag<FakeConnection>();

        await CheckAsync(
            Configure([Host("a"), Host("b")]),
            host =>
            {
                var connection = new FakeConnection(host.Id);
                connections.Add(connection);
                return connection;
            },
            new HealthOptions { ScanPorts = PortSet.Empty });

        Assert.Equal(2, connections.Count);
        Assert.All(connections, connection => Assert.True(connection.IsDisposed));
    }

    private static async Task<HealthResult> FirstAsync(HealthChecker checker)
    {
        await foreach (HealthResult row in checker.CheckAsync(Cancel))
        {
            return row;
        }

        throw new InvalidOperationException("no row came");
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = target; value > seen; seen = target)
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }
}
