using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace IdleHands.Testing;

/// <summary>
/// A run of the quickstart whose temporary files go to a directory of its own, so that a test can see what is left.
/// </summary>
internal sealed class QuickstartProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private TaskCompletionSource _grew = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private QuickstartProcess(Process process, string temporary)
    {
        _process = process;
        TemporaryDirectory = temporary;
    }

    /// <summary>Where it puts its temporary files.</summary>
    public string TemporaryDirectory { get; }

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    /// <summary>Starts it.</summary>
    /// <param name="environment">Variables to set beside the inherited ones.</param>
    /// <param name="arguments">Its command line.</param>
    public static QuickstartProcess Start(IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        string temporary = Directory.CreateTempSubdirectory("idlehands-test-").FullName;
        var start = new ProcessStartInfo(FindExecutable(), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string name in (string[])["IDLEHANDS_CONFIG_DIR", "IDLEHANDS_STATE_DIR"])
        {
            start.Environment.Remove(name);
        }

        foreach (string name in (string[])["TMPDIR", "TEMP", "TMP"])
        {
            start.Environment[name] = temporary;
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        StopIgnoringInterrupts();
        var run = new QuickstartProcess(new Process { StartInfo = start }, temporary);
        run._process.OutputDataReceived += (_, line) => run.Append(run._output, line.Data);
        run._process.ErrorDataReceived += (_, line) => run.Append(run._errors, line.Data);
        run._process.Start();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Runs PowerShell in it to the end and gives the exit code.</summary>
    public static async Task<QuickstartProcess> RunCommandAsync(string command, CancellationToken cancellationToken)
    {
        QuickstartProcess run = Start(EnvironmentMap.Empty, "-Command", command);
        await run.WaitForExitAsync(cancellationToken);
        return run;
    }

    public int ProcessId => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Gives it lines, and the end of the input.</summary>
    public void Type(params IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            _process.StandardInput.WriteLine(line);
        }

        _process.StandardInput.Close();
    }

    /// <summary>Waits until its output holds a text.</summary>
    public Task WaitForOutputAsync(string text, CancellationToken cancellationToken) => WaitForAsync(() => Output, text, cancellationToken);

    /// <summary>Waits until what it writes to standard error holds a text: errors, warnings, verbose lines, progress.</summary>
    public Task WaitForErrorsAsync(string text, CancellationToken cancellationToken) => WaitForAsync(() => Errors, text, cancellationToken);

    public async Task WaitForExitAsync(CancellationToken cancellationToken) => await _process.WaitForExitAsync(cancellationToken);

    /// <summary>Sends a signal; nothing where it has ended already. Not on Windows.</summary>
    public void Signal(int signal) => Assert.True(_process.HasExited || SendSignal(_process.Id, signal) == 0 || _process.HasExited);

    /// <summary>Ends it as a crash would; nothing where it has ended already. What it launched is left alone.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Nothing of it is left: no file, and (where the system tells) no process that inherited its directories.</summary>
    public void AssertNothingIsLeft()
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(TemporaryDirectory));
        if (OperatingSystem.IsLinux())
        {
            Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), IsOurs);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(TemporaryDirectory, recursive: true);
    }

    private async Task WaitForAsync(Func<string> written, string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grew = _grew.Task;
            if (written().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await Task.WhenAny(grew, _process.WaitForExitAsync(cancellationToken)).WaitAsync(cancellationToken);
            Assert.False(_process.HasExited && !written().Contains(text, StringComparison.Ordinal), $"It ended without '{text}':\n{Output}\n{Errors}");
        }
    }

    /// <summary>What a shell runs in the background ignores Ctrl-C for good, and what is started from there inherits that.</summary>
    private static void StopIgnoringInterrupts()
    {
        const int Interrupt = 2;
        const nint DefaultAction = 0;
        const string Ignored = "SigIgn:";
        if (OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is { } mask
            && (ulong.Parse(mask.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (Interrupt - 1))) != 0)
        {
            _ = SetSignalAction(Interrupt, DefaultAction);
        }
    }

    private static string FindExecutable()
    {
        string directory = typeof(QuickstartProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "QuickstartDirectory").Value!;
        return Path.Combine(directory, OperatingSystem.IsWindows() ? "quickstart.exe" : "quickstart");
    }

    private bool IsOurs(string processDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(processDirectory, "environ")).Contains(TemporaryDirectory, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Append(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (text)
        {
            text.Append(line).Append('\n');
        }

        Interlocked.Exchange(ref _grew, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SetSignalAction(int signal, nint action);
}
