using System.Globalization;
using System.Text.RegularExpressions;

namespace IdleHands.Gguf;

/// <summary>
/// The files of one set of weights. A model split by llama.cpp is named <c>name-00001-of-00003.gguf</c>, and so on;
/// <c>mmproj-*</c> and <c>mtp-*</c> files are sidecars and stand for themselves.
/// </summary>
internal static partial class ShardSet
{
    /// <summary>A name with more is no set: the largest models have a few hundred files, and every one of a set is looked for.</summary>
    private const int MostShards = 2048;

    /// <summary>All files of the set that a path belongs to, in order; just the path where it is no shard.</summary>
    public static NameList PathsOf(string path)
    {
        if (!TryParse(path, out Match match, out int count))
        {
            return new NameList(path);
        }

        string start = path[..^match.Length] + match.Groups["name"].Value;
        var paths = new string[count];
        for (int i = 0; i < count; i++)
        {
            paths[i] = string.Create(CultureInfo.InvariantCulture, $"{start}-{i + 1:D5}-of-{count:D5}.gguf");
        }

        return new NameList(paths);
    }

    /// <summary>The first file of the set that a path belongs to; just the path where it is no shard.</summary>
    public static string FirstOf(string path) => TryParse(path, out Match match, out int count)
        ? string.Create(CultureInfo.InvariantCulture, $"{path[..^match.Length]}{match.Groups["name"].Value}-00001-of-{count:D5}.gguf")
        : path;

    /// <summary>A file's name without folders and shard numbers: <c>name.gguf</c> for <c>/m/name-00001-of-00003.gguf</c>.</summary>
    public static string BaseNameOf(string path) =>
        TryParse(path, out Match match, out _) ? match.Groups["name"].Value + ".gguf" : FileNameOf(path);

    /// <summary>The last part of a path or URL, whichever separator it uses.</summary>
    public static string FileNameOf(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];

    private static bool TryParse(string path, out Match match, out int count)
    {
        string file = FileNameOf(path);
        match = Pattern().Match(file);
        count = 0;
        if (!match.Success || IsSidecarName(file))
        {
            return false;
        }

        count = int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        int number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        return number >= 1 && number <= count && count <= MostShards;
    }

    /// <summary>True for a file that goes with a model and is none: <c>mmproj-*</c>, <c>mtp-*</c>.</summary>
    public static bool IsSidecar(string path) => IsSidecarName(FileNameOf(path));

    private static bool IsSidecarName(string file) =>
        file.StartsWith("mmproj-", StringComparison.OrdinalIgnoreCase) || file.StartsWith("mtp-", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^(?<name>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
