using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>The keys of one object of an entry.</summary>
internal sealed class EntryFields<T, TDraft>(params EntryField<T, TDraft>[] fields) : FieldDefinitions
{
    /// <summary>Reads a key that none of the fields is; false where it is unknown.</summary>
    public delegate bool OtherKeyReader(ref JsonCursor cursor, ref TDraft draft, string key);

    /// <summary>Reads keys that are known by their form only; null where there are none.</summary>
    public OtherKeyReader? ReadOther { get; init; }

    /// <summary>The values of such keys, by key.</summary>
    public Func<T, IReadOnlyDictionary<string, string>?>? GetOther { get; init; }

    /// <summary>Sets the values of such keys.</summary>
    public DraftSetter<TDraft, Dictionary<string, string>>? SetOther { get; init; }

    /// <inheritdoc />
    public override IReadOnlyList<FieldDefinition> All => fields;

    /// <summary>The fields are those of an object behind this key.</summary>
    public void SetPath(string group)
    {
        foreach (EntryField<T, TDraft> field in fields)
        {
            field.SetGroup(group);
        }

        Prefix = group + ".";
    }

    /// <summary>Notes all that is wrong with the values of an entry.</summary>
    public void Check(T entry, KnownIds known, EntryFindings findings)
    {
        foreach (EntryField<T, TDraft> field in fields)
        {
            field.Check(entry, known, findings);
        }
    }

    /// <summary>Takes each value from one of two entries: from the newer where that one says something of the key.</summary>
    public void Overlay(T older, T newer, SaidKeys said, ref TDraft draft)
    {
        foreach (EntryField<T, TDraft> field in fields)
        {
            field.Overlay(older, newer, said, ref draft);
        }

        if (SetOther is not null)
        {
            var values = new Dictionary<string, string>(GetOther?.Invoke(older) ?? EnvironmentMap.Empty, StringComparer.Ordinal);
            foreach (string key in values.Keys.Where(key => said.Says(Prefix + key)).ToArray())
            {
                values.Remove(key);
            }

            foreach ((string key, string value) in GetOther?.Invoke(newer) ?? EnvironmentMap.Empty)
            {
                values[key] = value;
            }

            SetOther(ref draft, values.Count == 0 ? null : values);
        }
    }

    /// <summary>Adds what differs between two entries; an entry that is null has no values.</summary>
    public void Compare(T? before, T? after, List<PropertyChange> changes)
    {
        foreach (EntryField<T, TDraft> field in fields)
        {
            field.Compare(before, after, changes);
        }

        IReadOnlyDictionary<string, string> old = (before is null ? null : GetOther?.Invoke(before)) ?? EnvironmentMap.Empty;
        IReadOnlyDictionary<string, string> current = (after is null ? null : GetOther?.Invoke(after)) ?? EnvironmentMap.Empty;
        foreach (string key in old.Keys.Union(current.Keys))
        {
            (string? was, string? becomes) = (old.GetValueOrDefault(key), current.GetValueOrDefault(key));
            if (was != becomes)
            {
                changes.Add(new PropertyChange(Prefix + key, was, becomes));
            }
        }
    }

    /// <summary>Reads the object that has just begun.</summary>
    public void Read(ref JsonCursor cursor, ref TDraft draft)
    {
        uint seen = 0;
        int next = 0;
        while (cursor.Read() && cursor.TokenType != JsonTokenType.EndObject)
        {
            int at = Find(in cursor, next);
            if (at < 0)
            {
                ReadOtherKey(ref cursor, ref draft);
            }
            else if ((seen & (1u << at)) != 0)
            {
                cursor.ReportDuplicate(fields[at].Key);
                cursor.Skip();
            }
            else
            {
                seen |= 1u << at;
                next = at + 1;
                fields[at].Read(ref cursor, ref draft);
            }
        }

        for (int at = 0; at < fields.Length; at++)
        {
            if (fields[at].IsRequired && (seen & (1u << at)) == 0)
            {
                cursor.Report(fields[at].Key, "it is missing, and required.");
            }
        }
    }

    /// <summary>True when two entries mean the same by all of them.</summary>
    public bool IsSame(T left, T right) =>
        Array.TrueForAll(fields, field => field.IsSame(left, right))
        && Equals(GetOther?.Invoke(left), GetOther?.Invoke(right));

    /// <summary>True when an entry has a value for one of them.</summary>
    public bool IsAnySet(T entry) =>
        Array.Exists(fields, field => field.IsSet(entry)) || GetOther?.Invoke(entry) is { Count: > 0 };

    /// <summary>Writes all values of an entry that has one at least.</summary>
    public void Write(JsonText output, T entry, JsonLayout layout)
    {
        string gap = "{" + layout.Lead;
        foreach (EntryField<T, TDraft> field in fields)
        {
            if (field.IsSet(entry))
            {
                output.AppendRaw(gap);
                WriteMember(output, field, entry, layout);
                gap = layout.Gap;
            }
        }

        foreach ((string key, string value) in GetOther?.Invoke(entry) ?? EnvironmentMap.Empty)
        {
            output.AppendRaw(gap).AppendRaw(WriteMember(key, value));
            gap = layout.Gap;
        }

        output.AppendRaw(layout.Tail).AppendRaw("}"u8);
    }

    /// <summary>Writes a changed entry into its original text: only the keys whose values differ are touched.</summary>
    public byte[] Merge(ReadOnlySpan<byte> json, int start, T before, T after, JsonLayout layout)
    {
        JsonContainer original = JsonContainer.Read(json, start);
        JsonLayout own = layout.Of(original, json);
        List<JsonItem> items = original.KeepAll();
        var removed = new HashSet<int>();
        foreach (EntryField<T, TDraft> field in fields)
        {
            if (field.IsSame(before, after))
            {
                continue;
            }

            int at = original.Find(field.Key);
            if (at >= 0 && (field is GroupField<T, TDraft> || field.IsSet(after)))
            {
                items[at] = original.WithValue(json, at, field.Merge(json, original.Members[at], before, after, own.Deeper));
            }
            else if (at >= 0)
            {
                removed.Add(at);
            }
            else if (field.IsSet(after))
            {
                var member = new JsonText();
                WriteMember(member, field, after, own);
                items.Add(JsonItem.Add(member.ToArray()));
            }
        }

        MergeOther(original, json, items, removed, before, after);
        items.RemoveAll(item => removed.Contains(item.Index));
        return original.Rebuild(json, items, own).ToArray();
    }

    private static void WriteMember(JsonText output, EntryField<T, TDraft> field, T entry, JsonLayout layout)
    {
        output.AppendRaw("\""u8).AppendRaw(field.Utf8Key).AppendRaw("\": "u8);
        field.Write(output, entry, layout.Deeper);
    }

    private static byte[] WriteMember(string key, string value) =>
        new JsonText().AppendString(key).AppendRaw(": "u8).AppendString(value).ToArray();

    // Keys come in the usual order nearly always, so the field behind the last one is tried first.
    private int Find(in JsonCursor cursor, int next)
    {
        for (int tried = 0; tried < fields.Length; tried++, next++)
        {
            int at = next < fields.Length ? next : next - fields.Length;
            if (cursor.IsAt(fields[at].Utf8Key))
            {
                return at;
            }
        }

        return -1;
    }

    private void ReadOtherKey(ref JsonCursor cursor, ref TDraft draft)
    {
        string key = cursor.GetText();
        if (ReadOther is not null && ReadOther(ref cursor, ref draft, key))
        {
            return;
        }

        string known = string.Join(", ", fields.Select(field => field.Key));
        cursor.Report(key, $"\"{key}\" is not a key that belongs here. These do: {known}.");
        cursor.Skip();
    }

    private void MergeOther(JsonContainer original, ReadOnlySpan<byte> json, List<JsonItem> items, HashSet<int> removed, T before, T after)
    {
        IReadOnlyDictionary<string, string> old = GetOther?.Invoke(before) ?? EnvironmentMap.Empty;
        IReadOnlyDictionary<string, string> current = GetOther?.Invoke(after) ?? EnvironmentMap.Empty;
        foreach (string key in old.Keys.Where(key => !current.ContainsKey(key)))
        {
            removed.Add(original.Find(key));
        }

        foreach ((string key, string value) in current)
        {
            if (old.TryGetValue(key, out string? known) && known == value)
            {
                continue;
            }

            int at = original.Find(key);
            if (at >= 0)
            {
                items[at] = original.WithValue(json, at, new JsonText().AppendString(value).ToArray());
            }
            else
            {
                items.Add(JsonItem.Add(WriteMember(key, value)));
            }
        }
    }
}
