using System.Runtime.InteropServices;

namespace IdleHands.Samples.Quickstart;

/// <summary>
/// Turns Ctrl-C, SIGTERM and SIGHUP into a token, so that the main thread unwinds and cleans up by itself. At a prompt
/// Ctrl-C stops the running command only.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly bool _interruptEnds;
    private CancellationTokenSource _interrupt = new();

    public Signals(bool interruptEnds)
    {
        _interruptEnds = interruptEnds;
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Canceled when the program is to end.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>What a shell expects of a program that a signal ended; null when none did.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>A token for one command: canceled by the next Ctrl-C, and when the program is to end.</summary>
    public CancellationTokenSource NextInterrupt()
    {
        var next = CancellationTokenSource.CreateLinkedTokenSource(End);
        Interlocked.Exchange(ref _interrupt, next).Dispose();
        return next;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _interrupt.Dispose();
        _end.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            if (context.Signal == PosixSignal.SIGINT && !_interruptEnds)
            {
                _interrupt.Cancel();
                return;
            }

            ExitCode ??= context.Signal switch
            {
                PosixSignal.SIGINT => 130,
                PosixSignal.SIGHUP => 129,
                _ => 143,
            };
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It came while the program was ending anyway.
        }
    }
}
