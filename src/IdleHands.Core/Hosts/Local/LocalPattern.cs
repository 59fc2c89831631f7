using System.Text;
using System.Text.RegularExpressions;

namespace IdleHands.Hosts.Local;

/// <summary>Paths by a pattern, as a POSIX shell takes it: <c>*</c>, <c>?</c> and <c>[a-z]</c> within the parts of a path.</summary>
internal static class LocalPattern
{
    private static readonly char[] Wild = ['*', '?', '['];

    /// <summary>The files and directories that match a whole path; none where no part is a pattern.</summary>
    public static IEnumerable<string> Expand(string fullPath)
    {
        string root = Path.GetPathRoot(fullPath) ?? string.Empty;
        string[] parts = fullPath[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        return parts.Any(IsWild) ? parts.Aggregate((IEnumerable<string>)[root], Step) : [];
    }

    private static bool IsWild(string part) => part.IndexOfAny(Wild) >= 0;

    private static IEnumerable<string> Step(IEnumerable<string> directories, string part)
    {
        if (!IsWild(part))
        {
            return directories.Select(directory => Path.Combine(directory, part)).Where(path => File.Exists(path) || Directory.Exists(path));
        }

        Regex pattern = ToRegex(part);
        return directories.SelectMany(directory => Names(directory)
            .Where(name => (name[0] != '.' || part[0] == '.') && pattern.IsMatch(name))
            .Select(name => Path.Combine(directory, name)));
    }

    private static IEnumerable<string> Names(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // No directory, or a closed one: a shell finds nothing there either.
        }
    }

    private static Regex ToRegex(string part)
    {
        var regex = new StringBuilder("^");
        for (int at = 0; at < part.Length; at++)
        {
            int end = part[at] == '[' ? part.IndexOf(']', Math.Min(at + 2, part.Length)) : -1;
            if (end > 0)
            {
                string set = part[(at + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                regex.Append('[').Append(set[0] == '!' ? "^" + set[1..] : set[0] == '^' ? "\\" + set : set).Append(']');
                at = end;
            }
            else
            {
                regex.Append(part[at] switch { '*' => ".*", '?' => ".", _ => Regex.Escape(part[at].ToString()) });
            }
        }

        RegexOptions options = RegexOptions.Singleline | RegexOptions.CultureInvariant | (OperatingSystem.IsLinux() ? RegexOptions.None : RegexOptions.IgnoreCase);
        try
        {
            return new Regex(regex.Append("\\z").ToString(), options);
        }
        catch (ArgumentException)
        {
            return new Regex("^" + Regex.Escape(part) + "\\z", options); // [z-a] and the like mean themselves.
        }
    }
}
