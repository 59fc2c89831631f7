using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace IdleHands.Hosts;

/// <summary>
/// The first lines of a launch's log: what was launched, when and by which command. They begin with <c># </c> and end
/// with a line that is just <c>#</c>. They are ours: who looks for what the server said begins behind them.
/// </summary>
internal static partial class LogHeader
{
    private const int FirstLook = 4096;

    /// <summary>More than any system takes as a command line.</summary>
    private const int Longest = 512 * 1024;

    private static ReadOnlySpan<byte> Start => "# idlehands "u8;

    private static ReadOnlySpan<byte> End => "\n#\n"u8;

    /// <summary>Begins the log of a launch.</summary>
    /// <exception cref="IOException">It can't be made, or is there already.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static void Write(string path, LaunchRequest request, DateTimeOffset now)
    {
        using FileStream log = PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write);
        log.Write(Encoding.UTF8.GetBytes(TextOf(request, now)));
    }

    /// <summary>The header of a launch's log.</summary>
    public static string TextOf(LaunchRequest request, DateTimeOffset now)
    {
        string what = request.Header is null ? string.Empty : $" {request.Header},";
        string started = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string text = $"idlehands launch {request.LaunchId}:{what} started {started}\ncommand: {request.Command}";
        return "# " + text.ReplaceLineEndings("\n").Replace("\n", "\n# ", StringComparison.Ordinal) + "\n#\n";
    }

    /// <summary>The header of what is kept of a log that had grown too long.</summary>
    /// <param name="bytes">How much of it, from its start, is not kept.</param>
    public static byte[] Continued(long bytes) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"# idlehands log, continued: the {bytes} bytes before this are not kept\n#\n"));

    /// <summary>The header of a log; empty where it has none.</summary>
    public static byte[] Read(Stream log)
    {
        byte[] head = [];
        for (int wanted = FirstLook; wanted <= Longest; wanted *= 2)
        {
            head = new byte[wanted];
            log.Position = 0;
            int count = log.ReadAtLeast(head, wanted, throwOnEndOfStream: false);
            if (!head.AsSpan(0, count).StartsWith(Start))
            {
                return [];
            }

            int end = head.AsSpan(0, count).IndexOf(End);
            if (end >= 0)
            {
                return head[..(end + End.Length)];
            }

            if (count < wanted)
            {
                return [];
            }
        }

        return [];
    }

    /// <summary>How many bytes of the log are not kept, by the header of what is; null for any other header.</summary>
    public static long? NotKept(byte[] header) =>
        ContinuedForm().Match(Encoding.UTF8.GetString(header)) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"\A# idlehands log, continued: the ([0-9]{1,18}) bytes ")]
    private static partial Regex ContinuedForm();
}
