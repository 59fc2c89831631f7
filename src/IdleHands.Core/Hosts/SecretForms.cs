using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace IdleHands.Hosts;

/// <summary>The ways in which programs write a value: as it is, line by line, and escaped for a URL, JSON or a shell.</summary>
internal static partial class SecretForms
{
    private const char LastAscii = '\x7e';

    /// <summary>The forms of a value, each once. A line that is too short to be told from other text is left out.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shortestLine">How long a line of it is at least.</param>
    public static IReadOnlySet<string> Of(string value, int shortestLine)
    {
        var forms = new HashSet<string>(StringComparer.Ordinal);
        string[] lines = value.Split('\n', StringSplitOptions.TrimEntries);
        AddForms(forms, value);
        foreach (string line in lines.Where(line => line.Length >= shortestLine))
        {
            AddForms(forms, line);
        }

        return forms;
    }

    private static void AddForms(HashSet<string> forms, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        string url = Uri.EscapeDataString(value);
        string form = WebUtility.UrlEncode(value);
        string json = ToJson(value, _ => false, "x4");
        forms.UnionWith(
        [
            value,
            value.Replace("'", "'\\''", StringComparison.Ordinal),
            url,
            LowerHex(url),
            form,
            LowerHex(form),
            json,
            json.Replace("/", "\\/", StringComparison.Ordinal),
            ToJson(value, character => character > LastAscii, "x4"),
            ToJson(value, character => character > LastAscii, "X4"),
            ToJson(value, character => character > LastAscii || "\"&'+<>`".Contains(character, StringComparison.Ordinal), "X4"),
            ToJson(value, character => character > LastAscii || "&<>".Contains(character, StringComparison.Ordinal), "x4"),
        ]);
    }

    /// <summary>The inside of a JSON string. Writers differ in what they write as <c>\u…</c> beyond what they must.</summary>
    private static string ToJson(string value, Func<char, bool> isEscaped, string hex)
    {
        var text = new StringBuilder(value.Length);
        foreach (char character in value)
        {
            string? escape = character switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                '\\' => "\\\\",
                _ when character < ' ' || isEscaped(character) => "\\u" + ((int)character).ToString(hex, CultureInfo.InvariantCulture),
                '"' => "\\\"",
                _ => null,
            };
            _ = escape is null ? text.Append(character) : text.Append(escape);
        }

        return text.ToString();
    }

    private static string LowerHex(string url) => Hex().Replace(url, match => match.Value.ToLowerInvariant());

    [GeneratedRegex("%[0-9A-F]{2}")]
    private static partial Regex Hex();
}
