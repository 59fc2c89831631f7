namespace IdleHands;

/// <summary>The bytes of one file, wherever it is.</summary>
public interface IByteSource
{
    /// <summary>The file's path on its host, for messages.</summary>
    string Path { get; }

    /// <summary>Bytes of the file.</summary>
    long Length { get; }

    /// <summary>Reads from a position on; 0 at the end.</summary>
    /// <param name="offset">The position.</param>
    /// <param name="buffer">Where to, as much as fits.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}
