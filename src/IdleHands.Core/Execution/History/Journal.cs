using System.Text.Json;

namespace IdleHands.Execution;

/// <summary>
/// The history of selects and stops: lines that are only ever added at the end. Several processes may add at once, a
/// kill or a full disk in the middle of a line costs that line alone, and the oldest go when the file has grown.
/// </summary>
public sealed class Journal
{
    private const byte LineEnd = (byte)'\n';

    /// <summary>From this length on, the older half is let go.</summary>
    private const long LargestFile = 4L << 20;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly long _largest;

    /// <summary>Uses the journal at this path, which need not exist.</summary>
    /// <param name="path">The file, <c>journal.jsonl</c>.</param>
    public Journal(string path)
        : this(path, LargestFile)
    {
    }

    /// <summary>As <see cref="Journal(string)"/>, with a bound of one's own, in bytes.</summary>
    internal Journal(string path, long largest)
    {
        _path = path;
        _largest = largest;
    }

    /// <summary>The past, oldest first. What can't be read of it, such as a line that was torn off, is left out.</summary>
    /// <exception cref="IdleHandsException"><c>HistoryUnreadable</c>: the file is there and may not be read.</exception>
    public IReadOnlyList<HistoryEntry> Read()
    {
        var runs = new Dictionary<string, (JournalLine? Begin, JournalLine? End)>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (JournalLine line in ReadLines())
        {
            if (!runs.TryGetValue(line.RunId, out var run))
            {
                order.Add(line.RunId);
            }

            runs[line.RunId] = line.Event == JournalLine.End ? (run.Begin, line) : (line, run.End);
        }

        return order.Select(id => ToEntry(runs[id].Begin, runs[id].End)).ToArray();
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="IOException">It can't be written, or others keep the file busy.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal async Task AddAsync(JournalLine line, CancellationToken cancellationToken)
    {
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(_path)!);
        using FileStream held = await LockAsync(cancellationToken).ConfigureAwait(false);
        Append([.. JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine), LineEnd]);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LockLimit);
        try
        {
            while (true)
            {
                if (FileLock.TryAcquire(_path + ".lock") is { } held)
                {
                    return held;
                }

                await Task.Delay(LockPause, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"another process has kept '{_path}' busy for {LockLimit.TotalSeconds:0} s");
        }
    }

    /// <summary>A line goes to the end in one write; what a kill left there is closed first, and what fails half-way is taken back.</summary>
    private void Append(byte[] line)
    {
        using (FileStream file = OpenShared(FileMode.OpenOrCreate, FileAccess.ReadWrite))
        {
            long before = file.Length;
            byte[] text = IsTorn(file) ? [LineEnd, .. line] : line;
            file.Position = before;
            try
            {
                file.Write(text);
            }
            catch (IOException)
            {
                file.SetLength(before);
                throw;
            }

            if (before + text.Length <= _largest)
            {
                return;
            }
        }

        PrivateFiles.Replace(_path, NewerHalf(ReadBytes()));
    }

    private static bool IsTorn(FileStream file)
    {
        if (file.Length == 0)
        {
            return false;
        }

        file.Position = file.Length - 1;
        return file.ReadByte() != LineEnd;
    }

    /// <summary>The whole lines of the newer half, and the last line whatever its length.</summary>
    private ReadOnlySpan<byte> NewerHalf(byte[] bytes)
    {
        int lastLine = Array.LastIndexOf(bytes, LineEnd, bytes.Length - 2) + 1;
        int half = bytes.Length - (int)Math.Min(bytes.Length, _largest / 2);
        int start = Array.IndexOf(bytes, LineEnd, Math.Max(0, half - 1)) + 1;
        return bytes.AsSpan(Math.Min(start, lastLine));
    }

    private IEnumerable<JournalLine> ReadLines()
    {
        byte[] bytes;
        try
        {
            bytes = ReadBytes();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdleHandsException(
                "HistoryUnreadable",
                FailureKind.Permission,
                $"The history '{_path}' can't be read: {e.Message}",
                "Make it readable, or set it aside: Rename-Item.",
                _path,
                e);
        }

        int start = 0;
        for (int end; (end = Array.IndexOf(bytes, LineEnd, start)) >= 0; start = end + 1)
        {
            if (TryParse(bytes.AsSpan(start, end - start)) is { } line)
            {
                yield return line;
            }
        }

        if (TryParse(bytes.AsSpan(start)) is { } last)
        {
            yield return last;
        }
    }

    private byte[] ReadBytes()
    {
        try
        {
            using FileStream file = OpenShared(FileMode.Open, FileAccess.Read);
            byte[] bytes = new byte[file.Length];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Readers need no lock: they see whole lines, and at most a torn one at the end.</summary>
    private FileStream OpenShared(FileMode mode, FileAccess access) =>
        PrivateFiles.Open(_path, mode, access, FileShare.ReadWrite | FileShare.Delete);

    private static JournalLine? TryParse(ReadOnlySpan<byte> text)
    {
        try
        {
            JournalLine? line = text.IsEmpty ? null : JsonSerializer.Deserialize(text, JournalJson.Default.JournalLine);
            return line is { Version: JournalLine.CurrentVersion, RunId: not null, Action: not null, ModelId: not null } ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HistoryEntry ToEntry(JournalLine? begin, JournalLine? end)
    {
        JournalLine line = (end ?? begin)!;
        return new HistoryEntry
        {
            Id = line.ModelId,
            Action = line.Action,
            Status = end?.Status ?? HistoryStatus.Unfinished,
            StartedAt = line.StartedAt.LocalDateTime,
            Duration = end?.Milliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            HostId = line.HostId ?? begin?.HostId,
            BackendId = line.BackendId ?? begin?.BackendId,
            ActiveId = end?.ActiveId,
            Cause = end?.Cause,
            ErrorId = end?.ErrorId,
            Error = end?.Error,
            Reasons = NameList.From(line.Reasons ?? begin?.Reasons ?? []),
            Plan = new ItemList<PlanStep>(begin?.Plan?.Select(step => step.ToStep()) ?? []),
            Steps = new ItemList<StepOutcome>(end?.Steps?.Select(step => step.ToOutcome()) ?? []),
            User = line.User,
            ProcessId = line.ProcessId,
            LaunchId = end?.LaunchId,
            LogPath = end?.LogPath,
        };
    }
}
