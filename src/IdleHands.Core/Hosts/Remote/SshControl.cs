using System.Buffers.Binary;
using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Asks the client that holds a shared connection, as <c>ssh -O</c> does, but without a client to start for it. What is said
/// is that of OpenSSH's PROTOCOL.mux, version 4, which clients since OpenSSH 5.4 speak.
/// </summary>
internal static class SshControl
{
    private const uint Hello = 1;
    private const uint Version = 4;
    private const uint Terminate = 0x10000005;
    private const uint RequestId = 0;
    private const uint BodyLength = 8;

    /// <summary>Asks the client to end, and waits until it has closed the socket.</summary>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    public static async Task ExitAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(Packets(BodyLength, Hello, Version, BodyLength, Terminate, RequestId), cancellationToken).ConfigureAwait(false);

        // It says hello itself, and may end before it has said that it will.
        byte[] said = new byte[256];
        while (await socket.ReceiveAsync(said, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <summary>True when the client lives: it says hello to whoever comes. A client that hangs is waited for.</summary>
    public static async Task<bool> IsAnsweringAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return await socket.ReceiveAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static byte[] Packets(params uint[] numbers)
    {
        byte[] bytes = new byte[numbers.Length * sizeof(uint)];
        for (int index = 0; index < numbers.Length; index++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(index * sizeof(uint)), numbers[index]);
        }

        return bytes;
    }
}
