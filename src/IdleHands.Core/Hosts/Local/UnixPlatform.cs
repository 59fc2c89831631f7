using System.Collections.Concurrent;
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

    /// <summary>Launches of this process whose session has not been seen empty: its number can't have been used again.</summary>
    private readonly ConcurrentDictionary<string, bool> _watched = new(StringComparer.Ordinal);

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
        var environment = new Dictionary<string, string>(command.Environment) { ["IDLEHANDS_LAUNCH_ID"] = launchId };

        // Not disposed before the launcher is let go: closing its input is what lets it end by itself.
        using Process process = Start([.. prefix, .. launcher, .. ShellWords(command)], command with { Environment = environment });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LauncherLimit);
        try
        {
            await WaitUntilReadyAsync(process, limit.Token).ConfigureAwait(false);
            LaunchRecord launch = Describe(launchId, process.Id, files);
            _watched[launchId] = true;
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

        string start = StartTimeOf(process);
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
    public IReadOnlyList<int> FindProcesses(LaunchRecord launch, bool everywhere)
    {
        if (launch.BootId != BootId)
        {
            return [];
        }

        if (launch.IsAdopted)
        {
            return FindAdopted(launch);
        }

        int[] members = FindInSession(launch);
        if (members.Length > 0 && !everywhere)
        {
            return members;
        }

        // A start command that opens a session of its own (setsid, a daemon) hands the launch id down, stays a child, or
        // was known when its server was ready. PowerShell itself may have inherited the id, from a terminal in a tmux
        // server that a start command brought up.
        UnixProcess[] all = processes.All().ToArray();
        HashSet<int> own = ProcessTree.Lineage(all, Environment.ProcessId);
        int[] known = Known(all, launch);
        int[] marked = Ids(all.Where(process => !own.Contains(process.Id) && CarriesId(process.Id, launch) == true));
        return members.Union(known).Union(marked).Union(ProcessTree.Descendants(all, members.Union(known))).ToArray();
    }

    /// <inheritdoc />
    public NameList Identify(IReadOnlyList<int> processIds) =>
        NameList.From(processIds.Select(processes.Find).OfType<UnixProcess>().Select(Identity));

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

    private static string StartTimeOf(UnixProcess process) => process.StartTime.ToString(CultureInfo.InvariantCulture);

    private static int[] Ids(IEnumerable<UnixProcess> members) => members.Select(member => member.Id).ToArray();

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

    /// <summary>
    /// The members of the launch's session. When its leader is gone, its number can't tell a survivor of ours from a
    /// stranger's session that got the number later: then the launch's id in the environment does, or that the process
    /// was written down, or that this process has watched the session from its start and never found it empty.
    /// </summary>
    private int[] FindInSession(LaunchRecord launch)
    {
        var members = processes.OfSession(launch.ProcessId);
        var leader = members.FirstOrDefault(member => member.Id == launch.ProcessId);
        if (leader.Id != 0)
        {
            return StartTimeOf(leader) == launch.StartTime ? Ids(members) : [];
        }

        if (members.Count == 0)
        {
            _watched.TryRemove(launch.LaunchId, out _);
        }

        bool isWatched = _watched.ContainsKey(launch.LaunchId);
        return Ids(members.Where(member => CarriesId(member.Id, launch) ?? (isWatched || launch.KnownProcesses.Contains(Identity(member)))));
    }

    /// <summary>The process that was adopted and its children; when it has ended, those of them that were seen at the adoption.</summary>
    private int[] FindAdopted(LaunchRecord launch)
    {
        UnixProcess[] all = processes.All().ToArray();
        int[] root = Ids(all.Where(process => process.Id == launch.ProcessId && StartTimeOf(process) == launch.StartTime));
        return root.Union(Known(all, launch)).Union(ProcessTree.Descendants(all, root)).ToArray();
    }

    private static int[] Known(IEnumerable<UnixProcess> all, LaunchRecord launch) =>
        launch.KnownProcesses.Count == 0 ? [] : Ids(all.Where(process => launch.KnownProcesses.Contains(Identity(process))));

    private static string Identity(UnixProcess process) => string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{process.StartTime}");

    /// <summary>Whether a process carries the launch's id; null where it carries none (env -i, a rewritten title) or hides it.</summary>
    private bool? CarriesId(int processId, LaunchRecord launch) =>
        processes.TryReadEnvironment(processId, "IDLEHANDS_LAUNCH_ID", out string? launchId) && launchId is not null
            ? launchId == launch.LaunchId
            : null;

    private LaunchRecord Describe(string launchId, int processId, LaunchFiles files)
    {
        UnixProcess leader = processes.Find(processId) ?? throw LaunchFailed("its launcher ended at once", files.Log);
        return new LaunchRecord
        {
            LaunchId = launchId,
            ProcessId = processId,
            StartTime = StartTimeOf(leader),
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
