using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Local;

/// <summary>A file of this machine.</summary>
internal sealed class LocalByteSource : IByteSource, IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">What it is called in messages.</param>
    /// <param name="fullPath">Where it is.</param>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public LocalByteSource(string path, string fullPath)
    {
        Path = path;
        _file = File.OpenHandle(fullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_file);
    }

    /// <inheritdoc />
    public string Path { get; }

    /// <inheritdoc />
    public long Length { get; }

    /// <inheritdoc />
    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // Read at once: a file's first kilobytes take less than a way to another thread and back.
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(RandomAccess.Read(_file, buffer.Span, offset));
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
