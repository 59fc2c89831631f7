using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IdleHands.Samples.SampleServer;

/// <summary>
/// When the process ends, and with what. The main thread waits here; whoever finds a reason to end says so.
/// A first SIGTERM ends it at once when nothing is being answered; otherwise it hangs until the clients have left, as
/// llama-server does, or until a second one.
/// </summary>
internal sealed class Lifecycle(TimeSpan lifetime, bool ignoreTerm) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ManualResetEventSlim _ended = new(initialState: false, spinCount: 0);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _exitCode;
    private int _requests;
    private bool _stopping;
    private Action? _stopListening;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>True from the first SIGTERM on: what generates, stalls.</summary>
    public bool Stopping
    {
        get
        {
            lock (_gate)
            {
                return _stopping;
            }
        }
    }

    /// <summary>Starts to listen for signals.</summary>
    /// <param name="stopListening">Frees the port.</param>
    public void HandleSignals(Action stopListening)
    {
        _stopListening = stopListening;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
    }

    /// <summary>Waits, at most this long; null for as long as it lives. Gives the exit code when the process is to end.</summary>
    public int? Wait(TimeSpan? time)
    {
        TimeSpan left = lifetime - Elapsed;
        bool isLast = time is null || time >= left;
        TimeSpan wait = isLast ? left : time!.Value;
        if (_ended.Wait(wait > TimeSpan.Zero ? wait : TimeSpan.Zero))
        {
            return _exitCode;
        }

        if (!isLast)
        {
            return null;
        }

        Log.Line("main: the sample server's --lifetime is over, exiting");
        return 1;
    }

    public void BeginRequest()
    {
        lock (_gate)
        {
            _requests++;
        }
    }

    public void EndRequest()
    {
        lock (_gate)
        {
            _requests--;
            if (_stopping && _requests == 0)
            {
                End(0);
            }
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _ended.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (ignoreTerm)
        {
            Log.Line("srv    operator(): received a signal to end, ignored (--ignore-term)");
            return;
        }

        lock (_gate)
        {
            if (_stopping)
            {
                Log.Line("Received second interrupt, terminating immediately.");
                End(1);
                return;
            }

            _stopping = true;
            Log.Line("srv    operator(): operator(): cleaning up before exit...");
            _stopListening?.Invoke();
            if (_requests == 0)
            {
                End(0);
            }
        }
    }

    private void End(int exitCode)
    {
        if (!_ended.IsSet)
        {
            _exitCode = exitCode;
            _ended.Set();
        }
    }
}
