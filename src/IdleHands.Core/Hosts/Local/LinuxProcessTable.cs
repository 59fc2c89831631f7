using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Local;

/// <summary>Reads <c>/proc</c> (formats: proc(5)).</summary>
internal sealed class LinuxProcessTable : IProcessTable
{
    private const int ParentField = 1;
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
    public IEnumerable<UnixProcess> All() => ProcessIds().Select(Find).OfType<UnixProcess>();

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
    public string? FindErrorFile(int processId)
    {
        try
        {
            string? target = new FileInfo($"/proc/{processId}/fd/2").LinkTarget;
            return target is not null && target.StartsWith('/') && !target.StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(target) ? target : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It ended while we looked, or belongs to somebody else.
        }
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
        Dictionary<string, bool> sockets = LinuxPortTable.Reached(
            LinuxPortTable.Listeners(ReadText("/proc/net/tcp"), port).Concat(LinuxPortTable.Listeners(ReadText("/proc/net/tcp6"), port)));
        if (sockets.Count == 0)
        {
            return [];
        }

        var holders = new List<PortHolder>();
        var unnamed = new Dictionary<string, bool>(sockets);
        foreach (int id in ProcessIds())
        {
            string[] held = HeldBy(id, sockets);
            if (held.Length > 0)
            {
                holders.Add(new PortHolder(port, id, ReadText($"/proc/{id}/comm")?.Trim()) { IsReached = held.Any(socket => sockets[socket]) });
                Array.ForEach(held, socket => unnamed.Remove(socket));
            }
        }

        holders.AddRange(unnamed.Values.Select(isReached => new PortHolder(port, null, null) { IsReached = isReached }));
        return holders;
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
                long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTimeField], CultureInfo.InvariantCulture),
                int.Parse(fields[ParentField], CultureInfo.InvariantCulture));
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

    private static string[] HeldBy(int processId, Dictionary<string, bool> sockets)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{processId}/fd")
                .Select(descriptor => new FileInfo(descriptor).LinkTarget)
                .OfType<string>()
                .Where(sockets.ContainsKey)
                .Distinct(StringComparer.Ordinal)
                .ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It ended while we looked, or belongs to somebody else.
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
