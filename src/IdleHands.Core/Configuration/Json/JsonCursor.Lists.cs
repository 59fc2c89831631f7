using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <content>Values with elements: lists, policies, maps.</content>
internal ref partial struct JsonCursor
{
    /// <summary>Reads a list of texts or null.</summary>
    public NameList? ReadNames(string key)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartArray:
                return ReadList(key, static elements => new NameList(elements));
            case JsonTokenType.Null:
                return null;
            default:
                Mismatch(key, "a list of texts");
                return null;
        }
    }

    /// <summary>Reads "any", a list of ids, or null.</summary>
    public IdPolicy? ReadPolicy(string key)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.String when _reader.ValueTextEquals("any"u8):
                return IdPolicy.Any;
            case JsonTokenType.StartArray:
                return ReadList(key, static elements => IdPolicy.Of(elements));
            case JsonTokenType.Null:
                return null;
            default:
                Mismatch(key, "\"any\" or a list of ids");
                return null;
        }
    }

    /// <summary>Reads an object of texts or null.</summary>
    public EnvironmentMap? ReadMap(string key)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            Mismatch(key, "an object of texts");
            return null;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            string name = _reader.GetString()!;
            string path = $"{key}.{name}";
            if (values.ContainsKey(name))
            {
                ReportDuplicate(path);
            }

            _reader.Read();
            if (_reader.TokenType == JsonTokenType.String)
            {
                values[name] = _reader.GetString()!;
            }
            else
            {
                Mismatch(path, "a text");
            }
        }

        return new EnvironmentMap(values);
    }

    /// <summary>Reads an object as its text, or null.</summary>
    public SplitPolicy? ReadSplit(string key)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            Mismatch(key, "an object");
            return null;
        }

        int start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        string text = Encoding.UTF8.GetString(_bytes[start..(int)_reader.BytesConsumed]);
        if (SplitPolicyText.TryReadHosts(text, out NameList hosts, out string problem))
        {
            return new SplitPolicy(text, hosts);
        }

        Report(key, problem);
        return null;
    }

    private T ReadList<T>(string key, Func<string[], T> make)
        where T : class
    {
        int start = TokenStart;
        if (_cache.FindPrefix<T>(_bytes, _bytes[start..]) is { } known)
        {
            _reader.Skip();
            return known;
        }

        int? findings = Findings?.Count;
        T list = make(ReadElements(key));
        if (Findings?.Count == findings)
        {
            _cache.AddPrefix(_bytes, start, (int)_reader.BytesConsumed, list);
        }

        return list;
    }

    private string[] ReadElements(string key)
    {
        // Nearly every list has one to four elements.
        string[] elements = new string[2];
        int count = 0;
        for (int index = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (_reader.TokenType != JsonTokenType.String)
            {
                Mismatch($"{key}[{index}]", "a text");
                continue;
            }

            if (count == elements.Length)
            {
                Array.Resize(ref elements, count * 2);
            }

            elements[count++] = GetCachedText();
        }

        Array.Resize(ref elements, count);
        return elements;
    }
}
