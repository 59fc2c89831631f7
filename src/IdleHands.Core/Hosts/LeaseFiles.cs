using System.Globalization;

namespace IdleHands.Hosts;

/// <summary>
/// The files of a lease: one that is named by a number, the highest of which counts, and holds a line
/// <c>token|expires|since|owner</c> with times in seconds since 1970. A new holder makes the next number, which only one
/// can; the highest is never removed, so that who is late can't take for free what another has taken meanwhile.
/// </summary>
internal static class LeaseFiles
{
    /// <summary>Their directory, in the state directory of the host.</summary>
    public const string DirectoryName = "lease";

    /// <summary>The lease that somebody else has on this machine; null for none, or one that has expired.</summary>
    /// <param name="directory">The directory of the files.</param>
    /// <param name="token">Who asks.</param>
    public static LeaseReply? Find(string directory, string token)
    {
        try
        {
            long number = Directory.Exists(directory)
                ? Directory.EnumerateFiles(directory).Select(file => long.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0).DefaultIfEmpty().Max()
                : 0;
            string line = number == 0 ? string.Empty : File.ReadAllText(Path.Combine(directory, number.ToString(CultureInfo.InvariantCulture)));
            return line.StartsWith(token + "|", StringComparison.Ordinal)
                ? null
                : Parse(number, line, DateTimeOffset.UtcNow.ToUnixTimeSeconds()) is { ExpiresIn: { } left } held && left > TimeSpan.Zero
                    ? held
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It has just been renewed by another file in its place, or is nobody's that concerns us.
        }
    }

    /// <summary>Reads the line of a lease; null for anything else.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="line">The line.</param>
    /// <param name="now">The time of the host, in seconds since 1970.</param>
    public static LeaseReply? Parse(long number, string line, long now)
    {
        string[] fields = line.Trim().Split('|', 4);
        return fields.Length == 4
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long expires)
            && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long since)
            && since <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new LeaseReply(false, number)
            {
                Holder = fields[3],
                Since = DateTimeOffset.FromUnixTimeSeconds(since),
                ExpiresIn = TimeSpan.FromSeconds(Math.Clamp(expires - now, -1, int.MaxValue)),
            }
            : null;
    }
}
