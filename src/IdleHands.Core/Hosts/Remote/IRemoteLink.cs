namespace IdleHands.Hosts.Remote;

/// <summary>
/// A way to get a POSIX shell on a host that is not this machine. What the transports differ in is here and nowhere
/// else: how a script gets there, how a port there is reached, and what a failure of theirs means.
/// </summary>
internal interface IRemoteLink : IAsyncDisposable
{
    /// <summary>Opens the connection where there is one to open and it is not open yet.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Starts <c>sh</c> on the host and hands it a script. Opens the connection first where there is one to open.
    /// </summary>
    /// <exception cref="IdleHandsException">The host can't be reached; the cause is told by the error's id.</exception>
    Task<IRemoteProcess> StartAsync(RemoteScript script, CancellationToken cancellationToken);

    /// <summary>What it means that a script was not begun, or was cut off in the middle.</summary>
    /// <param name="end">How the way to the host ended.</param>
    RemoteVerdict Explain(RemoteEnd end);

    /// <summary>
    /// Opens a connection to a port of the host's own 127.0.0.1. Null where the host, or the transport, does not forward:
    /// then programs on the host have to be asked.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens there.</exception>
    /// <exception cref="IdleHandsException">The host can't be reached.</exception>
    Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken);

    /// <summary>An address by which this machine reaches a port of the host; null where none does.</summary>
    Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken);

    /// <summary>A command of this machine that keeps a port of it leading to a port of the host; null where there is none.</summary>
    Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken);
}

/// <summary>The shell on the host, as its streams come through.</summary>
internal interface IRemoteProcess : IAsyncDisposable
{
    /// <summary>What comes from its standard output, after whatever the way there says on its own.</summary>
    Stream Output { get; }

    /// <summary>What comes from its standard error, mixed with what the transport's own program says.</summary>
    Stream Error { get; }

    /// <summary>Waits until the transport's program has ended, and gives its exit code.</summary>
    Task<int> WaitAsync(CancellationToken cancellationToken);
}

/// <summary>What to make of a script that did not come to its end.</summary>
/// <param name="Failure">What is wrong; null for nothing that trying again on a new connection could not mend.</param>
/// <param name="IsBusy">True when the host has no room for it just now, and nothing else is wrong.</param>
/// <param name="IsUnsent">True when the script has certainly not reached the host.</param>
internal sealed record RemoteVerdict(IdleHandsException? Failure, bool IsBusy = false, bool IsUnsent = false)
{
    /// <summary>It may be tried again.</summary>
    public static RemoteVerdict Retry { get; } = new((IdleHandsException?)null);
}

/// <summary>How the way to a host ended that did not bring a script to its end.</summary>
/// <param name="ExitCode">Exit code of the transport's program; null where it was broken off.</param>
/// <param name="Said">What came on both streams and is not the script's.</param>
/// <param name="HasBegun">True when the script had begun.</param>
internal sealed record RemoteEnd(int? ExitCode, string Said, bool HasBegun);
