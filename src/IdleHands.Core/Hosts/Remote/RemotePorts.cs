using System.Globalization;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>Who listens on a port of a host: by <c>/proc</c> on Linux, else by <c>lsof</c> or <c>netstat</c>.</summary>
internal static class RemotePorts
{
    /// <summary>
    /// Writes a line <c>socket</c> with the line of the table for each socket, a line <c>holder PID INODE NAME</c> for each
    /// process that has one open, then the processes.
    /// </summary>
    public const string Script = """
        ih_port=$1 ih_hex=$2
        if [ -r /proc/net/tcp ]; then
          ih_found=$(grep -h -i "^ *[0-9]*: [0-9A-F]*:$ih_hex [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null)
          if [ -n "$ih_found" ]; then
            printf '%s\n' "$ih_found" | while read -r ih_l; do printf 'socket %s\n' "$ih_l"; done
            ih_inodes=$(printf '%s\n' "$ih_found" | while read -r ih_l; do (set -- $ih_l; printf '%s\n' "-e" "socket:\[${10}\]"); done)
            ls -l /proc/[0-9]*/fd 2>/dev/null | grep -e '^/proc/' $ih_inodes | while read -r ih_l; do
              case $ih_l in
                /proc/*) ih_p=${ih_l#/proc/}; ih_p=${ih_p%%/*} ;;
                *) ih_i=${ih_l##*socket:\[}; printf 'holder %s %s %s\n' "$ih_p" "${ih_i%\]*}" "$(cat "/proc/$ih_p/comm" 2>/dev/null)" ;;
              esac
            done
          fi
        elif command -v lsof >/dev/null 2>&1; then
          lsof -nP -iTCP:"$ih_port" -sTCP:LISTEN -Fpcn 2>/dev/null | while read -r ih_l; do printf 'lsof %s\n' "$ih_l"; done
        else
          netstat -an 2>/dev/null | grep -i listen | grep -e "[.:]$ih_port " | while read -r ih_l; do printf 'netstat %s\n' "$ih_l"; done
        fi
        ih_processes
        """;

    private const string OwnAddress = "127.0.0.1:";

    /// <summary>Reads what the script wrote.</summary>
    public static IReadOnlyList<PortHolder> Parse(string[] lines, int port)
    {
        ListeningSocket[] sockets = lines.Where(line => line.StartsWith("socket ", StringComparison.Ordinal))
            .SelectMany(line => LinuxPortTable.Listeners("\n" + line["socket ".Length..], port))
            .ToArray();
        return sockets.Length > 0 ? FromTable(sockets, lines, port) : FromTools(lines, port);
    }

    private static List<PortHolder> FromTable(ListeningSocket[] sockets, string[] lines, int port)
    {
        Dictionary<string, bool> reached = LinuxPortTable.Reached(sockets);
        Dictionary<string, ListeningSocket> byInode = sockets.ToDictionary(socket => socket.Inode, StringComparer.Ordinal);
        var unnamed = new HashSet<string>(byInode.Keys);
        var holders = new List<PortHolder>();
        IEnumerable<IGrouping<int, (int Id, string Inode, string Name)>> held = lines
            .Where(line => line.StartsWith("holder ", StringComparison.Ordinal))
            .Select(line => line.Split(' ', 4))
            .Where(words => words.Length == 4 && byInode.ContainsKey(words[2]))
            .Select(words => (Id: int.Parse(words[1], CultureInfo.InvariantCulture), Inode: words[2], Name: words[3]))
            .GroupBy(holder => holder.Id);
        foreach (var process in held)
        {
            string[] inodes = process.Select(holder => holder.Inode).Distinct(StringComparer.Ordinal).ToArray();
            holders.Add(new PortHolder(port, process.Key, process.First().Name)
            {
                IsReached = inodes.Any(inode => reached[Name(inode)]),
                IsLoopback = inodes.All(inode => LinuxPortTable.IsLoopback(byInode[inode])),
            });
            unnamed.ExceptWith(inodes);
        }

        holders.AddRange(unnamed.Select(inode => new PortHolder(port, null, null) { IsReached = reached[Name(inode)], IsLoopback = LinuxPortTable.IsLoopback(byInode[inode]) }));
        return holders;
    }

    private static PortHolder[] FromTools(string[] lines, int port)
    {
        PortHolder[] holders = FromLsof(lines.Where(line => line.StartsWith("lsof ", StringComparison.Ordinal)).Select(line => line["lsof ".Length..]), port);
        if (holders.Length > 0)
        {
            return holders;
        }

        string[] listening = lines.Where(line => line.StartsWith("netstat ", StringComparison.Ordinal)).ToArray();
        return listening.Length > 0
            ? [new PortHolder(port, null, null) { IsLoopback = listening.All(line => line.Contains(" 127.", StringComparison.Ordinal) || line.Contains(" ::1", StringComparison.Ordinal)) }]
            : [];
    }

    /// <summary>For each process <c>pPID</c> and <c>cNAME</c>, then for each of its sockets <c>fNUMBER</c> and <c>nADDRESS:PORT</c>.</summary>
    private static PortHolder[] FromLsof(IEnumerable<string> lines, int port)
    {
        var found = new List<(int Id, string Name, List<string> Addresses)>();
        foreach (string line in lines.Where(line => line.Length > 0))
        {
            if (line[0] == 'p' && int.TryParse(line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                found.Add((id, "?", []));
            }
            else if (line[0] == 'c' && found.Count > 0)
            {
                found[^1] = found[^1] with { Name = line[1..] };
            }
            else if (line[0] == 'n' && found.Count > 0)
            {
                found[^1].Addresses.Add(line[1..]);
            }
        }

        // One that listens on 127.0.0.1 itself comes before those that listen everywhere.
        string reached = found.Exists(process => process.Addresses.Exists(address => address.StartsWith(OwnAddress, StringComparison.Ordinal))) ? OwnAddress : "*:";
        return found.Select(process => new PortHolder(port, process.Id, process.Name)
        {
            IsReached = process.Addresses.Count == 0 || process.Addresses.Exists(address => address.StartsWith(reached, StringComparison.Ordinal)),
            IsLoopback = process.Addresses.Count > 0
                && process.Addresses.TrueForAll(address => address.StartsWith("127.", StringComparison.Ordinal) || address.StartsWith("[::1]:", StringComparison.Ordinal)),
        }).ToArray();
    }

    private static string Name(string inode) => $"socket:[{inode}]";
}
