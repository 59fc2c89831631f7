using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>Writes JSON as a person would: objects a line a member, lists on one line, only what must be escaped escaped.</summary>
internal sealed class JsonText(int capacity = JsonText.UsualCapacity)
{
    private const int UsualCapacity = 256;
    private readonly ArrayBufferWriter<byte> _output = new(capacity);

    /// <summary>What was written, until more is.</summary>
    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    /// <summary>What was written.</summary>
    public byte[] ToArray() => _output.WrittenSpan.ToArray();

    /// <summary>Begins anew, in the same memory.</summary>
    public JsonText Clear()
    {
        _output.ResetWrittenCount();
        return this;
    }

    /// <summary>Appends text that is JSON already.</summary>
    public JsonText AppendRaw(ReadOnlySpan<byte> json)
    {
        _output.Write(json);
        return this;
    }

    /// <summary>Appends text that is JSON already.</summary>
    public JsonText AppendRaw(string json)
    {
        Encoding.UTF8.GetBytes(json, _output);
        return this;
    }

    /// <summary>Appends a text in quotes. Half a surrogate pair, which no file can hold, becomes the replacement character.</summary>
    public JsonText AppendString(string value)
    {
        AppendRaw("\""u8);
        Span<byte> utf8 = _output.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length));
        utf8 = utf8[..Encoding.UTF8.GetBytes(value, utf8)];
        if (JavaScriptEncoder.UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncodeUtf8(utf8) < 0)
        {
            _output.Advance(utf8.Length);
        }
        else
        {
            AppendRaw(JsonEncodedText.Encode(utf8, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        }

        return AppendRaw("\""u8);
    }

    /// <summary>Appends a number.</summary>
    public JsonText AppendNumber(double value) => AppendRaw(value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Appends texts as a list on one line.</summary>
    public JsonText AppendList(IReadOnlyList<string> values)
    {
        AppendRaw("["u8);
        for (int index = 0; index < values.Count; index++)
        {
            AppendRaw(index == 0 ? string.Empty : ", ").AppendString(values[index]);
        }

        return AppendRaw("]"u8);
    }

    /// <summary>Appends texts by key as an object on one line.</summary>
    public JsonText AppendMap(IReadOnlyDictionary<string, string> values)
    {
        string gap = string.Empty;
        AppendRaw("{"u8);
        foreach ((string key, string value) in values)
        {
            AppendRaw(gap).AppendString(key).AppendRaw(": "u8).AppendString(value);
            gap = ", ";
        }

        return AppendRaw("}"u8);
    }

    /// <summary>The text that a JSON string stands for.</summary>
    public static string ReadString(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader.GetString()!;
    }
}
