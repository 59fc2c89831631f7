using System.Buffers;

namespace IdleHands.Hosts;

/// <summary>
/// Begins a log anew that has grown too long, while its server writes to it: the end is copied beside it, then it is cut
/// to nothing. The server appends, so it goes on at the start.
/// </summary>
internal static class LogRotation
{
    private const int BlockSize = 256 * 1024;

    /// <summary>Begins a log anew.</summary>
    /// <param name="path">The log.</param>
    /// <param name="kept">How many bytes of its end are kept, in the file beside it, from the start of a line on.</param>
    /// <exception cref="IOException">It can't be copied; the log is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be copied; the log is as it was.</exception>
    public static void Rotate(string path, long kept)
    {
        string older = LaunchFiles.OlderOf(path);
        using var log = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using FileStream copy = PrivateFiles.Open(older + ".new", FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
        try
        {
            log.Position = FindLine(log, log.Length - kept);
            copy.Write(LogHeader.Continued(log.Position));
            Copy(log, copy, kept);

            // Whoever finds the log cut must find its end in place. What is written meanwhile is copied after it, so
            // that next to nothing can be lost in the instant before the cut.
            File.Move(copy.Name, older, overwrite: true);
        }
        catch
        {
            File.Delete(copy.Name);
            throw;
        }

        Copy(log, copy, kept);
        log.SetLength(0);
    }

    /// <summary>The first start of a line at or behind a position, where there is one within a block.</summary>
    private static long FindLine(FileStream log, long position)
    {
        if (position <= 0)
        {
            return 0;
        }

        log.Position = position - 1;
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockSize);
        int end = block.AsSpan(0, log.Read(block)).IndexOf((byte)'\n');
        ArrayPool<byte>.Shared.Return(block);
        return end < 0 ? position : position + end;
    }

    /// <summary>Copies what there is, but no more than this: a server that writes without pause must not keep it busy for ever.</summary>
    private static void Copy(FileStream log, FileStream copy, long most)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockSize);
        while (most > 0 && log.Read(block, 0, (int)Math.Min(BlockSize, most)) is var count and > 0)
        {
            copy.Write(block, 0, count);
            most -= count;
        }

        ArrayPool<byte>.Shared.Return(block);
    }
}
