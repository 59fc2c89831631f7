using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>
/// Writes a changed configuration into the text it was read from: entries that stay keep their bytes, of a changed
/// entry only the changed keys are touched, and what this library doesn't know stays where it is.
/// </summary>
internal static class ConfigurationWriter
{
    private static ReadOnlySpan<byte> EmptyFile => """
        {
          "schema_version": 1,
          "hosts": [],
          "backends": [],
          "models": []
        }

        """u8;

    private static ReadOnlySpan<byte> EmptyFileWithSchema => """
        {
          "$schema": "./runtimes.schema.json",
          "schema_version": 1,
          "hosts": [],
          "backends": [],
          "models": []
        }

        """u8;

    /// <summary>The text of a new file.</summary>
    /// <param name="configuration">What it shall hold.</param>
    /// <param name="namesSchema">True where the schema lies beside it, so that editors find it.</param>
    public static byte[] WriteNew(RuntimeConfiguration configuration, bool namesSchema = false) =>
        Write(namesSchema ? EmptyFileWithSchema : EmptyFile, RuntimeConfiguration.Empty, configuration);

    /// <summary>The new text.</summary>
    /// <param name="bytes">The text that <paramref name="before"/> was read from.</param>
    /// <param name="before">The configuration as read.</param>
    /// <param name="after">The configuration as it shall be.</param>
    public static byte[] Write(ReadOnlySpan<byte> bytes, RuntimeConfiguration before, RuntimeConfiguration after)
    {
        int start = ConfigurationReader.GetMarkLength(bytes);
        start += bytes[start..].IndexOf((byte)'{');
        string newLine = bytes.IndexOf("\r\n"u8) >= 0 ? "\r\n" : "\n";
        JsonContainer file = JsonContainer.Read(bytes, start);
        JsonLayout layout = JsonLayout.Outermost(newLine).Of(file, bytes);

        List<JsonItem> members = file.KeepAll();
        MergeSection(bytes, file, members, layout, EntrySection.Hosts, HostJson.Fields, before, after);
        MergeSection(bytes, file, members, layout, EntrySection.Backends, BackendJson.Fields, before, after);
        MergeSection(bytes, file, members, layout, EntrySection.Models, ModelJson.Fields, before, after);
        return [.. bytes[..start], .. file.Rebuild(bytes, members, layout), .. bytes[file.End..]];
    }

    private static void MergeSection<T, TDraft>(
        ReadOnlySpan<byte> bytes,
        JsonContainer file,
        List<JsonItem> members,
        JsonLayout layout,
        EntrySection<T> section,
        EntryFields<T, TDraft> fields,
        RuntimeConfiguration before,
        RuntimeConfiguration after)
        where T : class
    {
        IReadOnlyList<T> old = section.Get(before);
        IReadOnlyList<T> current = section.Get(after);
        if (ReferenceEquals(old, current) || old.SequenceEqual(current))
        {
            return;
        }

        int at = file.Find(section.Name);
        if (at >= 0 && bytes[file.Members[at].ValueStart] == (byte)'[')
        {
            JsonContainer list = JsonContainer.Read(bytes, file.Members[at].ValueStart);
            members[at] = file.WithValue(bytes, at, MergeEntries(bytes, list, layout.Deeper, section, fields, old, current));
            return;
        }

        // The section is missing, or null.
        ReadOnlySpan<byte> none = "[]"u8;
        ReadOnlySpan<byte> value = MergeEntries(none, JsonContainer.Read(none, 0), layout.Deeper, section, fields, [], current);
        if (at >= 0)
        {
            members[at] = file.WithValue(bytes, at, value);
        }
        else
        {
            members.Add(JsonItem.Add(new JsonText().AppendString(section.Name).AppendRaw(": "u8).AppendRaw(value).ToArray()));
        }
    }

    private static ReadOnlySpan<byte> MergeEntries<T, TDraft>(
        ReadOnlySpan<byte> bytes,
        JsonContainer list,
        JsonLayout layout,
        EntrySection<T> section,
        EntryFields<T, TDraft> fields,
        IReadOnlyList<T> old,
        IReadOnlyList<T> current)
        where T : class
    {
        JsonLayout own = layout.Of(list, bytes);
        var indexes = new Dictionary<string, int>(old.Count, StringComparer.Ordinal);
        for (int index = 0; index < old.Count; index++)
        {
            indexes.Add(section.GetId(old[index]), index);
        }

        var items = new List<JsonItem>(current.Count);
        var output = new JsonText();
        foreach (T entry in current)
        {
            if (!indexes.TryGetValue(section.GetId(entry), out int index))
            {
                fields.Write(output.Clear(), entry, own.Deeper);
                items.Add(JsonItem.Add(output.ToArray()));
            }
            else if (ReferenceEquals(old[index], entry) || old[index].Equals(entry))
            {
                items.Add(JsonItem.Keep(index));
            }
            else
            {
                byte[] text = fields.Merge(bytes, list.Members[index].ValueStart, old[index], entry, own.Deeper);
                items.Add(list.WithValue(bytes, index, text));
            }
        }

        return list.Rebuild(bytes, items, own);
    }
}
