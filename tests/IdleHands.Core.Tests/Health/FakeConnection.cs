using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Health;

/// <summary>A host on this machine with real HTTP and made-up command results.</summary>
internal sealed class FakeConnection(string hostId, Func<HostCommand, CancellationToken, Task<CommandResult>>? run = null) : IHostConnection
{
    private readonly HttpMessageInvoker _http = LoopbackHttp.Create(TimeSpan.FromSeconds(2));

    public string HostId => hostId;

    /// <summary>What asking a port throws; null for real HTTP.</summary>
    public IdleHandsException? Unreachable { get; init; }

    public bool IsDisposed { get; private set; }

    /// <summary>The commands run, in order.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<HostCommand> Commands { get; } = new();

    public HttpMessageInvoker Http => Unreachable is null ? _http : throw Unreachable;

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LeaseReply> LeaseAsync(LeaseCall call, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> CopyFileAsync(string source, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        Commands.Enqueue(command);
        return run is null ? throw new NotSupportedException() : run(command, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    public Task<LaunchRecord> LaunchAsync(
        LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>What looks at a launch see, one after the other; the last one for ever.</summary>
    public Queue<LaunchObservation>? Looks { get; init; }

    public Task<LaunchObservation> ObserveAsync(LaunchRecord launch, CancellationToken cancellationToken)
    {
        Queue<LaunchObservation> looks = Looks ?? throw new NotSupportedException();
        return Task.FromResult(looks.Count > 1 ? looks.Dequeue() : looks.Peek());
    }

    public Task<NameList> IdentifyAsync(LaunchRecord launch, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LaunchRecord?> AdoptAsync(int processId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SignalAsync(LaunchRecord launch, LaunchSignal signal, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> ReadLogTailAsync(LaunchRecord launch, int lines, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<string> ReadLogAsync(string logPath, LogReading reading, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<PortHolder>> FindPortHoldersAsync(int port, LaunchRecord? launch, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<OpenedFile>> OpenFilesAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task<MemorySnapshot?> IHostConnection.ReadMemoryAsync(IReadOnlyCollection<int> processIds, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<NameList> FindFilesAsync(string path, string extension, bool recurse, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<FileFact>> StatAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
