using IdleHands.Execution;
using IdleHands.Planning;

namespace IdleHands.Core.Tests.Execution;

public sealed class RuntimeLockTests : IAsyncDisposable
{
    private readonly SelectFixture _ih = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    [Fact]
    public async Task A_second_select_says_who_holds_the_lock_and_gives_up_at_its_limit()
    {
        _ih.Add("small");
        LockHolder? seen = null;
        await using RuntimeLock held = await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "Select-IHModel large", new LockWait(TimeSpan.Zero, false), _ => { }, Token);

        var e = await Assert.ThrowsAsync<IdleHandsException>(() => RuntimeLock.AcquireAsync(
            _ih.Paths.LockFile, "Select-IHModel small", new LockWait(TimeSpan.FromMilliseconds(200), false), holder => seen = holder, Token));

        Assert.Equal("RuntimeLocked", e.ErrorId);
        Assert.Contains($"process {Environment.ProcessId} (Select-IHModel large", e.Message, StringComparison.Ordinal);
        Assert.Equal("Select-IHModel large", seen!.Action);
    }

    [Fact]
    public async Task A_released_lock_is_had_by_the_one_that_waits()
    {
        RuntimeLock held = await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "first", new LockWait(TimeSpan.Zero, false), _ => { }, Token);
        var isWaiting = new TaskCompletionSource();
        Task<RuntimeLock> second = RuntimeLock.AcquireAsync(
            _ih.Paths.LockFile, "second", new LockWait(TimeSpan.FromSeconds(30), false), _ => isWaiting.SetResult(), Token);
        await isWaiting.Task;
        Assert.False(second.IsCompleted);

        await held.DisposeAsync();

        await using RuntimeLock got = await second;
        Assert.False(got.TakeoverRequested.IsCancellationRequested);
    }

    [Fact]
    public async Task The_lock_of_a_process_that_died_holds_nobody_up()
    {
        Directory.CreateDirectory(_ih.Paths.StateDirectory);
        await File.WriteAllTextAsync(_ih.Paths.LockFile, "left behind", Token);
        await File.WriteAllTextAsync(_ih.Paths.LockFile + ".takeover", "1", Token);

        await using RuntimeLock got = await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "next", new LockWait(TimeSpan.Zero, false), _ => { }, Token);

        Assert.False(got.TakeoverRequested.IsCancellationRequested);
    }

    [Fact]
    public async Task Who_gives_up_taking_over_makes_nobody_abort()
    {
        await using RuntimeLock held = await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "first", new LockWait(TimeSpan.Zero, false), _ => { }, Token);

        await Assert.ThrowsAsync<IdleHandsException>(() => RuntimeLock.AcquireAsync(
            _ih.Paths.LockFile, "second", new LockWait(TimeSpan.Zero, TakeOver: true), _ => { }, Token));

        Assert.False(File.Exists(_ih.Paths.LockFile + ".takeover"));
        Assert.False(held.TakeoverRequested.IsCancellationRequested);
    }

    [Fact]
    public async Task A_note_that_can_not_be_written_does_not_keep_the_lock_from_working()
    {
        Directory.CreateDirectory(_ih.Paths.LockFile + ".holder");

        await using (await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "first", new LockWait(TimeSpan.Zero, false), _ => { }, Token))
        {
        }

        await using RuntimeLock again = await RuntimeLock.AcquireAsync(_ih.Paths.LockFile, "second", new LockWait(TimeSpan.Zero, false), _ => { }, Token);
        Assert.False(again.TakeoverRequested.IsCancellationRequested);
    }

    [Fact]
    public async Task Force_makes_the_holder_abort_in_order_and_takes_its_place()
    {
        RuntimeModel slow = _ih.Add("slow", "--load-time 100");
        RuntimeModel small = _ih.Add("small");
        var isWaiting = new TaskCompletionSource();
        _ih.OnStep = kind =>
        {
            if (kind == "Waiting")
            {
                isWaiting.TrySetResult();
            }
        };
        Task<SelectResult> first = _ih.SelectAsync("slow");
        await isWaiting.Task;

        SelectResult second = await _ih.Selector.SelectAsync(
            new PlanRequest("small") { Force = true }, OnFailure.Stop, new LockWait(TimeSpan.FromSeconds(60), TakeOver: true), _ih, Token);

        var e = await Assert.ThrowsAsync<IdleHandsException>(() => first);
        Assert.Equal("TakenOver", e.ErrorId);
        Assert.Equal(SelectStatus.Started, second.Status);
        Assert.Null(await SelectFixture.ServedAsync(slow.Port!.Value));
        Assert.Equal("small", await SelectFixture.ServedAsync(small.Port!.Value));
    }
}
