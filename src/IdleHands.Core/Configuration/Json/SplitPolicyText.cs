using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>
/// What this library understands of a <c>split_policy</c>: its list <c>hosts</c>, of ids. All else in it belongs
/// to whoever wrote it and is kept.
/// </summary>
internal static class SplitPolicyText
{
    private const string HostsKey = "hosts";

    // Well below the limit of the reader of the whole file, so that what is accepted alone is accepted in its place.
    private static readonly JsonReaderOptions _options = new() { MaxDepth = 48 };

    /// <summary>The hosts it names, none where it has no such list; false where that is something else, or where it is not one JSON object, or nests too deep.</summary>
    public static bool TryReadHosts(string json, out NameList hosts, out string problem)
    {
        try
        {
            hosts = ReadHosts(Encoding.UTF8.GetBytes(json), out problem);
            return problem.Length == 0;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            hosts = NameList.Empty;
            problem = "it is not a JSON object that nests at most 48 deep.";
            return false;
        }
    }

    private static NameList ReadHosts(ReadOnlySpan<byte> json, out string problem)
    {
        problem = string.Empty;
        var reader = new Utf8JsonReader(json, _options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("It is not a JSON object.");
        }

        var hosts = new List<string>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            if (!keys.Add(key))
            {
                problem = $"its key \"{key}\" stands there a second time.";
            }

            reader.Read();
            if (key != HostsKey)
            {
                reader.Skip();
            }
            else if (!TryReadTexts(ref reader, hosts))
            {
                problem = "its hosts are not a list of ids.";
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
        return new SplitPolicy(Encoding.UTF8.GetString(rebuilt), ReadHosts(rebuilt, out _));
    }

    private static bool TryReadTexts(ref Utf8JsonReader reader, List<string> texts)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return reader.TokenType == JsonTokenType.Null;
        }

        bool isClean = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add(reader.GetString()!);
            }
            else
            {
                isClean = false;
                reader.Skip();
            }
        }

        return isClean;
    }
}
