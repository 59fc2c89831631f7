using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>
/// Reads typed values of a configuration file token by token and notes what doesn't fit, with its path. A path is made
/// only when there is something to say: this is the hot path of every command.
/// </summary>
internal ref partial struct JsonCursor
{
    private const int LongestValueShown = 60;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ValueCache _cache = new();
    private Utf8JsonReader _reader;
    private TextPosition _position;

    public JsonCursor(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow });
        _position = new TextPosition();
        Index = -1;
    }

    /// <summary>What was found so far; null where nothing was.</summary>
    public List<ConfigurationFinding>? Findings { get; private set; }

    /// <summary>Key of the section that is read; null at the top level.</summary>
    public string? Section { get; set; }

    /// <summary>Index of the entry that is read; -1 outside of one.</summary>
    public int Index { get; set; }

    /// <summary>Key of the group of the entry that is read; null outside of one.</summary>
    public string? Group { get; set; }

    /// <summary>Kind of the current token.</summary>
    public readonly JsonTokenType TokenType => _reader.TokenType;

    /// <summary>Offset of the current token.</summary>
    public readonly int TokenStart => (int)_reader.TokenStartIndex;

    /// <summary>True when the current value is this number.</summary>
    public readonly bool IsAtNumber(int number) => TryGetWhole(out int value) && value == number;

    /// <summary>Goes to the next token; false behind the last.</summary>
    public bool Read() => _reader.Read();

    /// <summary>True when the current property name or text is this.</summary>
    public readonly bool IsAt(ReadOnlySpan<byte> text) =>
        _reader.ValueIsEscaped ? _reader.ValueTextEquals(text) : _reader.ValueSpan.SequenceEqual(text);

    /// <summary>The current property name or text.</summary>
    public readonly string GetText() => _reader.GetString()!;

    /// <summary>Passes the value behind the current property name, or the rest of the value that has begun.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>Reads a text or null.</summary>
    public string? ReadText(string key)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.String:
                return GetCachedText();
            case JsonTokenType.Null:
                return null;
            default:
                Mismatch(key, "a text");
                return null;
        }
    }

    /// <summary>Reads a text or null whose value must not be shown.</summary>
    public Secret? ReadSecret(string key)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.String:
                return new Secret(_reader.GetString()!);
            case JsonTokenType.Null:
                return null;
            default:
                Report(key, "the value is not a text.");
                _reader.Skip();
                return null;
        }
    }

    /// <summary>Reads a whole number or null.</summary>
    public int? ReadWhole(string key)
    {
        _reader.Read();
        if (TryGetWhole(out int value))
        {
            return value;
        }

        if (_reader.TokenType != JsonTokenType.Null)
        {
            Mismatch(key, $"a whole number from 1 to {int.MaxValue}");
        }

        return null;
    }

    /// <summary>Reads a number or null.</summary>
    public double? ReadNumber(string key)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetDouble(out double value))
        {
            return value;
        }

        if (_reader.TokenType != JsonTokenType.Null)
        {
            Mismatch(key, "a number");
        }

        return null;
    }

    /// <summary>Reads true, false or null.</summary>
    public bool? ReadFlag(string key)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Null:
                return null;
            default:
                Mismatch(key, "true or false");
                return null;
        }
    }

    /// <summary>Notes that the current value is not what it must be, and passes it.</summary>
    public void Mismatch(string? key, string expected)
    {
        Report(key, $"{Describe()} is not {expected}.");
        _reader.Skip();
    }

    /// <summary>Notes a key that was there before.</summary>
    public void ReportDuplicate(string key) => Report(key, "the key stands here a second time.");

    /// <summary>Notes something about the value of a key of what is read, at the current token; null: about all of it.</summary>
    public void Report(string? key, string message, string severity = ConfigurationFinding.Error)
    {
        _position.AdvanceTo(_bytes, (int)_reader.TokenStartIndex);
        Findings ??= [];
        Findings.Add(new ConfigurationFinding(GetPath(key), message, severity) { Line = _position.Line, Column = _position.Column });
    }

    /// <summary>A whole number in any form that JSON has for it: 8081, 8081.0, 8.081e3.</summary>
    private readonly bool TryGetWhole(out int value)
    {
        value = 0;
        if (_reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (_reader.TryGetInt32(out value))
        {
            return true;
        }

        bool isWhole = _reader.TryGetDecimal(out decimal exact) && exact == decimal.Truncate(exact) && exact is >= int.MinValue and <= int.MaxValue;
        value = isWhole ? (int)exact : 0;
        return isWhole;
    }

    private string GetCachedText()
    {
        ReadOnlySpan<byte> text = _reader.ValueSpan;
        string? value = _cache.Find<string>(_bytes, text);
        if (value is null)
        {
            value = _reader.GetString()!;
            _cache.Add(text, TokenStart + 1, value);
        }

        return value;
    }

    private readonly string Describe()
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return "an object";
            case JsonTokenType.StartArray:
                return "a list";
            case JsonTokenType.String:
                return $"\"{Shorten(_reader.GetString()!)}\"";
            default:
                return Shorten(Encoding.UTF8.GetString(_reader.ValueSpan));
        }
    }

    private static string Shorten(string text) => text.Length <= LongestValueShown ? text : text[..LongestValueShown] + "…";

    private readonly string GetPath(string? key)
    {
        var path = new StringBuilder(Section);
        if (Index >= 0)
        {
            path.Append('[').Append(Index).Append(']');
        }

        foreach (string? part in (ReadOnlySpan<string?>)[Group, key])
        {
            if (part is not null)
            {
                path.Append(path.Length == 0 ? string.Empty : ".").Append(part);
            }
        }

        return path.Length == 0 ? "$" : path.ToString();
    }
}
