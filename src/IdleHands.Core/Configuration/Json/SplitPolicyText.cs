using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>
/// What this library understands of a <c>split_policy</c>: the texts of its list <c>hosts</c>. All else in it belongs
/// to whoever wrote it and is kept.
/// </summary>
internal static class SplitPolicyText
{
    private const string HostsKey = "hosts";

    // Well below the limit of the reader of the whole file, so that what is accepted alone is accepted in its place.
    private static readonly JsonReaderOptions _options = new() { MaxDepth = 48 };

    /// <summary>The hosts it names, none where it has no such list; false where it is not one JSON object, or nests too deep.</summary>
    public static bool TryReadHosts(string json, out NameList hosts, out string problem)
    {
        try
        {
            hosts = ReadHosts(Encoding.UTF8.GetBytes(json));
            problem = string.Empty;
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            hosts = NameList.Empty;
            problem = "it is not a JSON object that nests at most 48 deep.";
            return false;
        }
    }

    private static NameList ReadHosts(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, _options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("It is not a JSON object.");
        }

        var hosts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            bool isHosts = reader.ValueTextEquals(HostsKey);
            reader.Read();
            if (isHosts && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadTexts(ref reader, hosts);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return NameList.From(hosts);
    }

    /// <summary>The policy without some of its hosts, its other text as it was.</summary>
    public static SplitPolicy RemoveHosts(SplitPolicy policy, Func<string, bool> isRemoved)
    {
        byte[] json = Encoding.UTF8.GetBytes(policy.Json);
        JsonContainer content = JsonContainer.Read(json, 0);
        int at = content.Find(HostsKey);
        if (at < 0 || json[content.Members[at].ValueStart] != '[')
        {
            return policy;
        }

        JsonContainer hosts = JsonContainer.Read(json, content.Members[at].ValueStart);
        List<JsonItem> kept = [];
        for (int index = 0; index < hosts.Members.Count; index++)
        {
            ReadOnlySpan<byte> value = json.AsSpan(hosts.Members[index].ValueStart..hosts.Members[index].End);
            if (value[0] != '"' || !isRemoved(JsonText.ReadString(value)))
            {
                kept.Add(JsonItem.Keep(index));
            }
        }

        List<JsonItem> members = content.KeepAll();
        members[at] = content.WithValue(json, at, hosts.Rebuild(json, kept, JsonLayout.Outermost("\n").AsInline));
        ReadOnlySpan<byte> rebuilt = content.Rebuild(json, members, JsonLayout.Outermost("\n").AsInline);
        return new SplitPolicy(Encoding.UTF8.GetString(rebuilt), ReadHosts(rebuilt));
    }

    private static void ReadTexts(ref Utf8JsonReader reader, List<string> texts)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add(reader.GetString()!);
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
