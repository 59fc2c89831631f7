namespace IdleHands.Hosts.Remote;

/// <summary>Bounds how many sessions are open on one connection at once. The bound can be lowered when the server allows fewer.</summary>
internal sealed class SessionTurns(int atOnce)
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly object _lock = new();
    private int _bound = atOnce;
    private int _taken;

    /// <summary>True when nobody has a turn.</summary>
    public bool AreFree
    {
        get
        {
            lock (_lock)
            {
                return _taken == 0;
            }
        }
    }

    /// <summary>Waits for a turn; who got one gives it back with <see cref="Release"/>.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_taken < _bound)
            {
                _taken++;
                return;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        await using CancellationTokenRegistration _ = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Gives a turn back.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _taken--;
            while (_taken < _bound && _waiting.TryDequeue(out TaskCompletionSource? next))
            {
                if (next.TrySetResult())
                {
                    _taken++;
                }
            }
        }
    }

    /// <summary>Lowers the bound to what is open now besides the caller's, because the server refused one more; never below one.</summary>
    public void Lower()
    {
        lock (_lock)
        {
            _bound = Math.Max(1, Math.Min(_bound - 1, _taken - 1));
        }
    }
}
