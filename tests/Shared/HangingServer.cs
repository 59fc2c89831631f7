using System.Net;
using System.Net.Sockets;

namespace IdleHands.Testing;

/// <summary>Takes connections on a port of 127.0.0.1, and says nothing to them until it is disposed.</summary>
public sealed class HangingServer : IAsyncDisposable
{
    private const string Accepted = "accepted";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _connections = [];
    private readonly LineLog _log = new();
    private readonly Task _accepting;

    public HangingServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public int ConnectionCount => _log.Count(Accepted);

    /// <summary>Waits until so many connections were made.</summary>
    public Task WaitForConnectionsAsync(int count, CancellationToken cancellationToken) =>
        _log.WaitForAsync(Accepted, count, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _connections.ForEach(connection => connection.Dispose());
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(await _listener.AcceptSocketAsync(_end.Token));
                _log.Append(Accepted);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
