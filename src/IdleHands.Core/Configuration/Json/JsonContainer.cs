using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>One member of an object, or one element of a list, as byte ranges of the text.</summary>
/// <param name="Key">Its key; null for an element.</param>
/// <param name="Start">Where the key begins; the value of an element.</param>
/// <param name="ValueStart">Where the value begins.</param>
/// <param name="End">Where the value ends.</param>
internal readonly record struct JsonMember(string? Key, int Start, int ValueStart, int End);

/// <summary>What stands at one place of a rebuilt container.</summary>
/// <param name="Index">The original member here; -1 for a new one.</param>
/// <param name="Text">The new text, with its key in an object; null keeps the original text.</param>
internal readonly record struct JsonItem(int Index, byte[]? Text)
{
    /// <summary>The original, as it is.</summary>
    public static JsonItem Keep(int index) => new(index, null);

    /// <summary>A member that wasn't there.</summary>
    public static JsonItem Add(byte[] text) => new(-1, text);
}

/// <summary>
/// An object or a list of a JSON text, to be written again with some members changed. Members that stay keep their
/// text, and the white space between them stays too: a change of one line is a change of one line.
/// </summary>
internal sealed class JsonContainer
{
    private readonly int _start;

    private JsonContainer(int start, int end, List<JsonMember> members)
    {
        _start = start;
        End = end;
        Members = members;
    }

    /// <summary>Where its closing bracket ends.</summary>
    public int End { get; }

    /// <summary>Its members in their order.</summary>
    public List<JsonMember> Members { get; }

    /// <summary>Reads the container that begins here; the text must be valid JSON.</summary>
    public static JsonContainer Read(ReadOnlySpan<byte> json, int start)
    {
        var reader = new Utf8JsonReader(json[start..], isFinalBlock: false, state: default);
        reader.Read();
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        var members = new List<JsonMember>();
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            int memberStart = start + (int)reader.TokenStartIndex;
            string? key = null;
            if (isObject)
            {
                key = reader.GetString();
                reader.Read();
            }

            int valueStart = start + (int)reader.TokenStartIndex;
            reader.TrySkip();
            members.Add(new JsonMember(key, memberStart, valueStart, start + (int)reader.BytesConsumed));
        }

        return new JsonContainer(start, start + (int)reader.BytesConsumed, members);
    }

    /// <summary>Index of the member with this key; -1 where none has it.</summary>
    public int Find(string key) => Members.FindIndex(member => member.Key == key);

    /// <summary>All members as they are, to be changed one by one.</summary>
    public List<JsonItem> KeepAll()
    {
        var items = new List<JsonItem>(Members.Count + 4);
        for (int index = 0; index < Members.Count; index++)
        {
            items.Add(JsonItem.Keep(index));
        }

        return items;
    }

    /// <summary>A member with another value: the text of its key stays.</summary>
    public JsonItem WithValue(ReadOnlySpan<byte> json, int index, ReadOnlySpan<byte> value)
    {
        JsonMember member = Members[index];
        return new JsonItem(index, [.. json[member.Start..member.ValueStart], .. value]);
    }

    /// <summary>True when its members stand on lines of their own.</summary>
    public bool IsMultiLine(ReadOnlySpan<byte> json) => Members.Count > 0 && Lead(json).Contains((byte)'\n');

    /// <summary>White space before its first member, behind the last line break.</summary>
    public string GetIndent(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> lead = Lead(json);
        return Encoding.UTF8.GetString(lead[(lead.LastIndexOf((byte)'\n') + 1)..]);
    }

    /// <summary>The text of the container with these members.</summary>
    public ReadOnlySpan<byte> Rebuild(ReadOnlySpan<byte> json, IReadOnlyList<JsonItem> items, JsonLayout layout)
    {
        var output = new JsonText(MeasureAbout(items));
        output.AppendRaw(json[_start..(_start + 1)]);
        ReadOnlySpan<byte> commonGap = Members.Count > 1 ? Gap(json, Members.Count - 1) : default;
        for (int at = 0; at < items.Count; at++)
        {
            JsonItem item = items[at];
            if (at == 0)
            {
                AppendLead(output, json, layout);
            }
            else if (item.Index > 0)
            {
                output.AppendRaw(Gap(json, item.Index));
            }
            else if (!commonGap.IsEmpty)
            {
                output.AppendRaw(commonGap);
            }
            else
            {
                AppendFirstGap(output, json, layout);
            }

            output.AppendRaw(item.Text is { } text ? text : json[Members[item.Index].Start..Members[item.Index].End]);
        }

        AppendTail(output, json, items.Count, layout);
        return output.Written;
    }

    /// <summary>About as many bytes as it will take: a large text that grows by and by is copied again and again.</summary>
    private int MeasureAbout(IReadOnlyList<JsonItem> items)
    {
        const int Gap = 16;
        int length = End - _start + Gap;
        foreach (JsonItem item in items)
        {
            length += Gap + (item.Text?.Length ?? 0);
        }

        return length;
    }

    private ReadOnlySpan<byte> Lead(ReadOnlySpan<byte> json) => json[(_start + 1)..Members[0].Start];

    // From the end of the member before this one, comma included.
    private ReadOnlySpan<byte> Gap(ReadOnlySpan<byte> json, int index) => json[Members[index - 1].End..Members[index].Start];

    private void AppendLead(JsonText output, ReadOnlySpan<byte> json, JsonLayout layout)
    {
        if (Members.Count > 0)
        {
            output.AppendRaw(Lead(json));
        }
        else
        {
            output.AppendRaw(layout.Lead);
        }
    }

    private void AppendFirstGap(JsonText output, ReadOnlySpan<byte> json, JsonLayout layout)
    {
        if (IsMultiLine(json))
        {
            output.AppendRaw(","u8);
            output.AppendRaw(Lead(json));
        }
        else
        {
            output.AppendRaw(Members.Count > 0 ? layout.AsInline.Gap : layout.Gap);
        }
    }

    private void AppendTail(JsonText output, ReadOnlySpan<byte> json, int count, JsonLayout layout)
    {
        if (Members.Count > 0 && count > 0)
        {
            output.AppendRaw(json[Members[^1].End..End]);
            return;
        }

        output.AppendRaw(count > 0 ? layout.Tail : string.Empty);
        output.AppendRaw(json[(End - 1)..End]);
    }
}
