using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>Two people, each with a configuration and state of their own, on one host behind a real sshd.</summary>
public sealed class LeaseTests(SshTransport transport) : IClassFixture<SshTransport>, IAsyncLifetime
{
    private readonly SelectFixture _one = new(transport);
    private readonly SelectFixture _other = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Leases => Path.Combine(transport.Home, ".local/state/idlehands/lease");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Who_comes_second_learns_who_has_the_host_and_gets_it_afterwards()
    {
        RuntimeModel slow = _one.Add("slow", "--load-time 60");
        _other.Add("mine");
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<SelectResult> first = _one.SelectAsync("slow", cancellation: interrupt.Token);
        await SampleServerProcess.WaitForHealthAsync(slow.Port!.Value, System.Net.HttpStatusCode.ServiceUnavailable, Token);

        SelectResult refused = await SelectOtherAsync(TimeSpan.FromSeconds(1), takeOver: false);

        Assert.Equal((SelectStatus.Failed, "HostLeased"), (refused.Status, refused.Failure!.ErrorId));
        Assert.Contains($"{Environment.UserName} on {Environment.MachineName} (process {Environment.ProcessId}, Select-IHModel slow", refused.Error, StringComparison.Ordinal);
        Assert.Contains("-Force", refused.Failure.Recommendation, StringComparison.Ordinal);
        Assert.False(first.IsCompleted);

        Task<SelectResult> waiting = SelectOtherAsync(TimeSpan.FromSeconds(60), takeOver: false);
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(SelectStatus.Started, (await waiting).Status);
        _other.Launch();
    }

    [Fact]
    public async Task Force_makes_the_holder_abort_in_order_and_takes_its_place()
    {
        RuntimeModel slow = _one.Add("slow", "--load-time 60");
        _other.Add("mine");
        Task<SelectResult> first = _one.SelectAsync("slow");
        await SampleServerProcess.WaitForHealthAsync(slow.Port!.Value, System.Net.HttpStatusCode.ServiceUnavailable, Token);

        SelectResult taken = await SelectOtherAsync(TimeSpan.FromSeconds(60), takeOver: true);

        Assert.Equal(SelectStatus.Started, taken.Status);
        _other.Launch();
        IdleHandsException failure = await Assert.ThrowsAsync<IdleHandsException>(() => first);
        Assert.Equal(ModelSelector.TakenOver, failure.ErrorId);
        Assert.Null(await SelectFixture.ServedAsync(slow.Port.Value));
        Assert.Null(_one.Store.Read());
    }

    [Fact]
    public async Task A_lease_is_renewed_while_its_holder_works()
    {
        RuntimeModel slow = _one.Add("slow", "--load-time 60");
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<SelectResult> running = _one.SelectAsync("slow", cancellation: interrupt.Token);
        await SampleServerProcess.WaitForHealthAsync(slow.Port!.Value, System.Net.HttpStatusCode.ServiceUnavailable, Token);
        string before = ReadLease();

        while (ReadLease() == before)
        {
            await Task.Delay(50, Token);
        }

        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("0", ReadLease().Split('|')[1]);
    }

    [Fact]
    public async Task The_lease_of_one_who_died_expires()
    {
        _other.Add("mine");
        await TakeAsync(TimeSpan.FromSeconds(2));

        SelectResult refused = await SelectOtherAsync(TimeSpan.Zero, takeOver: false);
        Assert.Equal("HostLeased", refused.Failure!.ErrorId);
        Assert.Contains("a ghost", refused.Error, StringComparison.Ordinal);

        Assert.Equal(SelectStatus.Started, (await SelectOtherAsync(TimeSpan.FromSeconds(30), takeOver: false)).Status);
        _other.Launch();
    }

    [Fact]
    public async Task Force_does_not_wait_for_one_who_does_not_react()
    {
        _other.Add("mine");
        LeaseReply ghost = await TakeAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(SelectStatus.Started, (await SelectOtherAsync(TimeSpan.FromSeconds(1), takeOver: true)).Status);
        _other.Launch();

        // Who comes back finds it taken.
        await using IHostConnection connection = _one.Connect();
        LeaseReply late = await connection.LeaseAsync(new LeaseCall(LeaseAction.Renew, "ghost", "a ghost", TimeSpan.FromMinutes(10), ghost.Number), Token);
        Assert.False(late.IsHeld);
    }

    [Fact]
    public async Task A_select_on_the_host_itself_and_one_from_elsewhere_see_each_other()
    {
        // The state directory of whoever works on the host itself.
        string state = Path.Combine(transport.Home, ".local/state/idlehands");
        Directory.CreateDirectory(state);
        _other.Add("mine");
        using (FileStream held = FileLock.TryAcquire(Path.Combine(state, "runtime.lock"))!)
        {
            SelectResult refused = await SelectOtherAsync(TimeSpan.Zero, takeOver: false);
            Assert.Equal("HostLeased", refused.Failure!.ErrorId);
            Assert.Contains("a select on that host itself", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(SelectStatus.Started, (await SelectOtherAsync(TimeSpan.FromSeconds(30), takeOver: false)).Status);
        _other.Launch();
    }

    private async Task<SelectResult> SelectOtherAsync(TimeSpan wait, bool takeOver)
    {
        try
        {
            return await _other.Selector.SelectAsync(new PlanRequest("mine"), OnFailure.Stop, new LockWait(wait, takeOver), _other, Token);
        }
        catch (IdleHandsException failure)
        {
            return new SelectResult { Id = "mine", Status = SelectStatus.Failed, Failure = failure, Error = failure.Message, HostId = "here", Duration = default };
        }
    }

    private async Task<LeaseReply> TakeAsync(TimeSpan lasts)
    {
        await using IHostConnection connection = _one.Connect();
        LeaseReply reply = await connection.LeaseAsync(new LeaseCall(LeaseAction.Take, "ghost", "a ghost", lasts), Token);
        Assert.True(reply.IsHeld);
        return reply;
    }

    private string ReadLease() => File.ReadAllText(
        Directory.EnumerateFiles(Leases).Where(file => Path.GetFileName(file).All(char.IsAsciiDigit)).MaxBy(file => int.Parse(Path.GetFileName(file), System.Globalization.CultureInfo.InvariantCulture))!);
}
