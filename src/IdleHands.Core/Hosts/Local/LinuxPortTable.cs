using System.Globalization;

namespace IdleHands.Hosts.Local;

/// <summary>Reads the socket tables <c>/proc/net/tcp</c> and <c>/proc/net/tcp6</c> (format: proc(5)).</summary>
internal static class LinuxPortTable
{
    private const string ListenState = "0A";

    /// <summary>Inodes of the sockets that listen on a port.</summary>
    public static IEnumerable<string> Listeners(string? table, int port)
    {
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (string line in (table ?? string.Empty).Split('\n').Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == ListenState && fields[1].EndsWith(suffix, StringComparison.Ordinal))
            {
                yield return fields[9];
            }
        }
    }
}
