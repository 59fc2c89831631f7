using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace IdleHands.Gguf;

/// <summary>
/// Walks through the head of a file with one small buffer. Every length is held against what the file has left before
/// anything is made of it, and what is kept is counted: a hostile file gives an error, not an allocation.
/// </summary>
internal sealed class GgufCursor(IByteSource source, GgufLimits limits) : IDisposable
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(limits.BufferBytes);
    private int _start;
    private int _end;
    private long _bufferOffset;
    private long _kept;

    /// <summary>How many bytes were read of the file.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Where it stands in the file.</summary>
    public long Position => _bufferOffset + _start;

    /// <summary>Bytes that follow in the file.</summary>
    public long Remaining => source.Length - Position;

    /// <inheritdoc />
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>The first bytes, without passing them.</summary>
    public async ValueTask<byte[]> PeekAsync(int count, CancellationToken cancellationToken)
    {
        int there = (int)Math.Min(count, Remaining);
        await NeedAsync(there, "the file", cancellationToken).ConfigureAwait(false);
        return _buffer.AsSpan(_start, there).ToArray();
    }

    /// <summary>A number of 4 bytes.</summary>
    public async ValueTask<uint> ReadUInt32Async(string what, CancellationToken cancellationToken)
    {
        await NeedAsync(sizeof(uint), what, cancellationToken).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
    }

    /// <summary>A number of 8 bytes.</summary>
    public async ValueTask<ulong> ReadUInt64Async(string what, CancellationToken cancellationToken)
    {
        await NeedAsync(sizeof(ulong), what, cancellationToken).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
    }

    /// <summary>A count of things of which each takes so many bytes at least; one that can't be is refused.</summary>
    public async ValueTask<long> ReadCountAsync(long leastBytes, string what, CancellationToken cancellationToken)
    {
        ulong count = await ReadUInt64Async(what, cancellationToken).ConfigureAwait(false);
        return count <= (ulong)(Remaining / leastBytes)
            ? (long)count
            : throw GgufErrors.Truncated(source.Path, source.Length, FormattableString.Invariant($"{what} would need {count:N0} of at least {leastBytes} bytes each"));
    }

    /// <summary>A text of at most this many bytes.</summary>
    /// <returns>The text; null for a longer one, which is passed, with its length.</returns>
    public async ValueTask<(string? Text, long Length)> ReadTextAsync(int longest, string what, CancellationToken cancellationToken)
    {
        long length = await ReadCountAsync(1, what, cancellationToken).ConfigureAwait(false);
        if (length > longest)
        {
            Skip(length);
            return (null, length);
        }

        Keep(64 + (2 * length), what);
        if (length <= limits.BufferBytes)
        {
            await NeedAsync((int)length, what, cancellationToken).ConfigureAwait(false);
            return (Encoding.UTF8.GetString(Take((int)length)), length);
        }

        byte[] whole = new byte[length];
        for (int done = 0; done < whole.Length;)
        {
            int piece = Math.Min(limits.BufferBytes, whole.Length - done);
            await NeedAsync(piece, what, cancellationToken).ConfigureAwait(false);
            Take(piece).CopyTo(whole.AsSpan(done));
            done += piece;
        }

        return (Encoding.UTF8.GetString(whole), length);
    }

    /// <summary>A value of fixed size.</summary>
    public async ValueTask<object> ReadNumberAsync(GgufValueType type, string what, CancellationToken cancellationToken)
    {
        int size = GgufValueTypes.SizeOf(type);
        await NeedAsync(size, what, cancellationToken).ConfigureAwait(false);
        Keep(32, what);
        return GgufValueTypes.Read(type, Take(size)) ?? throw GgufErrors.Broken(source.Path, $"{what} holds a truth value that is neither 0 nor 1");
    }

    /// <summary>Passes texts. Those that lie in the buffer are passed without a wait, since a vocabulary has hundreds of thousands.</summary>
    public async ValueTask SkipTextsAsync(long count, string what, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (TrySkipText(what))
            {
                count--;
                continue;
            }

            long length = await ReadCountAsync(1, what, cancellationToken).ConfigureAwait(false);
            Skip(length);
            CheckLength();
            count--;
        }
    }

    /// <summary>Passes bytes, which the caller has held against <see cref="Remaining"/>.</summary>
    public void Skip(long count)
    {
        if (count <= _end - _start)
        {
            _start += (int)count;
            return;
        }

        _bufferOffset = Position + count;
        _start = _end = 0;
    }

    /// <summary>Counts what is kept in memory, about.</summary>
    public void Keep(long bytes, string what)
    {
        _kept += bytes;
        if (_kept > limits.KeptBytes)
        {
            throw GgufErrors.Broken(source.Path, FormattableString.Invariant($"with {what} it holds more names and values than any model has ({limits.KeptBytes >> 20} MiB)"));
        }
    }

    /// <summary>Refuses a head that does not end: it would be read for hours.</summary>
    public void CheckLength()
    {
        if (Position > limits.HeaderBytes)
        {
            throw GgufErrors.Broken(source.Path, FormattableString.Invariant($"its header does not end within {limits.HeaderBytes >> 20} MiB, which is more than any model has"));
        }
    }

    private bool TrySkipText(string what)
    {
        int held = _end - _start;
        if (held < sizeof(ulong))
        {
            return false;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(_start));
        if (length > (ulong)(held - sizeof(ulong)))
        {
            return length <= (ulong)(Remaining - sizeof(ulong))
                ? false
                : throw GgufErrors.Truncated(source.Path, source.Length, FormattableString.Invariant($"{what} holds a text of {length:N0} bytes"));
        }

        _start += sizeof(ulong) + (int)length;
        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, count);
        _start += count;
        return taken;
    }

    private ValueTask NeedAsync(int count, string what, CancellationToken cancellationToken)
    {
        if (_end - _start >= count)
        {
            return ValueTask.CompletedTask;
        }

        return count <= Remaining
            ? FillAsync(count, what, cancellationToken)
            : throw GgufErrors.Truncated(source.Path, source.Length, $"{what} goes on");
    }

    private async ValueTask FillAsync(int count, string what, CancellationToken cancellationToken)
    {
        CheckLength();
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _bufferOffset += _start;
        _end -= _start;
        _start = 0;
        while (_end < count)
        {
            int read = await source.ReadAsync(_bufferOffset + _end, _buffer.AsMemory(_end, limits.BufferBytes - _end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw GgufErrors.Truncated(source.Path, _bufferOffset + _end, $"{what} goes on");
            }

            BytesRead += read;
            _end += read;
        }
    }
}
