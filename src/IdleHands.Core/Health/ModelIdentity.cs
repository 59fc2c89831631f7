namespace IdleHands.Health;

/// <summary>
/// Tells whether a server that lists some ids serves a model. Servers answer with an alias, with the path they were
/// given, or with a name made from it, so names are compared by their last part, without <c>.gguf</c> or the tag
/// <c>:latest</c>, and without regard to case: no two models of one machine differ in their case alone.
/// </summary>
internal static class ModelIdentity
{
    private const string WeightsExtension = ".gguf";
    private const string DefaultTag = ":latest";
    private static readonly char[] Separators = ['/', '\\'];

    /// <summary>True when one of the ids served is one of the names expected.</summary>
    public static bool Matches(IEnumerable<string> served, IEnumerable<string> expectedNames)
    {
        HashSet<string> expected = expectedNames.Select(KeyOf).Where(key => key.Length > 0).ToHashSet(StringComparer.Ordinal);
        return served.Any(id => expected.Contains(KeyOf(id)));
    }

    /// <summary>What two names of one model have in common; empty for a name that says nothing.</summary>
    public static string KeyOf(string name)
    {
        string key = FileName(name).ToUpperInvariant();
        key = WithoutEnd(key, DefaultTag);
        return WithoutEnd(key, WeightsExtension);
    }

    private static string FileName(string source)
    {
        if (source.Contains("://", StringComparison.Ordinal))
        {
            int query = source.IndexOfAny(['?', '#']);
            source = query < 0 ? source : source[..query];
        }

        source = source.TrimEnd(Separators);
        return source[(source.LastIndexOfAny(Separators) + 1)..];
    }

    private static string WithoutEnd(string text, string end) =>
        text.EndsWith(end, StringComparison.OrdinalIgnoreCase) ? text[..^end.Length] : text;
}
