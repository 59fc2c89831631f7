using System.Net;
using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// A connection whose one use is to reach ports of a host, for clients that can't share one. Its SOCKS port is on this
/// machine's 127.0.0.1, where other users of this machine could use it, too, as long as it is open.
/// </summary>
internal sealed class SshForwarder : IPortWay, IAsyncDisposable
{
    private readonly ChildProgram _client;
    private readonly IPasswordSource? _source;
    private readonly BoundedTail _said = new(64 * 1024);
    private readonly CancellationTokenSource _reading = new();
    private readonly int _port;
    private readonly Task _end;
    private readonly string _directory;
    private volatile bool _isDead;

    private SshForwarder(ChildProgram client, IPasswordSource? source, string directory, int port)
    {
        _client = client;
        _source = source;
        _directory = directory;
        _port = port;
        _end = Task.WhenAll(_said.PumpAsync(client.Error, _reading.Token), client.WaitAsync(_reading.Token));
    }

    /// <inheritdoc />
    public bool IsThere => !_isDead && !_end.IsCompleted;

    /// <summary>Opens it, and waits until it can be used.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no ssh client.</exception>
    public static async Task<SshForwarder> OpenAsync(RuntimeHost host, SshLogin login, TimeSpan limit, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory("ih-").FullName;
        int port = FreePort();
        IPasswordSource? source = await login.PrepareAsync(host, directory, cancellationToken).ConfigureAwait(false);
        ChildProgram client = ChildProgram.Start(new SshArguments(host, login.KeyPath, login.Password is not null).Forwarder(port), source?.Environment);
        var forwarder = new SshForwarder(client, source, directory, port);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(limit);
        try
        {
            while (forwarder.IsThere && !await IsOpenAsync(port, either.Token).ConfigureAwait(false))
            {
                await Task.WhenAny(forwarder._end, Task.Delay(20, either.Token)).ConfigureAwait(false);
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Told as what it did not become.
        }

        if (forwarder.IsThere && !either.IsCancellationRequested)
        {
            return forwarder;
        }

        await forwarder.DisposeAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        throw SshFailure.ToException(host, forwarder._said.ToString(), SshFailure.ClientFailed);
    }

    /// <inheritdoc />
    public async Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _isDead |= e is SocketException;
            socket.Dispose();
            throw;
        }

        if (await SocksClient.ConnectAsync(socket, port, cancellationToken).ConfigureAwait(false) is { } stream)
        {
            return stream;
        }

        // Closed without an answer, as it also is when the client dies.
        if (!await IsOpenAsync(_port, cancellationToken).ConfigureAwait(false))
        {
            _isDead = true;
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        return _said.ToString().Contains("administratively prohibited", StringComparison.Ordinal)
            ? null
            : throw new SocketException((int)SocketError.ConnectionRefused);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        await _reading.CancelAsync().ConfigureAwait(false);
        await _end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _reading.Dispose();
        _source?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsOpenAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
