using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IdleHands.Hosts.Local;

/// <summary>Linux and macOS: sessions, signals, and a process table that either system has in its own form.</summary>
internal sealed class UnixPlatform(IProcessTable processes, NameList? sessionStarter) : ILocalPlatform
{
    /// <summary>
    /// Runs in the new session. It says that it is ready, waits to be let go (end of input means that whoever started it
    /// has died: then nothing is started), runs the start command and writes its exit code down. It survives a TERM to
    /// the session, so that the code is written; its children get the default action back.
    /// </summary>
    private const string Launcher = """
        log=$1 exitfile=$2; shift 2
        (umask 077; : >>"$log") || exit 125
        echo ready
        read -r go || exit 126
        exec </dev/null >>"$log" 2>&1
        trap : HUP INT TERM
        "$@"
        code=$?
        (umask 077; echo "$code" >"$exitfile.new") && mv -f "$exitfile.new" "$exitfile"
        exit "$code"
        """;

    private static readonly TimeSpan LauncherLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(1);

    private readonly LaunchFinder _finder = new(processes, Environment.ProcessId);

    /// <inheritdoc />
    public string DefaultShell { get; } = Executables.Find("bash") is null ? "sh" : "bash";

    /// <inheritdoc />
    public string BootId => processes.BootId;

    /// <inheritdoc />
    public ILocalCommand StartCommand(ShellCommand command)
    {
        Process process = Start([.. sessionStarter ?? NameList.Empty, .. ShellWords(command)], command);
        process.StandardInput.Close();
        return new UnixCommand(process, processes, ownsSession: sessionStarter is not null);
    }

    /// <inheritdoc />
    public async Task<LaunchRecord> StartDetachedAsync(
        string launchId,
        ShellCommand command,
        LaunchFiles files,
        Func<LaunchRecord, Task> record,
        CancellationToken cancellationToken)
    {
        NameList prefix = sessionStarter ?? throw NoSession();
        string[] launcher = ["/bin/sh", "-c", Launcher, "idlehands", files.Log, files.ExitCode];
        var environment = new Dictionary<string, string>(command.Environment) { [LaunchFinder.Mark] = launchId };

        // Not disposed before the launcher is let go: closing its input is what lets it end by itself.
        using Process process = Start([.. prefix, .. launcher, .. ShellWords(command)], command with { Environment = environment });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LauncherLimit);
        try
        {
            await WaitUntilReadyAsync(process, limit.Token).ConfigureAwait(false);
            LaunchRecord launch = Describe(launchId, process.Id, files);
            LaunchFinder.Watch(launchId);
            await record(launch).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            await LetGoAsync(process, files).ConfigureAwait(false);
            return launch;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw LaunchFailed($"its launcher did not answer within {LauncherLimit.TotalSeconds} s", files.Log);
        }
    }

    /// <inheritdoc />
    public LaunchRecord? Adopt(int processId)
    {
        if (processes.Find(processId) is not { } process)
        {
            return null;
        }

        string start = LaunchFinder.StartTimeOf(process);
        var launch = new LaunchRecord
        {
            LaunchId = $"adopted-{processId.ToString(CultureInfo.InvariantCulture)}-{start}",
            ProcessId = processId,
            StartTime = start,
            BootId = BootId,
            LogPath = processes.FindErrorFile(processId),
            StartedAt = ProcessStart.Of(processId),
            IsAdopted = true,
        };
        return launch with { KnownProcesses = Identify(FindProcesses(launch, everywhere: true)) };
    }

    /// <inheritdoc />
    public IReadOnlyList<int> FindProcesses(LaunchRecord launch, bool everywhere) => _finder.Find(launch, everywhere);

    /// <inheritdoc />
    public NameList Identify(IReadOnlyList<int> processIds) =>
        _finder.Identify(processIds);

    /// <inheritdoc />
    public bool IsOfLaunch(LaunchRecord launch, int processId) => FindProcesses(launch, everywhere: true).Contains(processId);

    /// <inheritdoc />
    public long MeasureActivity(IReadOnlyList<int> processIds) =>
        processIds.Sum(id => (processes.Find(id)?.CpuTime ?? 0) + processes.MeasureInputOutput(id));

    /// <inheritdoc />
    public void Signal(LaunchRecord launch, LaunchSignal signal)
    {
        int number = signal == LaunchSignal.Kill ? NativeMethods.KillSignal : NativeMethods.TerminateSignal;
        foreach (int id in FindProcesses(launch, everywhere: true))
        {
            _ = NativeMethods.Kill(id, number);
        }
    }

    /// <inheritdoc />
    /// <remarks>The table of sockets holds every connection of the machine, thousands on a busy one; a port on which nobody listens refuses at once.</remarks>
    public async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken).AsTask().WaitAsync(ConnectLimit, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (TimeoutException)
        {
            return true; // Somebody has the port, and is too busy to answer.
        }
    }

    /// <inheritdoc />
    public IReadOnlyList<PortHolder> FindPortHolders(int port) => processes.FindPortHolders(port);

    /// <summary>The program and arguments that read a command line in a shell.</summary>
    /// <exception cref="IdleHandsException"><c>ShellNotFound</c>.</exception>
    internal static string[] ShellWords(ShellCommand command)
    {
        string program = Executables.Find(command.Shell) ?? throw new IdleHandsException(
            "ShellNotFound",
            FailureKind.NotFound,
            $"The shell '{command.Shell}' is not on PATH of this machine.",
            "Install it, or set another shell: Set-IHHost -Shell sh",
            command.Shell);
        return command.Shell == "pwsh"
            ? [program, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", PowerShellCommand.KeepingExitCode(command.Text)]
            : [program, "-c", command.Text];
    }

    private LaunchRecord Describe(string launchId, int processId, LaunchFiles files)
    {
        UnixProcess leader = processes.Find(processId) ?? throw LaunchFailed("its launcher ended at once", files.Log);
        return new LaunchRecord
        {
            LaunchId = launchId,
            ProcessId = processId,
            StartTime = LaunchFinder.StartTimeOf(leader),
            BootId = BootId,
            LogPath = files.Log,
            StartedAt = DateTimeOffset.Now,
        };
    }

    private static async Task LetGoAsync(Process process, LaunchFiles files)
    {
        try
        {
            await process.StandardInput.WriteAsync("go\n").ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException e)
        {
            throw LaunchFailed($"its launcher ended before it was let go: {e.Message}", files.Log);
        }
    }

    private static async Task WaitUntilReadyAsync(Process process, CancellationToken cancellationToken)
    {
        if (await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) == "ready")
        {
            return;
        }

        string error = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        throw LaunchFailed(error.Trim(), null);
    }

    /// <summary>All three standard streams are redirected, so that .NET leaves the terminal's settings alone.</summary>
    private static Process Start(string[] words, ShellCommand command)
    {
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or DirectoryNotFoundException)
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.Failed,
                $"'{words[0]}' could not be started in {command.WorkingDirectory}: {e.Message}",
                "Test-IHHost shows whether commands run on this host.",
                words[0],
                e);
        }
    }

    private static IdleHandsException LaunchFailed(string why, string? log) => new(
        "LaunchFailed",
        FailureKind.Failed,
        $"The start command could not be launched: {why}",
        "Check that the log directory can be written and that sh works on this host.",
        log);

    private static IdleHandsException NoSession() => new(
        "LaunchFailed",
        FailureKind.Unavailable,
        "The start command could not be launched: this machine has no program that opens a session (setsid, perl or python3).",
        "Install util-linux (setsid), perl or python3.");
}
