using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// A program of this machine that leads to another one: ssh, or what an exec prefix names. On Unix it runs in a session of
/// its own, so that Ctrl-C at the terminal reaches PowerShell alone, which then ends things in order, and so that it has
/// no terminal to ask questions at.
/// </summary>
internal sealed class ChildProgram : IRemoteProcess
{
    private static readonly Lazy<NameList> Session = new(() => OperatingSystem.IsWindows() ? NameList.Empty : SessionStarter.All().FirstOrDefault() ?? NameList.Empty);

    private readonly Process _process;
    private readonly Action? _ended;
    private bool _isDisposed;

    private readonly bool _killsTree;

    private ChildProgram(Process process, bool killsTree, Action? ended)
    {
        _process = process;
        _killsTree = killsTree;
        _ended = ended;
    }

    /// <inheritdoc />
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <inheritdoc />
    public Stream Error => _process.StandardError.BaseStream;

    /// <summary>Starts a program.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="environment">Variables to set beside the user's own.</param>
    /// <param name="ended">Called once when it has been disposed.</param>
    /// <param name="killsTree">False where what it starts may be the very thing that is to outlive it: a prefix that leads to no other machine.</param>
    /// <exception cref="Win32Exception">There is no such program, or it can't be run.</exception>
    public static ChildProgram Start(IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? environment = null, Action? ended = null, bool killsTree = true)
    {
        // Looked for here: a program that opens a session would only say so on its error stream.
        string program = Find(words[0]) ?? throw new Win32Exception(2, $"'{words[0]}' is not on PATH");
        string[] all = [.. Session.Value, program, .. words.Skip(1)];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        foreach ((string name, string value) in environment ?? EnvironmentMap.Empty)
        {
            start.Environment[name] = value;
        }

        return new ChildProgram(Process.Start(start)!, killsTree, ended);
    }

    /// <summary>Writes to its input, and closes it. A program that has ended already tells so by its exit.</summary>
    public async Task SendAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // What it said before it ended tells why.
        }
    }

    /// <summary>Its whole output and error streams, read until both are closed or it is canceled.</summary>
    public async Task<(int ExitCode, string Output, string Error)> ReadToEndAsync(CancellationToken cancellationToken)
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = _process.StandardError.ReadToEndAsync(cancellationToken);
        int code = await WaitAsync(cancellationToken).ConfigureAwait(false);
        return (code, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <inheritdoc />
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Ends it, mostly with what it started (the ssh of a jump host), if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(_killsTree);
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
        finally
        {
            _process.Dispose();
            _ended?.Invoke();
        }
    }

    private static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            return File.Exists(name) ? name : null;
        }

        return Executables.Find(name) ?? (OperatingSystem.IsWindows() && !name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? Executables.Find(name + ".exe") : null);
    }
}
