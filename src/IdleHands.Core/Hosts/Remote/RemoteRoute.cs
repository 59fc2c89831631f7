using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>The way to one host, which everything that is done there in a run shares: its shell, and its ports.</summary>
internal sealed class RemoteRoute : IAsyncDisposable
{
    /// <summary>Of a connection that has first to be opened: the ssh client has its own limit.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromMinutes(1);

    private readonly RemoteExchange _exchange;
    private readonly object _lock = new();
    private Task? _opening;

    /// <summary>Goes over a link.</summary>
    public RemoteRoute(IRemoteLink link, string hostId)
    {
        Link = link;
        Shell = new RemoteShell(link, hostId);
        _exchange = new RemoteExchange(Shell);
        Http = LoopbackHttp.Create(ConnectLimit, ConnectAsync);
    }

    /// <summary>The way to its shell.</summary>
    public IRemoteLink Link { get; }

    /// <summary>The host's shell.</summary>
    public RemoteShell Shell { get; }

    /// <summary>HTTP to the host's own 127.0.0.1.</summary>
    public HttpMessageInvoker Http { get; }

    /// <summary>Opens the way where it is not open yet.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        Task opening;
        lock (_lock)
        {
            // Also where it was open: the connection may have died since, which costs nothing to see.
            if (_opening is null or { IsCompleted: true })
            {
                _opening = Link.OpenAsync(cancellationToken);
            }

            opening = _opening;
        }

        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when somebody listens on a port of the host's own 127.0.0.1.</summary>
    public async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            if (await Link.ConnectAsync(port, cancellationToken).ConfigureAwait(false) is { } stream)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                return true;
            }

            return await _exchange.IsListeningAsync(port, cancellationToken).ConfigureAwait(false) ?? true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return Link.DisposeAsync();
    }

    private async ValueTask<Stream> ConnectAsync(int port, CancellationToken cancellationToken) =>
        await Link.ConnectAsync(port, cancellationToken).ConfigureAwait(false) ?? await _exchange.ConnectAsync(port, cancellationToken).ConfigureAwait(false);
}
