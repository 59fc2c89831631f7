using System.Runtime.CompilerServices;

namespace IdleHands.Hosts;

/// <summary>
/// A way to a host past which no secret gets: whatever programs wrote, to their output, a log or their command line, is
/// masked before anybody sees it. A program may print also what another one was handed, so every value that the resolver
/// has read is masked, not those of the command alone.
/// </summary>
internal sealed class RedactingConnection(IHostConnection inner, SecretResolver secrets) : IHostConnection
{
    /// <inheritdoc />
    public string HostId => inner.HostId;

    /// <inheritdoc />
    public HttpMessageInvoker Http => inner.Http;

    /// <inheritdoc />
    public Task OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    /// <inheritdoc />
    public Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) => inner.FindAddressAsync(port, cancellationToken);

    /// <inheritdoc />
    public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) =>
        inner.PrepareTunnelAsync(localPort, port, cancellationToken);

    /// <inheritdoc />
    public Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken) => inner.LeaseAsync(call, cancellationToken);

    /// <inheritdoc />
    public Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken) => inner.CopyFileAsync(source, path, cancellationToken);

    /// <inheritdoc />
    public Task CheckAsync(CancellationToken cancellationToken) => inner.CheckAsync(cancellationToken);

    /// <inheritdoc />
    public async Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        CommandResult result = await inner.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return result with { Output = secrets.Redact(result.Output), Error = secrets.Redact(result.Error) };
    }

    /// <inheritdoc />
    public Task<LaunchRecord> LaunchAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken) =>
        inner.LaunchAsync(request, record, cancellationToken);

    /// <inheritdoc />
    public async Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken)
    {
        LaunchObservation seen = await inner.ObserveAsync(launch, cancellationToken).ConfigureAwait(false);
        return seen with { LastLogLine = secrets.Redact(seen.LastLogLine) };
    }

    /// <inheritdoc />
    public Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken) => inner.IdentifyAsync(launch, cancellationToken);

    /// <inheritdoc />
    public Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken) => inner.AdoptAsync(processId, cancellationToken);

    /// <inheritdoc />
    public Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken) =>
        inner.SignalAsync(launch, signal, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken)
    {
        // As one text: a value may have several lines.
        IReadOnlyList<string> tail = await inner.ReadLogTailAsync(launch, lines, cancellationToken).ConfigureAwait(false);
        return tail.Count == 0 ? tail : secrets.Redact(string.Join('\n', tail)).Split('\n');
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<string> ReadLogAsync(
        string logPath, LogReading reading, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LogReading whole = reading with { Uncut = secrets.Masked };
        await foreach (string line in inner.ReadLogAsync(logPath, whole, cancellationToken).ConfigureAwait(false))
        {
            yield return secrets.Redact(line);
        }
    }

    /// <inheritdoc />
    public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) => inner.IsListeningAsync(port, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken)
    {
        var holders = await inner.FindPortHoldersAsync(port, launch, cancellationToken).ConfigureAwait(false);
        return holders.Select(holder => holder with { ProcessName = secrets.Redact(holder.ProcessName) }).ToArray();
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        inner.StatAsync(paths, cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        inner.OpenFilesAsync(paths, cancellationToken);

    /// <inheritdoc />
    public Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken) =>
        inner.FindFilesAsync(path, extension, recurse, cancellationToken);

    /// <inheritdoc />
    Task<MemorySnapshot?> IHostConnection.ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken) =>
        inner.ReadMemoryAsync(processIds, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
