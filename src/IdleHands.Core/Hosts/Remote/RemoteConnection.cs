using System.Globalization;
using IdleHands.Hosts.Local;
using IdleHands.Templates;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// A host that is not this machine, by nothing but its POSIX shell: what a local host does by system calls is done here by
/// scripts, and judged by the same code.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="noteDirectory">Where launches leave a note of where their logs are.</param>
/// <param name="route">The way to it, which others use, too, and which is not closed here.</param>
internal sealed class RemoteConnection(RuntimeHost host, string noteDirectory, RemoteRoute route) : IHostConnection
{
    private const int TailBytes = 64 * 1024;
    private const int FindBound = 64 << 20;
    private const int LookBytes = 8 * 1024;

    private static readonly TimeSpan StatLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FindLimit = TimeSpan.FromMinutes(1);

    private readonly RemoteCommand _command = new(route.Shell, host);

    /// <inheritdoc />
    public string HostId => host.Id;

    /// <inheritdoc />
    public HttpMessageInvoker Http => route.Http;

    /// <inheritdoc />
    public Task OpenAsync(CancellationToken cancellationToken) => route.OpenAsync(cancellationToken);

    /// <inheritdoc />
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        ScriptResult result = await route.Shell.RunAsync(new RemoteScript(RemoteProcesses.Script + "\n" + RemoteFiles.CheckLogs), cancellationToken).ConfigureAwait(false);
        if (result.Ending == "blind")
        {
            throw RemoteLaunch.Blind(host);
        }

        if (result.Ending != "0")
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.Permission,
                $"The log directory of host '{host.Id}' can't be written: {RemoteText.LastLine(result.Error.Text)}",
                "Make room on the host's disk, or make the home directory writable there.",
                host.Id);
        }

        CommandResult works = await RunAsync(new HostCommand("exit 0", StatLimit), cancellationToken).ConfigureAwait(false);
        if (!works.Succeeded)
        {
            throw new IdleHandsException(
                "LaunchFailed",
                FailureKind.Failed,
                $"The shell '{host.Shell ?? "bash"}' of host '{host.Id}' does not work: 'exit 0' "
                + (works.TimedOut ? $"took over {StatLimit.TotalSeconds:0} s" : $"ended with {works.ExitCode}: {works.Error.Trim()}"),
                $"Set another shell: Set-IHHost {host.Id} -Shell",
                host.Id);
        }
    }

    /// <inheritdoc />
    public Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken) => _command.RunAsync(command, cancellationToken);

    /// <inheritdoc />
    public Task<LaunchRecord> LaunchAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken) =>
        new RemoteLaunch(route.Shell, host, TimeProvider.System).StartAsync(
            request,
            async launch =>
            {
                await record(launch).ConfigureAwait(false);
                RemoteLogNote.TryWrite(noteDirectory, host.Id, launch);
            },
            cancellationToken);

    /// <inheritdoc />
    public async Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken)
    {
        string exitFile = launch is { IsAdopted: false, LogPath: { } own } ? Path.ChangeExtension(own, ".exit") : string.Empty;
        var script = new RemoteScript(RemoteProcesses.Script + "\n" + RemoteLogs.Tidy + "\n" + RemoteFiles.Observe, launch.LogPath ?? string.Empty, exitFile, LookBytes.ToString(CultureInfo.InvariantCulture));
        ScriptResult result = await route.Shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        var (head, tail) = RemoteFiles.Split(result.Output);
        RemoteProcesses processes = RemoteProcesses.Parse(head);
        IReadOnlyList<int> alive = Finder(processes).Find(launch, everywhere: false);
        long logLength = RemoteFiles.Number(head, "length ") ?? 0;
        return new LaunchObservation
        {
            ProcessIds = alive,
            IsOfEarlierBoot = launch.BootId != processes.BootId,
            ExitCode = (int?)RemoteFiles.Number(head, "exit "),
            Activity = processes.MeasureActivity(alive) + logLength,
            LastLogLine = LinesOf(tail, LookBytes).LastOrDefault(line => !string.IsNullOrWhiteSpace(line)),
        };
    }

    /// <inheritdoc />
    public async Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken)
    {
        LaunchFinder finder = Finder(await LookAsync(cancellationToken).ConfigureAwait(false));
        return finder.Identify(finder.Find(launch, everywhere: true));
    }

    /// <inheritdoc />
    public async Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(RemoteProcesses.Script + "\n" + RemoteFiles.ErrorFile, processId.ToString(CultureInfo.InvariantCulture));
        string[] lines = (await route.Shell.RunAsync(script, cancellationToken).ConfigureAwait(false)).Lines;
        RemoteProcesses processes = RemoteProcesses.Parse(lines);
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
            BootId = processes.BootId,
            LogPath = RemoteFiles.Value(lines, "errors "),
            StartedAt = processes.StartedAt(process, DateTimeOffset.Now),
            IsAdopted = true,
        };
        LaunchFinder finder = Finder(processes);
        return launch with { KnownProcesses = finder.Identify(finder.Find(launch, everywhere: true)) };
    }

    /// <inheritdoc />
    public async Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken)
    {
        RemoteProcesses processes = await LookAsync(cancellationToken).ConfigureAwait(false);
        string[] found = [.. Finder(processes).Find(launch, everywhere: true).Select(processes.Identity)];
        if (found.Length > 0)
        {
            await route.Shell.RunAsync(RemoteSignals.Script(signal, found), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken)
    {
        if (launch.LogPath is null)
        {
            return [];
        }

        var script = new RemoteScript(RemoteFiles.LogEnd, launch.LogPath, TailBytes.ToString(CultureInfo.InvariantCulture));
        var (_, tail) = RemoteFiles.Split((await route.Shell.RunAsync(script, cancellationToken).ConfigureAwait(false)).Output);
        return LinesOf(tail, TailBytes).TakeLast(lines).ToArray();
    }

    /// <inheritdoc />
    public IAsyncEnumerable<string> ReadLogAsync(string logPath, LogReading reading, CancellationToken cancellationToken) =>
        new RemoteLogReader(
            route.Shell,
            logPath,
            reading,
            async (launch, token) => Finder(await LookAsync(token).ConfigureAwait(false)).Find(launch, everywhere: false).Count > 0).ReadAsync(cancellationToken);

    /// <inheritdoc />
    public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) => route.IsListeningAsync(port, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(
            RemoteProcesses.Script + "\n" + RemotePorts.Script,
            port.ToString(CultureInfo.InvariantCulture),
            port.ToString("X4", CultureInfo.InvariantCulture));
        ScriptResult result = await route.Shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<PortHolder> holders = RemotePorts.Parse(result.Lines, port);
        if (launch is null || holders.Count == 0)
        {
            return holders;
        }

        IReadOnlyList<int> own = Finder(RemoteProcesses.Parse(result.Lines)).Find(launch, everywhere: true);
        return holders.Select(holder => holder.ProcessId is { } id && own.Contains(id) ? holder with { IsOfLaunch = true } : holder).ToArray();
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var facts = new List<FileFact>(paths.Count);
        foreach (string[] part in paths.Chunk(RemoteFiles.PathsAtOnce))
        {
            ScriptResult result = await route.Shell.RunAsync(new RemoteScript(RemoteFiles.Stat, part) { Limit = StatLimit }, cancellationToken).ConfigureAwait(false);
            string[] lines = result.Lines;
            facts.AddRange(part.Select((path, index) => RemoteFiles.Fact(path, index < lines.Length ? lines[index] : null, StatLimit)));
        }

        return facts;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var files = new List<OpenedFile>(paths.Count);
        foreach (string[] part in paths.Chunk(RemoteFiles.PathsAtOnce))
        {
            files.AddRange(await RemoteFileHeads.OpenAsync(route.Shell, part, cancellationToken).ConfigureAwait(false));
        }

        return files;
    }

    /// <inheritdoc />
    Task<MemorySnapshot?> IHostConnection.ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken) =>
        HostMemory.ReadAsync(this, ShellDialects.ShellOf(host, isWindows: false), processIds, cancellationToken);

    /// <inheritdoc />
    public async Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(RemoteFiles.Find, path, "*" + extension, recurse ? "recurse" : string.Empty) { Limit = FindLimit, OutputBound = FindBound };
        ScriptResult result = await route.Shell.RunAsync(script, cancellationToken).ConfigureAwait(false);

        // Some find prints the directory as it was named, with the slash behind it.
        return NameList.From(result.Output.Text.Replace("//", "/", StringComparison.Ordinal).Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    /// <inheritdoc />
    public Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) => route.Link.FindAddressAsync(port, cancellationToken);

    /// <inheritdoc />
    public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) =>
        route.Link.PrepareTunnelAsync(localPort, port, cancellationToken);

    /// <inheritdoc />
    public Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken) => new RemoteLease(route.Shell, host.Id).CallAsync(call, cancellationToken);

    /// <inheritdoc />
    public async Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken) =>
        await new RemoteCopy(route.Shell, host.Id).CopyAsync(source, path, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static LaunchFinder Finder(RemoteProcesses processes) => new(processes, processes.OwnId);

    private Task<RemoteProcesses> LookAsync(CancellationToken cancellationToken) => RemoteCommand.LookAsync(route.Shell, cancellationToken);

    /// <summary>The lines of a log's end, without our header.</summary>
    private static string[] LinesOf(ReadOnlyMemory<byte> end, int bound)
    {
        using var stream = new MemoryStream(end.ToArray());
        int header = LogHeader.Read(stream).Length;
        return LogTail.LinesOf(end.Span[header..], isCut: end.Length >= bound);
    }
}
