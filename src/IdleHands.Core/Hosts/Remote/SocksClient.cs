using System.Buffers.Binary;
using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>An ssh client by which ports of the host are reached.</summary>
internal interface IPortWay
{
    /// <summary>True while it can be used, as far as can be told without asking it.</summary>
    bool IsThere { get; }

    /// <summary>Reaches a port of the host; null where the host does not forward.</summary>
    /// <exception cref="SocketException">Nobody listens there, or the client is gone.</exception>
    Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken);
}

/// <summary>Asks the ssh client, by SOCKS 4, to reach a port of the host's own 127.0.0.1. One question, one answer.</summary>
internal static class SocksClient
{
    private const int ReplyLength = 8;
    private const byte Granted = 90;

    /// <summary>The connection; null when it was not made, which the client says by closing.</summary>
    /// <param name="socket">A socket that is connected to the client; disposed when it isn't made.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public static async Task<Stream?> ConnectAsync(Socket socket, int port, CancellationToken cancellationToken)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            byte[] request = [4, 1, 0, 0, 127, 0, 0, 1, 0];
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), (ushort)port);
            await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            byte[] reply = new byte[ReplyLength];
            int count = await stream.ReadAtLeastAsync(reply, ReplyLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (count == ReplyLength && reply[1] == Granted)
            {
                return stream;
            }
        }
        catch (IOException)
        {
            // Closed in the middle is closed.
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        return null;
    }
}
