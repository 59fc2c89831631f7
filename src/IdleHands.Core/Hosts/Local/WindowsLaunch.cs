using System.Globalization;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>
/// A launch that this process made and watches. Windows keeps an exit code only as long as somebody holds the process
/// open, and leaves no parent behind that could write it down: so the code is written to the launch's file by whoever
/// made the launch, as long as that process lives. A launch that ends later has no known exit code.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsLaunch
{
    private readonly object _gate = new();
    private readonly WindowsProcess _process;
    private readonly string _exitCodePath;
    private bool _settled;

    private WindowsLaunch(WindowsProcess process, string exitCodePath)
    {
        _process = process;
        _exitCodePath = exitCodePath;
    }

    /// <summary>Takes a process over and watches it in the background.</summary>
    public static WindowsLaunch Watch(WindowsProcess process, string exitCodePath, Action<WindowsLaunch> ended)
    {
        var launch = new WindowsLaunch(process, exitCodePath);
        _ = launch.SettleWhenEndedAsync(ended);
        return launch;
    }

    /// <summary>
    /// Writes the exit code if the process has ended. Called before each look at the launch, so that nobody sees it
    /// ended and its code not yet there.
    /// </summary>
    public void Settle()
    {
        lock (_gate)
        {
            if (_settled || _process.IsRunning)
            {
                return;
            }

            _settled = true;
            try
            {
                File.WriteAllText(_exitCodePath, _process.ExitCode.ToString(CultureInfo.InvariantCulture) + "\n");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The code stays unknown, which every reader must expect anyway.
            }

            _process.Dispose();
        }
    }

    private async Task SettleWhenEndedAsync(Action<WindowsLaunch> ended)
    {
        try
        {
            await _process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IdleHandsException or ObjectDisposedException)
        {
            // It can't be waited for, or was settled by a look at it meanwhile.
        }

        Settle();
        ended(this);
    }
}
