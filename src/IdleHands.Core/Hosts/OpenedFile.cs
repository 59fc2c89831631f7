namespace IdleHands.Hosts;

/// <summary>A file of a host that was opened to read parts of it.</summary>
/// <param name="fact">What the file system says of it.</param>
/// <param name="source">Its bytes; null where it can't be read, which the fact tells.</param>
public sealed class OpenedFile(FileFact fact, IByteSource? source) : IDisposable
{
    /// <summary>What the file system says of it.</summary>
    public FileFact Fact { get; } = fact;

    /// <summary>Its bytes; null where it can't be read.</summary>
    public IByteSource? Source { get; } = source;

    /// <inheritdoc />
    public void Dispose() => (Source as IDisposable)?.Dispose();
}
