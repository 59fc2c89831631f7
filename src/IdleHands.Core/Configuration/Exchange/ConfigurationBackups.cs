using System.Globalization;

namespace IdleHands.Configuration.Exchange;

/// <summary>Configuration files as they were before imports, newest last by name; the newest few are kept.</summary>
internal sealed class ConfigurationBackups(string configuration, TimeProvider clock)
{
    private const int Kept = 10;
    private const string NameFormat = "yyyyMMdd-HHmmss-fff";

    private string Directory { get; } = Path.Combine(Path.GetDirectoryName(configuration)!, "backups");

    /// <summary>Keeps a text; the caller holds the lock of the configuration.</summary>
    /// <returns>Where it is kept.</returns>
    /// <exception cref="ConfigurationException"><c>ConfigurationUnwritable</c>.</exception>
    public string Keep(ReadOnlySpan<byte> text)
    {
        try
        {
            PrivateFiles.CreateDirectory(Directory);
            string path = NewPath();
            PrivateFiles.Replace(path, text);
            foreach (string old in All().SkipLast(Kept).Where(old => old != path))
            {
                PrivateFiles.TryDelete(old);
            }

            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            FailureKind kind = exception is UnauthorizedAccessException ? FailureKind.Permission : FailureKind.Failed;
            throw ConfigurationException.Unwritable(configuration, kind, exception);
        }
    }

    private string NamePrefix => Path.GetFileNameWithoutExtension(configuration) + "-";

    private IEnumerable<string> All() =>
        System.IO.Directory.EnumerateFiles(Directory, NamePrefix + "*.json").Order(StringComparer.Ordinal);

    /// <summary>The time as a name, later than all others, also after the clock was set back.</summary>
    private string NewPath()
    {
        DateTimeOffset time = clock.GetUtcNow();
        if (All().LastOrDefault() is { } newest
            && DateTimeOffset.TryParseExact(
                Path.GetFileNameWithoutExtension(newest)[NamePrefix.Length..], NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset last)
            && time <= last)
        {
            time = last;
        }

        string path;
        do
        {
            path = Path.Combine(Directory, NamePrefix + time.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture) + ".json");
            time += TimeSpan.FromMilliseconds(1);
        }
        while (File.Exists(path));
        return path;
    }
}
