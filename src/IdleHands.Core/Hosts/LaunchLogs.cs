using System.IO.Enumeration;
using System.Text;

namespace IdleHands.Hosts;

/// <summary>One launch in the log directory.</summary>
/// <param name="Name">What its id tells.</param>
/// <param name="Path">Its log; the file may be missing where only other files of the launch are left.</param>
internal sealed record LaunchLog(LaunchName Name, string Path)
{
    /// <summary>Bytes of the log; null where it is missing.</summary>
    public long? Size { get; init; }

    /// <summary>All files of the launch.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>True when there is something to read.</summary>
    public bool CanBeRead => IsHere || Files.Any(file => file.EndsWith(RemoteLogNote.Ending, StringComparison.Ordinal));

    /// <summary>True when what there is to read lies on this machine.</summary>
    public bool IsHere => Size is not null || Files.Contains(LaunchFiles.OlderOf(Path));
}

/// <summary>How much of the logs is kept.</summary>
/// <param name="PerModel">Launches of one model.</param>
/// <param name="InAll">Launches of all models.</param>
/// <param name="Longest">Bytes from which a log is begun anew.</param>
/// <param name="Kept">Bytes of its end that are kept then.</param>
internal sealed record LogBounds(int PerModel, int InAll, long Longest, long Kept)
{
    /// <summary>What the help promises.</summary>
    public static LogBounds Usual { get; } = new(PerModel: 10, InAll: 200, Longest: 32L << 20, Kept: 16L << 20);
}

/// <summary>
/// The logs of launches on this machine, in the order of the launches, and their bounds. The order is the one in which
/// they were first seen here, kept in a file beside them: a clock that was set back makes no launch older. Only files
/// that are named as launches name theirs are ever touched, and no links.
/// </summary>
internal sealed class LaunchLogs(string directory, LogBounds? bounds = null)
{
    /// <summary>Held by the one who tidies; holds the ids of the launches, in the order in which they were seen.</summary>
    private const string OrderName = ".order";

    private readonly LogBounds _bounds = bounds ?? LogBounds.Usual;

    /// <summary>The launches that left files here, the oldest first; none where there is no directory.</summary>
    /// <exception cref="IOException">The directory can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be read.</exception>
    public IReadOnlyList<LaunchLog> List()
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        using FileStream? order = TryReadOrder();
        return InOrder(Scan(), order is null ? [] : ReadOrder(order));
    }

    /// <summary>
    /// Keeps the logs within their bounds. One at a time does it; whoever comes meanwhile leaves it to that one. That
    /// something can't be tidied is nobody's failure.
    /// </summary>
    /// <param name="recorded">Launches that are written down as running: nothing of theirs is deleted.</param>
    public void Tidy(IReadOnlyCollection<string> recorded)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        Try(() =>
        {
            using FileStream? order = FileLock.TryAcquire(Path.Combine(directory, OrderName));
            if (order is not null)
            {
                Tidy(order, recorded);
            }
        });
    }

    private void Tidy(FileStream order, IReadOnlyCollection<string> recorded)
    {
        string[] known = ReadOrder(order);
        List<LaunchLog> all = InOrder(Scan(), known);
        HashSet<LaunchLog> kept = [.. all.Except(Surplus(all, recorded))];
        foreach (string file in all.Where(log => !kept.Contains(log)).SelectMany(log => log.Files))
        {
            Try(() => File.Delete(file));
        }

        string[] now = all.Where(kept.Contains).Select(log => log.Name.LaunchId).ToArray();
        if (!now.SequenceEqual(known))
        {
            order.SetLength(0);
            order.Write(Encoding.ASCII.GetBytes(string.Concat(now.Select(id => id + "\n"))));
        }

        foreach (LaunchLog log in kept.Where(log => log.Size > _bounds.Longest))
        {
            Try(() => LogRotation.Rotate(log.Path, _bounds.Kept));
        }
    }

    /// <summary>What is over the bounds, the oldest first; never the newest launch of a model, nor one that is recorded.</summary>
    private HashSet<LaunchLog> Surplus(List<LaunchLog> all, IReadOnlyCollection<string> recorded)
    {
        HashSet<LaunchLog> surplus = [];
        HashSet<LaunchLog> newest = [];
        foreach (IGrouping<string, LaunchLog> model in all.GroupBy(log => log.Name.ModelId, StringComparer.Ordinal))
        {
            newest.Add(model.Last());
            surplus.UnionWith(model.SkipLast(_bounds.PerModel));
        }

        surplus.UnionWith(all.Where(log => !surplus.Contains(log) && !newest.Contains(log)).SkipLast(_bounds.InAll - newest.Count));
        surplus.RemoveWhere(log => newest.Contains(log) || recorded.Contains(log.Name.LaunchId));
        return surplus;
    }

    private List<LaunchLog> Scan()
    {
        var files = new FileSystemEnumerable<(string Id, string Path, long? Size)>(
            directory,
            (ref FileSystemEntry entry) => (IdOf(entry.FileName), entry.ToFullPath(), entry.FileName.EndsWith(LaunchFiles.Endings[0]) ? entry.Length : null),
            new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && IsOurs(entry.FileName) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return files
            .GroupBy(file => file.Id, StringComparer.Ordinal)
            .Select(launch => new LaunchLog(LaunchName.TryParse(launch.Key)!, LaunchFiles.In(directory, launch.Key).Log)
            {
                Size = launch.Select(file => file.Size).FirstOrDefault(size => size is not null),
                Files = launch.Select(file => file.Path).ToArray(),
            })
            .ToList();
    }

    private static string IdOf(ReadOnlySpan<char> fileName) =>
        fileName.IndexOf('.') is var dot and > 0 ? fileName[..dot].ToString() : string.Empty;

    private static bool IsOurs(ReadOnlySpan<char> fileName)
    {
        string id = IdOf(fileName);
        return LaunchName.TryParse(id) is not null && LaunchFiles.Endings.Contains(fileName[id.Length..].ToString());
    }

    private static List<LaunchLog> InOrder(List<LaunchLog> logs, string[] known)
    {
        Dictionary<string, int> places = known.Distinct(StringComparer.Ordinal).Select((id, place) => (id, place)).ToDictionary(pair => pair.id, pair => pair.place, StringComparer.Ordinal);
        return logs
            .OrderBy(log => places.GetValueOrDefault(log.Name.LaunchId, int.MaxValue))
            .ThenBy(log => log.Name.Stamp, StringComparer.Ordinal)
            .ThenBy(log => log.Name.LaunchId, StringComparer.Ordinal)
            .ToList();
    }

    /// <summary>The order without the lock: while it is written anew it may be short, and then the names tell.</summary>
    private FileStream? TryReadOrder()
    {
        FileStream? order = null;
        Try(() => order = new FileStream(Path.Combine(directory, OrderName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return order;
    }

    private static string[] ReadOrder(FileStream order)
    {
        using var reader = new StreamReader(order, Encoding.ASCII, leaveOpen: true);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next one tries again.
        }
    }
}
