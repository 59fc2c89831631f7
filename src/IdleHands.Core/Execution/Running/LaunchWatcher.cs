using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>How a launch ended that should have gone on.</summary>
/// <param name="ExitCode">Exit code of the start command; null where it isn't known.</param>
/// <param name="Description">In words, to follow "its".</param>
internal sealed record LaunchEnd(int? ExitCode, string Description);

/// <summary>
/// Looks at a launch again and again while somebody waits for it, so that its end is known at once and not when the
/// wait is over.
/// </summary>
internal sealed class LaunchWatcher : IAsyncDisposable
{
    private static readonly TimeSpan EarlyPause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LatePause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EarlyPhase = TimeSpan.FromSeconds(2);

    /// <summary>A look at another host costs it a script: no more than a third of the time is spent on looking.</summary>
    private const int PausesPerLook = 2;

    private readonly IHostConnection _connection;
    private readonly TimeProvider _time;
    private readonly bool _isService;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<LaunchEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;
    private volatile bool _hasHeldServer;
    private volatile bool _handedOver;
    private LaunchObservation _last = new();
    private long _lastActivity;
    private int[] _survivors = [];

    /// <summary>Begins to watch.</summary>
    /// <param name="connection">The way to its host.</param>
    /// <param name="launch">What is watched.</param>
    /// <param name="isService">True when a status command speaks for the server: what its start command leaves behind is then no server.</param>
    /// <param name="time">The clock.</param>
    public LaunchWatcher(IHostConnection connection, LaunchRecord launch, bool isService, TimeProvider time)
    {
        _isService = isService;
        _connection = connection;
        Launch = launch;
        _time = time;
        _lastActivity = time.GetTimestamp();
        _loop = WatchAsync();
    }

    /// <summary>What is watched.</summary>
    public LaunchRecord Launch { get; }

    /// <summary>Done when the launch has ended although it should not have; never done when it handed over to a service.</summary>
    public Task<LaunchEnd> Ended => _ended.Task;

    /// <summary>What was seen last.</summary>
    public LaunchObservation Last => Volatile.Read(ref _last);

    /// <summary>True when the start command ended with 0 and nothing of it runs: a service took over.</summary>
    public bool HandedOver => _handedOver;

    /// <summary>How long ago its log, CPU time or I/O last moved.</summary>
    public TimeSpan Idle => _time.GetElapsedTime(Interlocked.Read(ref _lastActivity));

    /// <summary>The launch was seen to own the port: if it now ends, no service has taken over.</summary>
    public void NoteServer() => _hasHeldServer = true;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        long start = _time.GetTimestamp();
        try
        {
            for (long look = start; !await LookAsync().ConfigureAwait(false); look = _time.GetTimestamp())
            {
                TimeSpan pause = _time.GetElapsedTime(start) < EarlyPhase ? EarlyPause : LatePause;
                TimeSpan share = PausesPerLook * _time.GetElapsedTime(look);
                await Task.Delay(share < pause ? pause : share < LongestPause ? share : LongestPause, _time, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits any more.
        }
        catch (Exception e)
        {
            // Whatever it is, the one who waits must hear of it instead of waiting for a look that never comes.
            _ended.TrySetException(e);
        }
    }

    /// <summary>True when there is nothing more to see.</summary>
    private async Task<bool> LookAsync()
    {
        LaunchObservation seen = await _connection.ObserveAsync(Launch, _stop.Token).ConfigureAwait(false);
        if (seen.Activity != Last.Activity)
        {
            Interlocked.Exchange(ref _lastActivity, _time.GetTimestamp());
        }

        Volatile.Write(ref _last, seen);
        if (seen.ExitCode is { } code and not 0)
        {
            return _ended.TrySetResult(new LaunchEnd(code, $"start command ended with exit code {code}"));
        }

        if (seen.IsAlive)
        {
            NoteSurvivors(seen);
            return false;
        }

        if (seen.ExitCode is null)
        {
            return _ended.TrySetResult(new LaunchEnd(null, "processes are gone and left no exit code: they were killed, or the log directory was taken away"));
        }

        if (_hasHeldServer)
        {
            return _ended.TrySetResult(new LaunchEnd(0, "server ended although its start command had succeeded"));
        }

        _handedOver = true;
        return true;
    }

    /// <summary>
    /// A look is not one instant, and the launcher with its last helper lives a moment longer than the start command:
    /// only what two looks after its success have seen is a server that it left in the background.
    /// </summary>
    private void NoteSurvivors(LaunchObservation seen)
    {
        int[] survivors = seen.ExitCode == 0 ? seen.ProcessIds.Where(id => id != Launch.ProcessId).ToArray() : [];
        _hasHeldServer |= !_isService && survivors.Intersect(_survivors).Any();
        _survivors = survivors;
    }
}
