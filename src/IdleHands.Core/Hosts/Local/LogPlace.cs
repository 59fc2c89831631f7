namespace IdleHands.Hosts.Local;

/// <summary>
/// How far a file that others write to was read. What was read last is remembered: a file that does not hold it at its
/// place has been cut, or another file has taken its place, whatever its length.
/// </summary>
internal sealed class LogPlace
{
    private const int MarkSize = 256;
    private byte[] _mark = [];

    /// <summary>Bytes of the file that lie behind.</summary>
    public long Position { get; private set; }

    /// <summary>The greatest length the file was seen with.</summary>
    public long Seen { get; private set; }

    /// <summary>Goes to a place of a file.</summary>
    public void Go(FileStream file, long position)
    {
        Seen = Math.Max(file.Length, position);
        Position = position;
        _mark = new byte[Math.Min(MarkSize, position)];
        file.Position = position - _mark.Length;
        _mark = _mark[..file.ReadAtLeast(_mark, _mark.Length, throwOnEndOfStream: false)];
    }

    /// <summary>True when a file holds what was read, at its place.</summary>
    public bool IsIn(FileStream file)
    {
        long length = file.Length;
        if (length < Seen || !Holds(file, Position, _mark))
        {
            return false;
        }

        Seen = length;
        return true;
    }

    /// <summary>True when another file, in which the bytes of this one were kept, holds what was read.</summary>
    /// <param name="kept">That file.</param>
    /// <param name="start">Where in it these bytes begin.</param>
    /// <param name="shift">How much further in it each of them stands; negative where those before are not kept.</param>
    public bool IsIn(FileStream kept, long start, long shift)
    {
        long position = Position + shift;
        return position >= start && Holds(kept, position, _mark[^(int)Math.Min(_mark.Length, position - start)..]);
    }

    /// <summary>Reads on, and remembers.</summary>
    public int Read(FileStream file, byte[] block)
    {
        file.Position = Position;
        int count = file.Read(block);
        byte[] read = [.. _mark, .. block.AsSpan(0, count)[^Math.Min(count, MarkSize)..]];
        _mark = read[^Math.Min(read.Length, MarkSize)..];
        Position += count;
        return count;
    }

    /// <summary>True when a file holds these bytes before a position.</summary>
    public static bool Holds(FileStream file, long position, byte[] bytes)
    {
        if (file.Length < position)
        {
            return false;
        }

        byte[] found = new byte[bytes.Length];
        file.Position = position - bytes.Length;
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.AsSpan().SequenceEqual(bytes);
    }
}
