using System.Text;

namespace IdleHands.Hosts;

/// <summary>
/// Makes lines of the bytes of a log, however they come in pieces: whole ones, without their ends. A line longer than
/// <see cref="LongestPiece"/> is given in pieces of at most that, so that what waits for its end is bounded.
/// </summary>
/// <param name="uncut">Texts that are never parted where a line is cut: secrets, which are masked later.</param>
internal sealed class LogLines(IReadOnlyCollection<string> uncut)
{
    /// <summary>Bytes of a line from which it is given in pieces.</summary>
    public const int LongestPiece = 64 * 1024;

    private readonly byte[][] _uncut = uncut.Select(Encoding.UTF8.GetBytes).Where(text => text.Length is > 1 and < LongestPiece).ToArray();
    private readonly byte[] _pending = new byte[LongestPiece];
    private int _length;
    private bool _isContinued;

    /// <summary>Takes bytes in; gives the lines that they complete.</summary>
    public List<string> Add(ReadOnlySpan<byte> bytes)
    {
        List<string> lines = [];
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            Append(end < 0 ? bytes : bytes[..end], lines);
            if (end < 0)
            {
                break;
            }

            Complete(lines);
            bytes = bytes[(end + 1)..];
        }

        return lines;
    }

    /// <summary>The last line, where it has no end; none where nothing waits.</summary>
    public List<string> End()
    {
        List<string> lines = [];
        if (_length > 0)
        {
            Complete(lines);
        }

        return lines;
    }

    private void Append(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        while (bytes.Length > LongestPiece - _length)
        {
            int room = LongestPiece - _length;
            bytes[..room].CopyTo(_pending.AsSpan(_length));
            bytes = bytes[room..];
            int cut = FindCut();
            lines.Add(Encoding.UTF8.GetString(_pending.AsSpan(0, cut)));
            _pending.AsSpan(cut).CopyTo(_pending);
            _length = LongestPiece - cut;
            _isContinued = true;
        }

        bytes.CopyTo(_pending.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Complete(List<string> lines)
    {
        ReadOnlySpan<byte> line = _pending.AsSpan(0, _length);
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        if (!_isContinued || !line.IsEmpty)
        {
            lines.Add(Encoding.UTF8.GetString(line));
        }

        _length = 0;
        _isContinued = false;
    }

    /// <summary>Where a full buffer is cut: neither in a character nor in a text that must stay whole, unless that leaves nothing.</summary>
    private int FindCut()
    {
        int cut = BeforeCharacter(_pending);
        bool moved = true;
        while (moved)
        {
            moved = false;
            foreach (byte[] text in _uncut)
            {
                if (FindAcross(text, cut) is { } start)
                {
                    cut = start;
                    moved = true;
                }
            }
        }

        return cut > 0 ? cut : LongestPiece;
    }

    /// <summary>The end of the text without a last character whose bytes are not all there.</summary>
    private static int BeforeCharacter(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= 3; back++)
        {
            byte lead = bytes[^back];
            if ((lead & 0xC0) != 0x80)
            {
                int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
                return length > back ? bytes.Length - back : bytes.Length;
            }
        }

        return bytes.Length;
    }

    /// <summary>Where a text begins that a cut would part, as far as the buffer shows it.</summary>
    private int? FindAcross(byte[] text, int cut)
    {
        for (int start = Math.Max(0, cut - text.Length + 1); start < cut; start++)
        {
            int visible = Math.Min(text.Length, LongestPiece - start);
            if (_pending.AsSpan(start, visible).SequenceEqual(text.AsSpan(0, visible)))
            {
                return start;
            }
        }

        return null;
    }
}
