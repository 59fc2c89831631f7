namespace IdleHands.Core.Tests.Gguf;

/// <summary>A file in memory; what lies behind its content, up to its length, is zeros.</summary>
internal sealed class MemoryByteSource(byte[] content, long? length = null) : IByteSource
{
    public string Path => "/m/model.gguf";

    public long Length => length ?? content.Length;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int count = (int)Math.Max(0, Math.Min(buffer.Length, Length - offset));
        buffer[..count].Span.Clear();
        if (offset < content.Length)
        {
            int there = (int)Math.Min(count, content.Length - offset);
            content.AsSpan((int)offset, there).CopyTo(buffer.Span);
        }

        return ValueTask.FromResult(count);
    }
}
