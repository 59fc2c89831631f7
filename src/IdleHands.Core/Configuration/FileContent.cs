using System.Buffers;

namespace IdleHands.Configuration;

/// <summary>The bytes of a file in a borrowed buffer: large ones made anew for each load would cost more than reading them.</summary>
internal sealed class FileContent : IDisposable
{
    private const int SmallestBuffer = 4096;
    private byte[] _buffer;
    private int _length;

    private FileContent(int capacity)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, SmallestBuffer));
    }

    /// <summary>The bytes, until it is disposed.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads to the end of the stream, whatever length it tells.</summary>
    public static FileContent ReadAll(Stream stream)
    {
        int expected = stream.CanSeek ? (int)Math.Min(stream.Length, Array.MaxLength - 1) : 0;
        var content = new FileContent(expected + 1);
        try
        {
            content.Fill(stream);
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // A file may hold a password in clear.
        byte[] buffer = _buffer;
        _buffer = [];
        buffer.AsSpan(0, _length).Clear();
        _length = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Fill(Stream stream)
    {
        int read;
        while ((read = stream.Read(_buffer.AsSpan(_length))) > 0)
        {
            _length += read;
            if (_length == _buffer.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(_length * 2);
                Bytes.CopyTo(larger);
                _buffer.AsSpan().Clear();
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }
        }
    }
}
