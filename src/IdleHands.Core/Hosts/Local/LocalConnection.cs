using System.Diagnostics;
using System.Globalization;
using IdleHands.Templates;

namespace IdleHands.Hosts.Local;

/// <summary>This machine.</summary>
internal sealed class LocalConnection(RuntimeHost host, string logDirectory, ILocalPlatform platform, HttpMessageInvoker http) : IHostConnection
{
    private const int OutputBound = 64 * 1024;

    /// <summary>
    /// How often, and how long each time, the rest of the output is waited for once the shell has ended: a background child
    /// may hold it open for ever. Counted, because a machine that stalls lets time pass in which nothing is read.
    /// </summary>
    private const int OutputTurns = 10;

    private static readonly TimeSpan OutputTurn = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest that a timer takes: a failure to set it would leave the command running.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(int.MaxValue);

    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);

    private readonly string _home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
    private readonly LocalFiles _files = new(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <inheritdoc />
    public string HostId => host.Id;

    /// <inheritdoc />
    public HttpMessageInvoker Http => http;

    /// <inheritdoc />
    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        WriteLogs(() => PrivateFiles.CheckWritable(logDirectory));
        CommandResult result = await RunAsync(new HostCommand("exit 0", CheckLimit), cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded)
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.Failed,
                $"The shell '{host.Shell ?? platform.DefaultShell}' of host '{host.Id}' does not work: 'exit 0' "
                + (result.TimedOut ? $"took over {CheckLimit.TotalSeconds:0} s" : $"ended with {result.ExitCode}: {result.Error.Trim()}"),
                "Set another shell: Set-IHHost -Shell",
                host.Id);
        }
    }

    /// <inheritdoc />
    public async Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long start = Stopwatch.GetTimestamp();
        var output = new BoundedTail(OutputBound);
        var error = new BoundedTail(OutputBound);
        using ILocalCommand running = platform.StartCommand(ToShell(command.Text, command.Environment));
        using var pumping = new CancellationTokenSource();
        Task pumps = Task.WhenAll(output.PumpAsync(running.Output, pumping.Token), error.PumpAsync(running.Error, pumping.Token));

        int? exitCode = await WaitOrKillAsync(running, command.Timeout, cancellationToken).ConfigureAwait(false);
        await DrainAsync(pumps, pumping).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var redaction = new Redaction(command.Environment.Values);
        return new CommandResult
        {
            ExitCode = exitCode,
            TimedOut = exitCode is null,
            Output = redaction.Apply(output.ToString()),
            Error = redaction.Apply(error.ToString()),
            Duration = Stopwatch.GetElapsedTime(start),
        };
    }

    /// <inheritdoc />
    public Task<LaunchRecord> LaunchAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken)
    {
        var files = LaunchFiles.In(logDirectory, request.LaunchId);
        WriteLogs(() => LogHeader.Write(files.Log, request, DateTimeOffset.UtcNow));
        return platform.StartDetachedAsync(request.LaunchId, ToShell(request.Command, request.Environment), files, record, cancellationToken);
    }

    /// <inheritdoc />
    public Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var processIds = platform.FindProcesses(launch, everywhere: false);
            int? exitCode = ReadExitCode(launch);
            var (logLength, lastLine) = LogTail.Look(launch.LogPath);
            return new LaunchObservation
            {
                ProcessIds = processIds,
                IsOfEarlierBoot = launch.BootId != platform.BootId,
                ExitCode = exitCode,
                Activity = platform.MeasureActivity(processIds) + logLength,
                LastLogLine = lastLine,
            };
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken) =>
        Task.Run(() => platform.Identify(platform.FindProcesses(launch, everywhere: true)), cancellationToken);

    /// <inheritdoc />
    public Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken) =>
        Task.Run(() => platform.Adopt(processId), cancellationToken);

    /// <inheritdoc />
    public Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken) =>
        Task.Run(() => platform.Signal(launch, signal), cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken) => Task.Run<IReadOnlyList<string>>(
        () => LogTail.ReadLines(launch.LogPath).TakeLast(lines).ToArray(),
        cancellationToken);

    /// <inheritdoc />
    public IAsyncEnumerable<string> ReadLogAsync(string logPath, LogReading reading, CancellationToken cancellationToken) =>
        new LogReader(logPath, reading, launch => platform.FindProcesses(launch, everywhere: false).Count > 0).ReadAsync(cancellationToken);

    /// <inheritdoc />
    public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) => platform.IsListeningAsync(port, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken) =>
        Task.Run<IReadOnlyList<PortHolder>>(() => platform.FindPortHolders(port).Select(holder => Mark(holder, launch)).ToArray(), cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) => _files.StatAsync(paths, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        _files.OpenAsync(paths, cancellationToken);

    /// <inheritdoc />
    async Task<MemorySnapshot?> IHostConnection.ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken)
    {
        string shell = host.Shell ?? platform.DefaultShell;
        if (LocalMemory.TryRead(processIds) is not { } memory)
        {
            return await HostMemory.ReadAsync(this, shell, processIds, cancellationToken).ConfigureAwait(false);
        }

        return LocalMemory.HasGpuTool()
            ? memory with { Gpus = await new GpuMemory(this, ShellDialects.Parse(shell)).ReadAsync(cancellationToken).ConfigureAwait(false) }
            : memory;
    }

    /// <inheritdoc />
    public Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken) =>
        _files.FindAsync(path, extension, recurse, cancellationToken);

    /// <inheritdoc />
    public Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) => Task.FromResult<string?>("127.0.0.1");

    /// <inheritdoc />
    public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) => Task.FromResult<TunnelCommand?>(null);

    /// <inheritdoc />
    /// <remarks>
    /// Whoever switches models on this machine from here holds the lock of the state directory, which whoever comes from
    /// another machine looks at, too. So only a lease that somebody else has is looked for here.
    /// </remarks>
    public Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken) =>
        Task.FromResult(call.Action is LeaseAction.Take && LeaseFiles.Find(Path.Combine(Path.GetDirectoryName(logDirectory)!, LeaseFiles.DirectoryName), call.Token) is { } foreign
            ? foreign
            : new LeaseReply(true, 0));

    /// <inheritdoc />
    /// <remarks>No plan asks for it: on this machine a file is used where it lies.</remarks>
    public async Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken)
    {
        string target = Path.GetFullPath(path, _home);
        byte[] content = await CopiedFile.ReadAsync(source, cancellationToken).ConfigureAwait(false);
        if (File.Exists(target) && (await File.ReadAllBytesAsync(target, cancellationToken).ConfigureAwait(false)).AsSpan().SequenceEqual(content))
        {
            return false;
        }

        try
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(target)!);
            PrivateFiles.Replace(target, content);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CopiedFile.Failed(source, host.Id, e.Message, e);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Exit code, or null when the command was ended at its limit. On cancellation it is ended too.</summary>
    private static async Task<int?> WaitOrKillAsync(ILocalCommand running, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout < LongestWait ? timeout : LongestWait);
        try
        {
            return await running.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await running.KillTreeAsync().ConfigureAwait(false);
            return null;
        }
    }

    private static async Task DrainAsync(Task pumps, CancellationTokenSource pumping)
    {
        for (int turn = 0; turn < OutputTurns && !pumps.IsCompleted; turn++)
        {
            await Task.WhenAny(pumps, Task.Delay(OutputTurn)).ConfigureAwait(false);
        }

        if (pumps.IsCompleted)
        {
            await pumps.ConfigureAwait(false);
            return;
        }

        await pumping.CancelAsync().ConfigureAwait(false);
        await pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ShellCommand ToShell(string text, IReadOnlyDictionary<string, string> environment) =>
        new(host.Shell ?? platform.DefaultShell, text, _home, environment);

    /// <summary>Writes to the log directory, which is made where it is missing.</summary>
    private void WriteLogs(Action write)
    {
        try
        {
            PrivateFiles.CreateDirectory(logDirectory);
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.Permission,
                $"The log directory '{logDirectory}' can't be written: {e.Message}",
                "Make room on its disk, or make it writable, or set IDLEHANDS_STATE_DIR to another directory. Get-IHRuntime -Verify shows what runs.",
                logDirectory,
                e);
        }
    }

    private PortHolder Mark(PortHolder holder, LaunchRecord? launch) =>
        launch is not null && holder.ProcessId is { } id && platform.IsOfLaunch(launch, id) ? holder with { IsOfLaunch = true } : holder;

    /// <summary>What was not started here leaves no exit code, whatever stands beside its log.</summary>
    private static int? ReadExitCode(LaunchRecord launch)
    {
        if (launch.IsAdopted)
        {
            return null;
        }

        try
        {
            string text = File.ReadAllText(Path.ChangeExtension(launch.LogPath!, ".exit"));
            return int.TryParse(text, NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code) ? code : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It has not ended yet.
        }
    }
}
