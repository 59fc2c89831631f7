using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Local;

/// <summary>Reads <c>/proc</c> (formats: proc(5)).</summary>
internal sealed class LinuxProcessTable : IProcessTable
{
    private const int SessionField = 3;
    private const int UserTimeField = 11;
    private const int SystemTimeField = 12;
    private const int StartTimeField = 19;

    /// <inheritdoc />
    public string BootId { get; } = ReadText("/proc/sys/kernel/random/boot_id")?.Trim() ?? string.Empty;

    /// <inheritdoc />
    public UnixProcess? Find(int processId) => ReadText($"/proc/{processId}/stat") is { } stat ? ParseStat(stat) : null;

    /// <inheritdoc />
    public IReadOnlyList<UnixProcess> OfSession(int sessionId)
    {
        var members = new List<UnixProcess>();
        foreach (int id in ProcessIds())
        {
            // One system call sorts most processes out; only members are read.
            if (NativeMethods.GetSession(id) == sessionId && Find(id) is { } process && process.SessionId == sessionId)
            {
                members.Add(process);
            }
        }

        return members;
    }

    /// <inheritdoc />
    public bool TryReadEnvironment(int processId, string name, out string? value)
    {
        value = null;
        if (ReadText($"/proc/{processId}/environ") is not { } environment)
        {
            return false;
        }

        string prefix = name + "=";
        value = environment.Split('\0').FirstOrDefault(variable => variable.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
        return true;
    }

    /// <inheritdoc />
    public long MeasureInputOutput(int processId)
    {
        long total = 0;
        foreach (string line in (ReadText($"/proc/{processId}/io") ?? string.Empty).Split('\n'))
        {
            if (line.StartsWith("rchar: ", StringComparison.Ordinal) || line.StartsWith("wchar: ", StringComparison.Ordinal)
                || line.StartsWith("read_bytes: ", StringComparison.Ordinal))
            {
                total += long.Parse(line.AsSpan(line.IndexOf(' ', StringComparison.Ordinal)), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }

        return total;
    }

    /// <inheritdoc />
    public IReadOnlyList<PortHolder> FindPortHolders(int port)
    {
        var sockets = LinuxPortTable.Listeners(ReadText("/proc/net/tcp"), port)
            .Concat(LinuxPortTable.Listeners(ReadText("/proc/net/tcp6"), port))
            .Select(inode => $"socket:[{inode}]")
            .ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return [];
        }

        var holders = ProcessIds()
            .Where(id => HoldsAny(id, sockets))
            .Select(id => new PortHolder(port, id, ReadText($"/proc/{id}/comm")?.Trim()))
            .ToList();
        return holders.Count > 0 ? holders : [new PortHolder(port, null, null)];
    }

    /// <summary>Reads the fields of <c>/proc/PID/stat</c> behind the name, which may hold blanks and parentheses; null for a zombie.</summary>
    internal static UnixProcess? ParseStat(string stat)
    {
        int nameEnd = stat.LastIndexOf(')');
        int idEnd = stat.IndexOf(' ', StringComparison.Ordinal);
        if (nameEnd < 0 || idEnd < 0)
        {
            return null;
        }

        string[] fields = stat[(nameEnd + 2)..].Split(' ');
        bool isGone = fields[0] is "Z" or "X" or "x";
        return isGone || fields.Length <= StartTimeField
            ? null
            : new UnixProcess(
                int.Parse(stat.AsSpan(0, idEnd), CultureInfo.InvariantCulture),
                int.Parse(fields[SessionField], CultureInfo.InvariantCulture),
                long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture),
                long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTimeField], CultureInfo.InvariantCulture));
    }

    private static IEnumerable<int> ProcessIds()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                yield return id;
            }
        }
    }

    private static bool HoldsAny(int processId, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{processId}/fd")
                .Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // It ended while we looked, or belongs to somebody else.
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It ended while we looked, or belongs to somebody else.
        }
    }
}
