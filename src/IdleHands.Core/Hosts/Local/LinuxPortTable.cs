using System.Globalization;

namespace IdleHands.Hosts.Local;

/// <summary>A socket that listens.</summary>
/// <param name="Inode">Its number.</param>
/// <param name="Address">Its local address as the table writes it.</param>
internal readonly record struct ListeningSocket(string Inode, string Address);

/// <summary>Reads the socket tables <c>/proc/net/tcp</c> and <c>/proc/net/tcp6</c> (format: proc(5)).</summary>
internal static class LinuxPortTable
{
    private const string ListenState = "0A";
    private const int InodeField = 9;
    private static readonly string[] Loopback = ["0100007F", "0000000000000000FFFF00000100007F"];
    private static readonly string[] ReachedByHostAlone = [.. Loopback, "00000000000000000000000001000000"];
    private static readonly string[] EveryAddress = ["00000000", "00000000000000000000000000000000"];

    /// <summary>The sockets that listen on a port.</summary>
    public static IEnumerable<ListeningSocket> Listeners(string? table, int port)
    {
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (string line in (table ?? string.Empty).Split('\n').Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > InodeField && fields[3] == ListenState && fields[1].EndsWith(suffix, StringComparison.Ordinal))
            {
                yield return new ListeningSocket(fields[InodeField], fields[1][..^suffix.Length]);
            }
        }
    }

    /// <summary>The port of a line of a table; null for any other line.</summary>
    public static int? PortOf(string line)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > InodeField
            && fields[1].LastIndexOf(':') is var colon and > 0
            && int.TryParse(fields[1].AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port)
            ? port
            : null;
    }

    /// <summary>True when a socket is reached from its own machine alone.</summary>
    public static bool IsLoopback(ListeningSocket socket) =>
        ReachedByHostAlone.Contains(socket.Address) || (socket.Address.Length == 8 && socket.Address.EndsWith("7F", StringComparison.Ordinal));

    /// <summary>
    /// The sockets by the name that <c>/proc/PID/fd</c> gives them, and whether a client of 127.0.0.1 reaches them: one
    /// that listens on 127.0.0.1 itself comes before those that listen everywhere.
    /// </summary>
    public static Dictionary<string, bool> Reached(IEnumerable<ListeningSocket> sockets)
    {
        ListeningSocket[] all = sockets.ToArray();
        string[] reached = Array.Exists(all, socket => Loopback.Contains(socket.Address)) ? Loopback : EveryAddress;
        return all.ToDictionary(socket => $"socket:[{socket.Inode}]", socket => reached.Contains(socket.Address), StringComparer.Ordinal);
    }
}
