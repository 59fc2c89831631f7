using System.Runtime.CompilerServices;

namespace IdleHands.Hosts.Local;

/// <summary>
/// Reads a log of this machine, and follows it while it is written: also when it is begun anew (its end is in the file
/// beside it then), when another file takes its place, and when it is away for a moment.
/// </summary>
/// <param name="path">The log.</param>
/// <param name="reading">How to read it.</param>
/// <param name="isAlive">Looks whether a launch lives.</param>
internal sealed class LogReader(string path, LogReading reading, Func<LaunchRecord, bool> isAlive)
{
    private const int BlockSize = 64 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A look at all processes costs more than one at a file.</summary>
    private const int PausesPerLook = 5;

    private readonly string _olderPath = LaunchFiles.OlderOf(path);
    private readonly LogLines _lines = new(reading.Uncut);
    private readonly LogPlace _place = new();
    private readonly byte[] _block = new byte[BlockSize];
    private FileStream? _file;
    private (long Length, DateTime WrittenAt) _olderSeen;
    private bool _hasFound;

    /// <summary>The lines, each once and whole.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>, <c>LogUnreadable</c>.</exception>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            foreach (string line in Begin())
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return line;
            }

            bool goesOn = true;
            for (int pauses = 0; goesOn; pauses++)
            {
                // Asked before it is read: what a launch that has ended had written is there.
                goesOn = reading.Follow is { } launch && (pauses % PausesPerLook != 0 || isAlive(launch));
                foreach (string line in ReadNew())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return line;
                }

                if (goesOn)
                {
                    await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
                }
            }

            // It may have been begun anew while it was read.
            foreach (string line in ReadNew().Concat(EndLine()))
            {
                yield return line;
            }

            if (!_hasFound)
            {
                throw NotFound();
            }
        }
        finally
        {
            _file?.Dispose();
        }
    }

    /// <summary>Opens the log where the first wanted line begins; gives what of it is in the kept end of the one before.</summary>
    private IEnumerable<string> Begin()
    {
        _file = TryOpen(path);
        using FileStream? older = TryOpen(_olderPath);
        bool isPart = older is not null && (_file is null || !IsCopyOf(older, _file));
        _olderSeen = isPart ? Stamp(_olderPath) : default;
        long wanted = WantedLineEnds(isPart && _file is null or { Length: 0 } ? older : _file);
        if (_file is not null)
        {
            _place.Go(_file, FindStart(_file, ref wanted));
        }

        if (isPart && wanted > 0)
        {
            // A line goes on behind a cut of ours; where somebody else made the older part, nobody knows.
            IEnumerable<string> end = LogHeader.NotKept(LogHeader.Read(older!)) is null ? EndLine() : [];
            foreach (string line in ReadOlder(older!, FindStart(older!, ref wanted)).Concat(end))
            {
                yield return line;
            }
        }
    }

    /// <summary>What has come since.</summary>
    private IEnumerable<string> ReadNew()
    {
        // What is still open here first: it may no longer be what is found at the path.
        foreach (string line in ReadOn(_file, _place))
        {
            yield return line;
        }

        if (TryOpen(path) is not { } now)
        {
            yield break;
        }

        // Of a log that was not read yet, only a new older part tells that it is another one now.
        bool isAnother = _place.Position == 0 && Stamp(_olderPath) != _olderSeen;
        if (isAnother || !_place.IsIn(now))
        {
            foreach (string line in ReadRest())
            {
                yield return line;
            }

            _place.Go(now, 0);
        }

        _file?.Dispose();
        _file = now;
        foreach (string line in ReadOn(_file, _place))
        {
            yield return line;
        }
    }

    /// <summary>
    /// What was not read yet of a log that is begun anew, or whose place another file has taken. That one was renamed and
    /// is still open here, and no line goes on in the other file; a line may go on where the same file was cut.
    /// </summary>
    private IEnumerable<string> ReadRest()
    {
        bool isRenamed = _file is not null && _place.IsIn(_file);
        foreach (string line in isRenamed ? ReadOn(_file, _place).Concat(EndLine()) : ReadKept())
        {
            yield return line;
        }

        _olderSeen = Stamp(_olderPath);
    }

    /// <summary>What was not read yet of a log that was cut, where its end was kept.</summary>
    private IEnumerable<string> ReadKept()
    {
        using FileStream? older = TryOpen(_olderPath);
        if (older is null || Stamp(_olderPath) == _olderSeen)
        {
            yield break;
        }

        (long start, long shift) = Kept(older);
        IEnumerable<string> lines = [];
        if (_place.IsIn(older, start, shift))
        {
            lines = ReadOlder(older, _place.Position + shift);
        }
        else if (_place.Position + shift < start)
        {
            // What lies between is lost. The header, which is read too, says so.
            lines = EndLine().Concat(ReadOlder(older, 0));
        }

        foreach (string line in lines)
        {
            yield return line;
        }
    }

    private IEnumerable<string> ReadOlder(FileStream older, long start)
    {
        var place = new LogPlace();
        place.Go(older, start);
        return ReadOn(older, place);
    }

    /// <summary>The last line, where it has no end.</summary>
    private IEnumerable<string> EndLine()
    {
        foreach (string line in _lines.End())
        {
            yield return line;
        }
    }

    private IEnumerable<string> ReadOn(FileStream? file, LogPlace place)
    {
        while (file is not null && place.IsIn(file) && place.Read(file, _block) is var count and > 0)
        {
            foreach (string line in _lines.Add(_block.AsSpan(0, count)))
            {
                yield return line;
            }
        }
    }

    /// <summary>
    /// How many line ends to look for from the end on. A last line without an end counts, unless it is waited for: then
    /// it is to come.
    /// </summary>
    private long WantedLineEnds(FileStream? end)
    {
        if (reading.Tail is not { } tail)
        {
            return long.MaxValue;
        }

        return end is null || reading.Follow is not null || LogPlace.Holds(end, end.Length, "\n"u8.ToArray()) ? tail + 1L : tail;
    }

    /// <summary>Behind the line end that is the wanted one from the end on; the start where there are not so many.</summary>
    private long FindStart(FileStream file, ref long wanted)
    {
        long position = file.Length;
        if (wanted == 0)
        {
            return position;
        }

        while (wanted < long.MaxValue && position > 0)
        {
            int size = (int)Math.Min(BlockSize, position);
            position -= size;
            file.Position = position;
            int count = file.ReadAtLeast(_block.AsSpan(0, size), size, throwOnEndOfStream: false);
            for (int at = count - 1; at >= 0; at--)
            {
                if (_block[at] == '\n' && --wanted == 0)
                {
                    return position + at + 1;
                }
            }
        }

        return 0;
    }

    /// <summary>True when the kept end still stands in the log too: it has just been copied, and the log not been cut.</summary>
    private static bool IsCopyOf(FileStream older, FileStream log)
    {
        const int Compared = 256;
        (long start, long shift) = Kept(older);
        byte[] end = new byte[Math.Min(Compared, older.Length - start)];
        older.Position = older.Length - end.Length;
        end = end[..older.ReadAtLeast(end, end.Length, throwOnEndOfStream: false)];
        return end.Length > 0 && LogPlace.Holds(log, older.Length - shift, end);
    }

    /// <summary>Where in the older part the bytes of the log begin, and how much further than in the log each stands.</summary>
    private static (long Start, long Shift) Kept(FileStream older)
    {
        byte[] header = LogHeader.Read(older);
        return LogHeader.NotKept(header) is { } notKept ? (header.Length, header.Length - notKept) : (0, 0);
    }

    /// <summary>What tells one state of a file from another.</summary>
    private static (long Length, DateTime WrittenAt) Stamp(string file) =>
        new FileInfo(file) is { Exists: true } info ? (info.Length, info.LastWriteTimeUtc) : default;

    private FileStream? TryOpen(string file)
    {
        try
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _hasFound = true;
            return stream;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdleHandsException(
                "LogUnreadable",
                FailureKind.Permission,
                $"The log '{file}' can't be read: {e.Message}",
                "Read it as the user who started the model.",
                file,
                e);
        }
    }

    private IdleHandsException NotFound() => new(
        "LogNotFound",
        FailureKind.NotFound,
        $"There is no log '{path}': it was removed.",
        "Get-IHLog -Id with the tab key shows which models have logs.",
        path);
}
