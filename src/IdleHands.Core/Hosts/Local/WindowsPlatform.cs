using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>
/// A local host on Windows. A launch is a job named by the launch's id; a process is named for ever by its number and
/// the instant it was made.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsPlatform : ILocalPlatform
{
    private const string LaunchIdVariable = "IDLEHANDS_LAUNCH_ID";
    private readonly ConcurrentDictionary<string, WindowsLaunch> _launches = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public string DefaultShell => "pwsh";

    /// <inheritdoc />
    public string BootId { get; } = WindowsBoot.Read();

    /// <inheritdoc />
    public ILocalCommand StartCommand(ShellCommand command) => WindowsCommand.Start(command);

    /// <inheritdoc />
    public async Task<LaunchRecord> StartDetachedAsync(
        string launchId,
        ShellCommand command,
        LaunchFiles files,
        Func<LaunchRecord, Task> record,
        CancellationToken cancellationToken)
    {
        // Until it is recorded the launch is bound to this process: should this one die, nothing of it stays.
        using WindowsJob job = WindowsJob.CreateForLaunch(launchId);
        (WindowsProcess process, SafeThreadHandle thread) = CreateSuspended(job, launchId, command, files);
        using (thread)
        {
            try
            {
                LaunchRecord launch = Describe(launchId, process, files);
                await record(launch).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                job.Release();
                job.ShareWith(process);
                WindowsProcess.Resume(thread);
                _launches[launchId] = WindowsLaunch.Watch(process, files.ExitCode, ended => Forget(launchId, ended));
                return launch;
            }
            catch
            {
                job.Terminate();
                process.Dispose();
                throw;
            }
        }
    }

    /// <summary>None: a job knows its processes whatever they carry.</summary>
    public NameList Identify(IReadOnlyList<int> processIds) => NameList.Empty;

    /// <inheritdoc />
    public bool IsOfLaunch(LaunchRecord launch, int processId) => FindProcesses(launch, everywhere: true).Contains(processId);

    /// <inheritdoc />
    public LaunchRecord? Adopt(int processId)
    {
        using WindowsProcess? process = WindowsProcess.Open(processId);
        return process is not { IsRunning: true }
            ? null
            : new LaunchRecord
            {
                LaunchId = FormattableString.Invariant($"adopted-{processId}-{process.StartTime}"),
                ProcessId = processId,
                StartTime = process.StartTime,
                BootId = BootId,
                StartedAt = ProcessStart.Of(processId),
                IsAdopted = true,
            };
    }

    /// <inheritdoc />
    public IReadOnlyList<int> FindProcesses(LaunchRecord launch, bool everywhere)
    {
        if (launch.BootId != BootId)
        {
            return [];
        }

        SettleExitCode(launch);
        using WindowsJob? job = WindowsJob.OpenLaunch(launch.LaunchId);
        if (job is not null)
        {
            return job.ListProcesses();
        }

        // The job's name is known only within the logon session that made it, and only while a handle to it is open.
        // Beyond that the recorded process is all that can be told apart from others.
        using WindowsProcess? process = OpenRecorded(launch, toTerminate: false);
        return process is null ? [] : [launch.ProcessId];
    }

    /// <inheritdoc />
    public long MeasureActivity(IReadOnlyList<int> processIds)
    {
        long activity = 0;
        foreach (int id in processIds)
        {
            using WindowsProcess? process = WindowsProcess.Open(id);
            activity += process?.Activity ?? 0;
        }

        return activity;
    }

    /// <inheritdoc />
    /// <remarks>
    /// Windows has no SIGTERM. A console's Ctrl-Break reaches only processes of the sender's own console, and a launch
    /// has a hidden one of its own; borrowing that one would take PowerShell's away for the moment. So
    /// <see cref="LaunchSignal.Terminate"/> asks the windows of the launch to close, which does nothing to a server
    /// without any: a stop command is the way to end such a server in order, and <see cref="LaunchSignal.Kill"/> is
    /// what ends it otherwise.
    /// </remarks>
    public void Signal(LaunchRecord launch, LaunchSignal signal)
    {
        if (launch.BootId != BootId)
        {
            return;
        }

        if (signal == LaunchSignal.Terminate)
        {
            WindowsDesktop.AskToClose(FindProcesses(launch, everywhere: true));
            return;
        }

        using WindowsJob? job = WindowsJob.OpenLaunch(launch.LaunchId);
        if (job is not null)
        {
            job.Terminate();
            return;
        }

        using WindowsProcess? process = OpenRecorded(launch, toTerminate: true);
        process?.Terminate();
    }

    /// <inheritdoc />
    /// <remarks>The table tells at once; a connection to a port on which nobody listens is tried again for two seconds.</remarks>
    public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) =>
        Task.FromResult(FindPortHolders(port).Any(holder => holder.IsReached));

    /// <inheritdoc />
    public IReadOnlyList<PortHolder> FindPortHolders(int port) => WindowsPortTable.Find(port);

    /// <summary>The environment of this process with more variables, as a new process takes it.</summary>
    internal static string EnvironmentBlock(IEnumerable<KeyValuePair<string, string>> added)
    {
        IEnumerable<KeyValuePair<string, string>> inherited = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, entry.Value as string ?? string.Empty));
        return WindowsCommandLine.EnvironmentBlock(inherited, added);
    }

    private static (WindowsProcess Process, SafeThreadHandle Thread) CreateSuspended(
        WindowsJob job, string launchId, ShellCommand command, LaunchFiles files)
    {
        string shell = WindowsShell.Find(command.Shell);
        using SafeFileHandle input = WindowsFiles.OpenNul();
        using SafeFileHandle log = WindowsFiles.OpenLog(files.Log);
        return WindowsProcess.CreateSuspendedIn(job, new ProcessSetup(
            shell,
            WindowsCommandLine.ForShell(command.Shell, shell, command.Text),
            command.WorkingDirectory,
            EnvironmentBlock(command.Environment.Append(KeyValuePair.Create(LaunchIdVariable, launchId))),
            input,
            log,
            log,
            LeaveCallersJob: true));
    }

    private LaunchRecord Describe(string launchId, WindowsProcess process, LaunchFiles files) => new()
    {
        LaunchId = launchId,
        ProcessId = process.Id,
        StartTime = process.StartTime,
        BootId = BootId,
        LogPath = files.Log,
        StartedAt = DateTimeOffset.Now,
    };

    /// <summary>The recorded process, by its number and start time; null when it has ended, whoever has its number now.</summary>
    private WindowsProcess? OpenRecorded(LaunchRecord launch, bool toTerminate)
    {
        if (launch.BootId != BootId || WindowsProcess.Open(launch.ProcessId, toTerminate) is not { } process)
        {
            return null;
        }

        if (process.StartTime == launch.StartTime && process.IsRunning)
        {
            return process;
        }

        process.Dispose();
        return null;
    }

    private void SettleExitCode(LaunchRecord launch)
    {
        if (_launches.TryGetValue(launch.LaunchId, out WindowsLaunch? watched))
        {
            watched.Settle();
        }
    }

    private void Forget(string launchId, WindowsLaunch launch) => _launches.TryRemove(KeyValuePair.Create(launchId, launch));
}
