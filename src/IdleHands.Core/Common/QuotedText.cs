namespace IdleHands;

/// <summary>
/// Items of a list that is one text. An item that would be read back as another, because it holds the separator or is
/// empty, stands in double quotes, with quotes inside doubled.
/// </summary>
internal static class QuotedText
{
    private const char Quote = '"';

    /// <summary>The item as it stands in such a text.</summary>
    public static string Write(string item, string separator) =>
        item.Length == 0 || item[0] == Quote || item.Contains(separator, StringComparison.Ordinal)
            ? $"{Quote}{item.Replace("\"", "\"\"", StringComparison.Ordinal)}{Quote}"
            : item;

    /// <summary>Reads the item that begins at a place, and puts the place behind the separator that follows, or behind the end.</summary>
    public static string Read(string text, ref int at, string separator)
    {
        if (at < text.Length && text[at] == Quote && TryReadQuoted(text, ref at, separator, out string item))
        {
            return item;
        }

        int start = at;
        int end = text.IndexOf(separator, start, StringComparison.Ordinal);
        end = end < 0 ? text.Length : end;
        at = end == text.Length ? end + 1 : end + separator.Length;
        return text[start..end];
    }

    /// <summary>False where what looks like quotes are none: no end, or something else behind it. People write that, programs don't.</summary>
    private static bool TryReadQuoted(string text, ref int at, string separator, out string item)
    {
        int end = at + 1;
        while (end < text.Length && (text[end] != Quote || (end + 1 < text.Length && text[end + 1] == Quote)))
        {
            end += text[end] == Quote ? 2 : 1;
        }

        item = string.Empty;
        if (end >= text.Length || (end + 1 < text.Length && !text.AsSpan(end + 1).StartsWith(separator, StringComparison.Ordinal)))
        {
            return false;
        }

        item = text[(at + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal);
        at = end + 1 == text.Length ? end + 2 : end + 1 + separator.Length;
        return true;
    }
}
