using System.Text;

namespace IdleHands.Hosts.Local;

/// <summary>The end of what a launch's server said, for messages: bounded, without our header, across a log that was begun anew.</summary>
internal static class LogTail
{
    private const int Bound = 64 * 1024;

    /// <summary>The last lines; empty where there is no log.</summary>
    public static string[] ReadLines(string? path)
    {
        if (path is null)
        {
            return [];
        }

        byte[] end = ReadEnd(path);
        return LinesOf(end, isCut: end.Length == Bound);
    }

    /// <summary>The lines of what a server wrote; the first one of a text that was cut is marked.</summary>
    internal static string[] LinesOf(ReadOnlySpan<byte> end, bool isCut)
    {
        string[] lines = Encoding.UTF8.GetString(end).TrimEnd('\n', '\r').Split('\n');
        if (isCut)
        {
            lines[0] = Redaction.CutMark + lines[0];
        }

        return lines.Select(line => line.TrimEnd('\r')).SkipWhile(line => line.Length == 0).ToArray();
    }

    /// <summary>The length of the log, and its last line that says something.</summary>
    public static (long Length, string? LastLine) Look(string? path)
    {
        try
        {
            return path is null ? (0, null) : (new FileInfo(path).Length, ReadLines(path).LastOrDefault(line => !string.IsNullOrWhiteSpace(line)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (0, null); // No log yet.
        }
    }

    private static byte[] ReadEnd(string path)
    {
        byte[] end = ReadEnd(path, Bound);
        return end.Length < Bound && File.Exists(LaunchFiles.OlderOf(path))
            ? [.. ReadEnd(LaunchFiles.OlderOf(path), Bound - end.Length), .. end]
            : end;
    }

    private static byte[] ReadEnd(string path, int bound)
    {
        try
        {
            using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            long start = Math.Max(LogHeader.Read(log).Length, log.Length - bound);
            log.Position = start;
            byte[] end = new byte[Math.Max(0, Math.Min(bound, log.Length - start))];
            return end[..log.ReadAtLeast(end, end.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // No log yet, or none any more.
        }
    }
}
