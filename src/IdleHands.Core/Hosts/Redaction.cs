using System.Text;

namespace IdleHands.Hosts;

/// <summary>
/// Takes secrets out of what programs print: they may echo what they were handed. A value is masked wherever it stands,
/// also escaped for a URL or JSON; one of up to three characters only where it stands as a word of its own, because a
/// text without its every <c>a</c> or <c>1</c> tells nothing any more.
/// </summary>
internal sealed class Redaction
{
    /// <summary>What stands before a text whose beginning was cut off, perhaps in the middle of a secret.</summary>
    internal const string CutMark = "[…]";

    private const string Mask = "***";
    private const int ShortestInWords = 4;

    /// <summary>What decoding makes of a character that was cut.</summary>
    private const char Undecodable = '\uFFFD';

    private readonly string[] _forms;

    /// <summary>Prepares to mask these values.</summary>
    public Redaction(IEnumerable<string> secrets) => _forms =
    [
        .. secrets.SelectMany(secret => SecretForms.Of(secret, ShortestInWords)).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>What is masked.</summary>
    public IReadOnlyCollection<string> Forms => _forms;

    /// <summary>Masks nothing.</summary>
    public static Redaction None { get; } = new([]);

    /// <summary>The text with every one of the values masked.</summary>
    public string Apply(string text)
    {
        var found = new List<(int Start, int End)>();
        foreach (string form in _forms)
        {
            Find(text, form, found);
        }

        FindCut(text, found);
        return found.Count == 0 ? text : Cover(text, found);
    }

    /// <summary>Values may overlap each other, and themselves.</summary>
    private static void Find(string text, string form, List<(int Start, int End)> found)
    {
        for (int at = text.IndexOf(form, StringComparison.Ordinal); at >= 0; at = text.IndexOf(form, at + 1, StringComparison.Ordinal))
        {
            int end = at + form.Length;
            if (form.Length >= ShortestInWords || IsWord(text, at, end))
            {
                found.Add((at, end));
            }
        }
    }

    private static bool IsWord(string text, int start, int end) =>
        (start == 0 || !char.IsLetterOrDigit(text[start - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]));

    /// <summary>A text that was cut may begin with the end of a value.</summary>
    private void FindCut(string text, List<(int Start, int End)> found)
    {
        if (!text.StartsWith(CutMark, StringComparison.Ordinal))
        {
            return;
        }

        int start = CutMark.Length;
        while (start < text.Length && text[start] == Undecodable)
        {
            start++;
        }

        ReadOnlySpan<char> rest = text.AsSpan(start);
        foreach (string form in _forms)
        {
            for (int length = Math.Min(form.Length - 1, rest.Length); length >= ShortestInWords; length--)
            {
                if (rest.StartsWith(form.AsSpan(form.Length - length), StringComparison.Ordinal))
                {
                    found.Add((start, start + length));
                    break;
                }
            }
        }
    }

    private static string Cover(string text, List<(int Start, int End)> found)
    {
        found.Sort();
        var covered = new StringBuilder(text.Length);
        int shown = 0;
        int masked = -1;
        foreach ((int start, int end) in found)
        {
            if (start > masked)
            {
                covered.Append(text, shown, start - shown).Append(Mask);
            }

            shown = masked = Math.Max(masked, end);
        }

        return covered.Append(text, shown, text.Length - shown).ToString();
    }
}
