using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>Whether this machine reaches a port of another.</summary>
internal static class RemoteAddress
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>True when a connection is accepted.</summary>
    public static async Task<bool> IsReachedAsync(string address, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await client.ConnectAsync(address, port, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
