using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IdleHands.Execution;

/// <summary>Who holds the lock of a state directory.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="Action">What it does, e.g. <c>Select-IHModel qwen3</c>.</param>
/// <param name="Since">Since when.</param>
public sealed record LockHolder(int ProcessId, string Action, DateTimeOffset Since)
{
    /// <inheritdoc />
    public override string ToString() => $"process {ProcessId} ({Action}, since {Since.ToLocalTime():HH:mm:ss})";
}

/// <summary>How long to wait for the lock, and whether to take it over.</summary>
/// <param name="Timeout">How long to wait.</param>
/// <param name="TakeOver">True: the holder is asked to abort in order.</param>
public sealed record LockWait(TimeSpan Timeout, bool TakeOver);

/// <summary>
/// One select at a time per state directory: an operating-system lock on <c>runtime.lock</c>. Beside it stands a note
/// that says who holds it, and, while somebody wants to take it over, a note that asks the holder to abort.
/// </summary>
internal sealed class RuntimeLock : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TakeoverPause = TimeSpan.FromMilliseconds(200);

    private readonly FileStream _lock;
    private readonly string _path;
    private readonly CancellationTokenSource _takeover = new();
    private readonly CancellationTokenSource _released = new();
    private readonly Task _watch;

    private RuntimeLock(FileStream @lock, string path)
    {
        _lock = @lock;
        _path = path;
        Erase(TakeoverNote(path));
        _watch = WatchForTakeoverAsync();
    }

    /// <summary>Cancelled when somebody asks to take the lock over.</summary>
    public CancellationToken TakeoverRequested => _takeover.Token;

    /// <summary>Waits for the lock.</summary>
    /// <param name="path">The lock file; its directory is made.</param>
    /// <param name="action">What the lock is taken for; others see it.</param>
    /// <param name="wait">How long to wait, and how.</param>
    /// <param name="onWaiting">Called once, when the lock is held by another.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IdleHandsException"><c>RuntimeLocked</c>, <c>StateNotWritable</c>.</exception>
    public static async Task<RuntimeLock> AcquireAsync(
        string path, string action, LockWait wait, Action<LockHolder?> onWaiting, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        bool isFirstTry = true;
        while (true)
        {
            if (TryOpen(path) is { } file)
            {
                WriteNote(HolderNote(path), JsonSerializer.SerializeToUtf8Bytes(new LockHolder(Environment.ProcessId, action, DateTimeOffset.Now), StateJson.Default.LockHolder));
                return new RuntimeLock(file, path);
            }

            TimeSpan left = wait.Timeout - Stopwatch.GetElapsedTime(start);
            if (wait.TakeOver && left > TimeSpan.Zero)
            {
                WriteNote(TakeoverNote(path), Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            }

            if (isFirstTry)
            {
                onWaiting(ReadHolder(path));
                isFirstTry = false;
            }

            try
            {
                if (left <= TimeSpan.Zero)
                {
                    throw Locked(path, wait);
                }

                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
            catch when (wait.TakeOver)
            {
                // Who gives up must not make the holder abort for nobody.
                Erase(TakeoverNote(path));
                throw;
            }
        }
    }

    /// <summary>Who holds the lock, as the note beside it says; null for nobody. The lock is not touched.</summary>
    public static LockHolder? FindHolder(string path)
    {
        try
        {
            if (ReadHolder(path) is { } holder)
            {
                using var process = Process.GetProcessById(holder.ProcessId);

                // One that was started later only has the number of the holder, which was killed and left its note.
                return process.StartTime <= holder.Since.LocalDateTime ? holder : null;
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // Its process was killed, and left the note.
        }

        return null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        Erase(HolderNote(_path));
        await _lock.DisposeAsync().ConfigureAwait(false);
        _takeover.Dispose();
        _released.Dispose();
    }

    private static string HolderNote(string path) => path + ".holder";

    private static string TakeoverNote(string path) => path + ".takeover";

    private static FileStream? TryOpen(string path)
    {
        try
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
            return FileLock.TryAcquire(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ActiveRuntimeStore.NotWritable(path, e);
        }
    }

    /// <summary>A note is a courtesy: a full disk that keeps it from being written is no reason not to work.</summary>
    private static void WriteNote(string note, ReadOnlySpan<byte> content)
    {
        try
        {
            PrivateFiles.Replace(note, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then others can't say who holds the lock; that somebody does they still see.
        }
    }

    private static void Erase(string note)
    {
        try
        {
            File.Delete(note);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next holder writes over it.
        }
    }

    private static LockHolder? ReadHolder(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(HolderNote(path)), StateJson.Default.LockHolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // It has just been taken, or is just being released.
        }
    }

    private static IdleHandsException Locked(string path, LockWait wait)
    {
        LockHolder? holder = ReadHolder(path);
        string who = holder?.ToString() ?? "another process";
        string end = holder is null ? "end that process" : FormattableString.Invariant($"end that process: Stop-Process -Id {holder.ProcessId}");
        return wait.TakeOver
            ? new IdleHandsException(
                "RuntimeLocked",
                FailureKind.Busy,
                $"{who} was asked to abort and hand the lock over, and did not within {wait.Timeout.TotalSeconds:0} s.",
                $"Wait longer with -LockTimeoutSec, or {end}. The lock goes with it.",
                path)
            : new IdleHandsException(
                "RuntimeLocked",
                FailureKind.Busy,
                $"{who} is switching models; waited {wait.Timeout.TotalSeconds:0} s for it to end.",
                "Wait longer with -LockTimeoutSec, or take over with -Force.",
                path);
    }

    private async Task WatchForTakeoverAsync()
    {
        using var timer = new PeriodicTimer(TakeoverPause);
        try
        {
            while (await timer.WaitForNextTickAsync(_released.Token).ConfigureAwait(false))
            {
                if (File.Exists(TakeoverNote(_path)))
                {
                    await _takeover.CancelAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }
}
