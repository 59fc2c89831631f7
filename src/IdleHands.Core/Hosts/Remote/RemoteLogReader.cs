using System.Globalization;
using System.Runtime.CompilerServices;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Reads a log on a host, and follows it by asking for what has come: also when it is begun anew (its end is in the file
/// beside it then).
/// </summary>
internal sealed class RemoteLogReader(RemoteShell shell, string path, LogReading reading, Func<LaunchRecord, CancellationToken, Task<bool>> isAlive)
{
    private const int BlockSize = 256 * 1024;

    /// <summary>Bytes before the place that must still stand there: else another log has taken its place.</summary>
    private const int MarkSize = 64;

    /// <summary>Looking at all processes costs more than looking at a file.</summary>
    private const int PausesPerLook = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private const string Read = """
        ih_size=$(wc -c <"$1" 2>/dev/null) || ih_size=-1
        ih_older=$(wc -c <"$1.1" 2>/dev/null) || ih_older=-1
        printf '%s %s\n' $ih_size $ih_older
        ih_file=$1
        [ "$4" = older ] && ih_file=$1.1
        [ -e "$ih_file" ] && [ ! -r "$ih_file" ] && ih_end denied
        tail -c +"$(($2 + 1))" "$ih_file" 2>/dev/null | head -c "$3"
        """;

    private readonly LogLines _lines = new(reading.Uncut);
    private long _position;
    private byte[] _mark = [];

    /// <summary>The lines, each once and whole.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>, <c>LogUnreadable</c>, and those of the way to the host.</exception>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string line in BeginAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return line;
        }

        bool goesOn = true;
        for (int pauses = 0; goesOn; pauses++)
        {
            // Asked before it is read: what a launch that has ended had written is there.
            goesOn = reading.Follow is { } launch && (pauses % PausesPerLook != 0 || await isAlive(launch, cancellationToken).ConfigureAwait(false));
            await foreach (string line in ReadNewAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }

            if (goesOn)
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (string line in _lines.End())
        {
            yield return line;
        }
    }

    /// <summary>Goes to where the first wanted line begins; gives what of it is in the kept end of the one before.</summary>
    private async IAsyncEnumerable<string> BeginAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Block head = await BlockAsync(0, 0, older: false, cancellationToken).ConfigureAwait(false);
        if (head is { Size: < 0, OlderSize: < 0 })
        {
            throw new IdleHandsException(
                "LogNotFound",
                FailureKind.NotFound,
                $"There is no log '{path}' on its host: it was removed.",
                "Get-IHLog -Id with the tab key shows which models have logs.",
                path);
        }

        long wanted = reading.Tail is { } tail ? tail + 1L : long.MaxValue;
        long start = 0;
        if (head.Size > 0)
        {
            (start, wanted) = await FindStartAsync(head.Size, wanted, older: false, cancellationToken).ConfigureAwait(false);
        }

        if (head.OlderSize > 0 && start == 0 && wanted > 0)
        {
            (long olderStart, _) = await FindStartAsync(head.OlderSize, wanted, older: true, cancellationToken).ConfigureAwait(false);
            await foreach (string line in ReadOlderAsync(olderStart, cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }
        }

        _position = start;
        if (start > 0)
        {
            // Also of a reader that has read nothing yet, the log may be begun anew.
            int known = (int)Math.Min(start, MarkSize);
            _mark = (await BlockAsync(start - known, known, older: false, cancellationToken).ConfigureAwait(false)).Bytes.ToArray();
        }
    }

    /// <summary>Behind the line end that is the wanted one from the end on, and how many are still wanted; the start where there are not so many.</summary>
    private async Task<(long Start, long Wanted)> FindStartAsync(long size, long wanted, bool older, CancellationToken cancellationToken)
    {
        if (wanted == 1)
        {
            return (size, 0);
        }

        bool isLast = !older;
        for (long position = size; wanted < long.MaxValue && position > 0;)
        {
            int count = (int)Math.Min(BlockSize, position);
            position -= count;
            Block block = await BlockAsync(position, count, older, cancellationToken).ConfigureAwait(false);
            ReadOnlyMemory<byte> bytes = block.Bytes;

            // A last line without an end counts, unless it is waited for: then it is to come.
            if (isLast && reading.Follow is null && bytes.Length > 0 && bytes.Span[^1] != '\n')
            {
                wanted--;
            }

            isLast = false;
            for (int at = bytes.Length - 1; at >= 0; at--)
            {
                if (bytes.Span[at] == '\n' && --wanted == 0)
                {
                    return (position + at + 1, 0);
                }
            }
        }

        return (0, wanted);
    }

    private async IAsyncEnumerable<string> ReadNewAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Block block = await BlockAsync(_position - _mark.Length, BlockSize + _mark.Length, older: false, cancellationToken).ConfigureAwait(false);
            if (block.Size < 0)
            {
                yield break;
            }

            ReadOnlyMemory<byte> bytes = block.Bytes;
            if (bytes.Length < _mark.Length || !bytes.Span[.._mark.Length].SequenceEqual(_mark))
            {
                await foreach (string line in ReadKeptAsync(block.OlderSize, cancellationToken).ConfigureAwait(false))
                {
                    yield return line;
                }

                _position = 0;
                _mark = [];
                continue;
            }

            bytes = bytes[_mark.Length..];
            foreach (string line in Take(bytes))
            {
                yield return line;
            }

            if (bytes.Length < BlockSize)
            {
                yield break;
            }
        }
    }

    /// <summary>What was not read yet of a log that was cut, where its end was kept.</summary>
    private async IAsyncEnumerable<string> ReadKeptAsync(long olderSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (olderSize <= 0)
        {
            yield break;
        }

        Block head = await BlockAsync(0, 4096, older: true, cancellationToken).ConfigureAwait(false);
        using var stream = new MemoryStream(head.Bytes.ToArray());
        byte[] header = LogHeader.Read(stream);
        long from = LogHeader.NotKept(header) is { } notKept && _position >= notKept ? header.Length + (_position - notKept) : 0;
        if (from == 0)
        {
            foreach (string line in _lines.End())
            {
                yield return line;
            }
        }

        await foreach (string line in ReadOlderAsync(from, cancellationToken).ConfigureAwait(false))
        {
            yield return line;
        }
    }

    private async IAsyncEnumerable<string> ReadOlderAsync(long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Block block = await BlockAsync(from, BlockSize, older: true, cancellationToken).ConfigureAwait(false);
            foreach (string line in _lines.Add(block.Bytes.Span))
            {
                yield return line;
            }

            from += block.Bytes.Length;
            if (block.Bytes.Length < BlockSize)
            {
                yield break;
            }
        }
    }

    private IReadOnlyList<string> Take(ReadOnlyMemory<byte> bytes)
    {
        byte[] read = [.. _mark, .. bytes.Span[^Math.Min(bytes.Length, MarkSize)..]];
        _mark = read[^Math.Min(read.Length, MarkSize)..];
        _position += bytes.Length;
        return [.. _lines.Add(bytes.Span)];
    }

    private async Task<Block> BlockAsync(long from, int count, bool older, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(
            Read,
            path,
            from.ToString(CultureInfo.InvariantCulture),
            count.ToString(CultureInfo.InvariantCulture),
            older ? "older" : string.Empty);
        ScriptResult result = await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> content = result.Output.Content;
        int lineEnd = content.Span.IndexOf((byte)'\n');
        if (result.Ending == "denied" || lineEnd < 0)
        {
            throw new IdleHandsException(
                "LogUnreadable",
                FailureKind.Permission,
                $"The log '{path}' can't be read on its host{(result.Ending == "denied" ? ": permission denied" : string.Empty)}.",
                "Read it as the user who started the model.",
                path);
        }

        string[] sizes = System.Text.Encoding.ASCII.GetString(content.Span[..lineEnd]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new Block(content[(lineEnd + 1)..], Number(sizes, 0), Number(sizes, 1));
    }

    private static long Number(string[] words, int index) =>
        words.Length > index && long.TryParse(words[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : -1;

    /// <summary>A piece of the log or its older part, with the lengths of both; -1 for one that is not there.</summary>
    private sealed record Block(ReadOnlyMemory<byte> Bytes, long Size, long OlderSize);
}
