using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration.Exchange;

/// <summary>
/// Writes YAML as a person would: blocks and no braces, commands of several lines as they are, and quotes wherever a bare
/// word could be read as something else, be it by this program or by one that follows an older YAML.
/// </summary>
internal static partial class YamlText
{
    private const int Step = 2;

    /// <summary>The same in YAML.</summary>
    public static string FromJson(ReadOnlySpan<byte> json)
    {
        var output = new StringBuilder(json.Length);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        WriteValue(ref reader, output, 0, isItem: false);
        return output.ToString().TrimStart('\n');
    }

    /// <summary>Writes the current value behind a key or a dash, with the line end.</summary>
    private static void WriteValue(ref Utf8JsonReader reader, StringBuilder output, int indent, bool isItem)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                WriteObject(ref reader, output, indent, isItem);
                break;
            case JsonTokenType.StartArray:
                WriteList(ref reader, output, indent);
                break;
            case JsonTokenType.String:
                WriteText(output, reader.GetString()!, indent);
                break;
            case JsonTokenType.Number:
                output.Append(' ').Append(Plain(Encoding.UTF8.GetString(reader.ValueSpan))).Append('\n');
                break;
            default:
                output.Append(' ').Append(Encoding.UTF8.GetString(reader.ValueSpan)).Append('\n');
                break;
        }
    }

    private static void WriteObject(ref Utf8JsonReader reader, StringBuilder output, int indent, bool isItem)
    {
        bool isFirst = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            // The first key of a list's element stands behind its dash.
            if (!isFirst || !isItem)
            {
                output.Append(isFirst ? "\n" : string.Empty).Append(' ', indent);
            }
            else
            {
                output.Append(' ');
            }

            isFirst = false;
            string key = reader.GetString()!;
            output.Append(IsSafe(key) ? key : Quote(key)).Append(':');
            reader.Read();
            WriteValue(ref reader, output, indent + Step, isItem: false);
        }

        if (isFirst)
        {
            output.Append(" {}\n");
        }
    }

    private static void WriteList(ref Utf8JsonReader reader, StringBuilder output, int indent)
    {
        bool isFirst = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            output.Append(isFirst ? "\n" : string.Empty).Append(' ', indent).Append('-');
            isFirst = false;
            WriteValue(ref reader, output, indent + Step, isItem: true);
        }

        if (isFirst)
        {
            output.Append(" []\n");
        }
    }

    private static void WriteText(StringBuilder output, string text, int indent)
    {
        if (IsBlock(text))
        {
            output.Append(text[^1] == '\n' ? " |" : " |-").Append('\n');
            foreach (string line in text.TrimEnd('\n').Split('\n'))
            {
                output.Append(' ', line.Length == 0 ? 0 : indent).Append(line).Append('\n');
            }

            return;
        }

        output.Append(' ').Append(IsSafe(text) ? text : Quote(text)).Append('\n');
    }

    private static string Quote(string text)
    {
        string json = Encoding.UTF8.GetString(new JsonText().AppendString(text).Written);

        // JSON parts a sign beyond U+FFFF into two, and not every reader of YAML joins them again.
        json = Pair().Replace(json, match => string.Create(CultureInfo.InvariantCulture, $"\\U{char.ConvertToUtf32(Sign(match.Groups["high"]), Sign(match.Groups["low"])):X8}"));

        // Valid JSON, but no characters that YAML lets stand as they are.
        return Unprintable().Replace(json, match => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)match.Value[0]:X4}"));
    }

    private static char Sign(Group digits) => (char)int.Parse(digits.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Several lines that come back unchanged from a block: nothing but printable signs, no space where it gets lost.</summary>
    private static bool IsBlock(string text)
    {
        if (!text.Contains('\n', StringComparison.Ordinal) || text.EndsWith("\n\n", StringComparison.Ordinal) || text[0] is ' ' or '\n')
        {
            return false;
        }

        return !Array.Exists(text.Split('\n'), line => line.Length > 0 && (char.IsWhiteSpace(line[^1]) || line[0] == '\t' || !PrintableLine().IsMatch(line)));
    }

    private static bool IsSafe(string text) =>
        SafeStart().IsMatch(text)
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && text[^1] is not (' ' or ':')
        && !OtherTypes().IsMatch(text);

    /// <summary>A number without an exponent, which some readers of YAML take for a text.</summary>
    private static string Plain(string number)
    {
        const int Longest = 400;
        int at = number.IndexOfAny(['e', 'E']);
        if (at < 0 || !int.TryParse(number.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent) || Math.Abs((long)exponent) > Longest)
        {
            return number; // Written out, the largest would fill a disk.
        }

        string sign = number[0] == '-' ? "-" : string.Empty;
        string[] parts = number[sign.Length..at].Split('.');
        string digits = string.Concat(parts);
        int point = parts[0].Length + exponent;
        return sign + (point <= 0 ? $"0.{new string('0', -point)}{digits}"
            : point >= digits.Length ? digits + new string('0', point - digits.Length)
            : $"{digits[..point]}.{digits[point..]}");
    }

    /// <summary>A letter or slash first, then signs that mean nothing in the middle of a bare text.</summary>
    [GeneratedRegex(@"^[A-Za-z/_][\x20-\x7e]*\z")]
    private static partial Regex SafeStart();

    /// <summary>What one YAML or another takes for something that is no text.</summary>
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null)\z", RegexOptions.IgnoreCase)]
    private static partial Regex OtherTypes();

    [GeneratedRegex(@"^[\x20-\x7e\t\u00a1-\u167f]+\z")]
    private static partial Regex PrintableLine();

    /// <summary>Two halves of one sign, and no backslash that is a sign itself before them.</summary>
    [GeneratedRegex(@"(?<=(?<!\\)(?:\\\\)*)\\u(?<high>d[89ab][0-9a-f]{2})\\u(?<low>d[c-f][0-9a-f]{2})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pair();

    [GeneratedRegex(@"[\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufffe\uffff]")]
    private static partial Regex Unprintable();
}
