using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// The leases of hosts that one run holds. Whoever switches models on a host from another machine holds its lease, so
/// that two people never switch the same machine at once. It is renewed while the run goes on, given back at its end, and
/// expires by itself when the run was killed; the next run of the same state directory need not wait for that.
/// </summary>
internal sealed class HostLeases : IAsyncDisposable
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RenewPause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan TryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(10);

    private readonly string _token;
    private readonly string _action;
    private readonly LockWait _wait;
    private readonly ISelectObserver _observer;
    private readonly TimeProvider _time;
    private readonly Dictionary<RuntimeHost, (IHostConnection Connection, long Number)> _held = [];
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _released = new();
    private Task _renewing = Task.CompletedTask;

    /// <summary>Begins with none.</summary>
    /// <param name="token">Who holds them: <see cref="StateIdentity"/>.</param>
    /// <param name="action">What they are taken for; others see it.</param>
    /// <param name="wait">How long to wait for one that somebody else has, and whether to take it over.</param>
    /// <param name="observer">Hears of a wait.</param>
    /// <param name="time">The clock.</param>
    public HostLeases(string token, string action, LockWait wait, ISelectObserver observer, TimeProvider time)
    {
        _token = token;
        _action = action;
        _wait = wait;
        _observer = observer;
        _time = time;
    }

    /// <summary>Cancelled when somebody asks to take a lease over, or has taken it.</summary>
    public CancellationToken Lost => _lost.Token;

    private string Owner => $"{Environment.UserName} on {Environment.MachineName} (process {Environment.ProcessId}, {_action})";

    /// <summary>Takes the lease of a host, unless it is held already.</summary>
    /// <param name="host">The host.</param>
    /// <param name="connection">The way to it; kept until the leases are given back.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IdleHandsException"><c>HostLeased</c>: somebody else has it. And those of the way to the host.</exception>
    public async Task HoldAsync(RuntimeHost host, IHostConnection connection, CancellationToken cancellationToken)
    {
        if (_held.ContainsKey(host))
        {
            return;
        }

        long start = _time.GetTimestamp();
        LeaseAction action = LeaseAction.Take;
        long number = 0;
        bool isFirst = true;
        while (true)
        {
            LeaseReply reply = await connection.LeaseAsync(new LeaseCall(action, _token, Owner, Lasts, number), cancellationToken).ConfigureAwait(false);
            if (reply.IsHeld)
            {
                Keep(host, connection, reply.Number);
                return;
            }

            TimeSpan waited = _time.GetElapsedTime(start);
            if (waited >= _wait.Timeout && (!_wait.TakeOver || action == LeaseAction.Break))
            {
                throw Leased(host, reply);
            }

            if (isFirst)
            {
                isFirst = false;
                _observer.WaitingForHost(host.Id, reply.Describe());
                if (_wait.TakeOver)
                {
                    await connection.LeaseAsync(new LeaseCall(LeaseAction.Ask, _token, Owner, Lasts), cancellationToken).ConfigureAwait(false);
                }
            }

            if (_wait.TakeOver && waited >= TakeOverWait)
            {
                // Asked in vain: whoever has it hangs, or is cut off. When it comes back it finds the lease taken, and ends.
                action = LeaseAction.Break;
                number = reply.Number;
                continue;
            }

            await Task.Delay(TryPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives all of them back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(ReleaseLimit);
        foreach ((IHostConnection connection, long number) in _held.Values)
        {
            try
            {
                await connection.LeaseAsync(new LeaseCall(LeaseAction.Release, _token, Owner, Lasts, number), limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IdleHandsException or OperationCanceledException)
            {
                // The host can't be reached: the lease expires there by itself.
            }
        }

        _lost.Dispose();
        _released.Dispose();
    }

    /// <summary>How long somebody who was asked to abort gets for it: to see it, and to stop what it had started.</summary>
    private TimeSpan TakeOverWait => TimeSpan.FromSeconds(Math.Min(30, _wait.Timeout.TotalSeconds));

    private void Keep(RuntimeHost host, IHostConnection connection, long number)
    {
        lock (_held)
        {
            _held[host] = (connection, number);
            if (_held.Count == 1 && host.Transport != HostTransport.Local)
            {
                _renewing = RenewAsync();
            }
        }
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(RenewPause, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_released.Token).ConfigureAwait(false))
            {
                (IHostConnection Connection, long Number)[] held;
                lock (_held)
                {
                    held = [.. _held.Values];
                }

                foreach ((IHostConnection connection, long number) in held)
                {
                    await RenewAsync(connection, number).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Given back.
        }
    }

    private async Task RenewAsync(IHostConnection connection, long number)
    {
        try
        {
            LeaseReply reply = await connection.LeaseAsync(new LeaseCall(LeaseAction.Renew, _token, Owner, Lasts, number), _released.Token).ConfigureAwait(false);
            if (!reply.IsHeld || reply.IsAskedToGo)
            {
                await _lost.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (IdleHandsException)
        {
            // The host can't be reached just now; the next time, the lease tells whether somebody has taken it meanwhile.
        }
    }

    private IdleHandsException Leased(RuntimeHost host, LeaseReply reply) => new(
        "HostLeased",
        FailureKind.Busy,
        $"Host '{host.Id}' is in the hands of {reply.Describe()}, who is switching models there; waited {_wait.Timeout.TotalSeconds:0} s."
        + (reply.ExpiresIn is { } left && left > TimeSpan.Zero ? FormattableString.Invariant($" Without a sign of life that ends in {left.TotalSeconds:0} s.") : string.Empty),
        "Wait longer with -LockTimeoutSec, or take over with -Force.",
        host.Id);
}
