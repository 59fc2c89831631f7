using System.Net;
using System.Net.Sockets;

namespace IdleHands.Hosts;

/// <summary>HTTP to a machine's own 127.0.0.1, for looking at ports that mostly nobody listens on.</summary>
public static class LoopbackHttp
{
    // Windows: SIO_TCP_INITIAL_RTO, and "no retransmissions" for both fields of its argument.
    private const int InitialRetransmission = unchecked((int)0x98000011);
    private static readonly byte[] NoRetransmission = [0xFE, 0xFF, 0xFE, 0x00];

    /// <summary>
    /// An invoker without proxy, redirects, cookies and decompression, whose every connection goes to 127.0.0.1.
    /// </summary>
    /// <param name="connectTimeout">How long a connection may take to be accepted or refused.</param>
    public static HttpMessageInvoker Create(TimeSpan connectTimeout) => Create(connectTimeout, ConnectAsync);

    /// <summary>The same over connections that somebody else makes.</summary>
    /// <param name="connectTimeout">How long a connection may take to be accepted or refused.</param>
    /// <param name="connect">Makes a connection to a port of that machine's 127.0.0.1.</param>
    internal static HttpMessageInvoker Create(TimeSpan connectTimeout, Func<int, CancellationToken, ValueTask<Stream>> connect) => new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout,
            ConnectCallback = (context, cancellationToken) => connect(context.DnsEndPoint.Port, cancellationToken),
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.Zero,
        },
        disposeHandler: true);

    private static async ValueTask<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            RefuseAtOnce(socket);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken).ConfigureAwait(false);
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            {
                // The system gave us the very port that we ask for as our own, and connected the socket to itself.
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Windows asks a refusing port three times, for two seconds in all, unless told not to.</summary>
    private static void RefuseAtOnce(Socket socket)
    {
        if (!OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            socket.IOControl(InitialRetransmission, NoRetransmission, null);
        }
        catch (SocketException)
        {
            // A Windows that doesn't know it is slower, not wrong.
        }
    }
}
