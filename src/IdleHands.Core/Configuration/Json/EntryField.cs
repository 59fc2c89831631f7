using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdleHands.Configuration.Json;

/// <summary>Sets a value of a draft.</summary>
internal delegate void DraftSetter<TDraft, TValue>(ref TDraft draft, TValue? value);

/// <summary>What a file says of the keys of an entry.</summary>
/// <param name="Says">True when it says something of a key, be it that there is no value.</param>
/// <param name="IsNull">True when it says that there is no value.</param>
internal readonly record struct SaidKeys(Func<string, bool> Says, Func<string, bool> IsNull);

/// <summary>
/// One key of an entry. The same description reads it, checks it, compares it and writes it, and makes its part of the
/// JSON Schema, so that these can't drift apart.
/// </summary>
/// <typeparam name="T">The entry.</typeparam>
/// <typeparam name="TDraft">What collects the values of an entry while it is read.</typeparam>
internal abstract class EntryField<T, TDraft>(string key, ValueShape shape) : FieldDefinition(key, shape)
{
    /// <summary>Reads the value behind the key.</summary>
    public abstract void Read(ref JsonCursor cursor, ref TDraft draft);

    /// <summary>True when two entries mean the same by it.</summary>
    public abstract bool IsSame(T left, T right);

    /// <summary>True when an entry has a value for it.</summary>
    public abstract bool IsSet(T entry);

    /// <summary>Writes the value of an entry that has one.</summary>
    public abstract void Write(JsonText output, T entry, JsonLayout layout);

    /// <summary>Notes what is wrong with the value of an entry.</summary>
    public abstract void Check(T entry, KnownIds known, EntryFindings findings);

    /// <summary>Takes the value from one of two entries: from the newer where that one says something of the key.</summary>
    public abstract void Overlay(T older, T newer, SaidKeys said, ref TDraft draft);

    /// <summary>Adds what differs between two entries; an entry that is null has no value.</summary>
    public abstract void Compare(T? before, T? after, List<PropertyChange> changes);

    /// <summary>Writes the value of a changed entry in the place of the original one.</summary>
    public virtual byte[] Merge(ReadOnlySpan<byte> json, JsonMember original, T before, T after, JsonLayout layout)
    {
        var output = new JsonText();
        Write(output, after, layout);
        return output.ToArray();
    }
}

/// <summary>A key with a plain value.</summary>
internal sealed class ValueField<T, TDraft, TValue>(
    string key, JsonKind<TValue> kind, Func<T, TValue?> get, DraftSetter<TDraft, TValue> set, params FieldRule<TValue>[] rules)
    : EntryField<T, TDraft>(key, kind.Shape)
{
    /// <inheritdoc />
    public override bool MustBeSet => IsRequired || !AcceptsNull;

    /// <inheritdoc />
    public override bool AcceptsNull => !IsRequired && !Array.Exists(rules, rule => rule.MustBeSet);

    /// <summary>Lays a newer value over an older one where it does not take its place as a whole; null where it does.</summary>
    public Func<TValue, TValue, TValue>? Combine { get; init; }

    /// <inheritdoc />
    public override void Describe(JsonObject schema)
    {
        foreach (FieldRule<TValue> rule in rules)
        {
            rule.Describe(schema);
        }
    }

    /// <inheritdoc />
    public override void Check(T entry, KnownIds known, EntryFindings findings)
    {
        TValue? value = get(entry);
        foreach (FieldRule<TValue> rule in rules)
        {
            rule.Check(findings, Path, value, known);
        }
    }

    /// <inheritdoc />
    public override void Overlay(T older, T newer, SaidKeys said, ref TDraft draft)
    {
        TValue? value = get(said.Says(Path) ? newer : older);
        set(ref draft, Combine is not null && said.Says(Path) && get(older) is { } before && value is not null ? Combine(before, value) : value);
    }

    /// <inheritdoc />
    public override void Compare(T? before, T? after, List<PropertyChange> changes)
    {
        TValue? old = before is null ? default : get(before);
        TValue? current = after is null ? default : get(after);
        if (!EqualityComparer<TValue>.Default.Equals(old, current))
        {
            changes.Add(new PropertyChange(Path, old, current));
        }
    }

    /// <inheritdoc />
    public override void Read(ref JsonCursor cursor, ref TDraft draft)
    {
        TValue? value = kind.Read(ref cursor, Key);
        if (IsRequired && cursor.TokenType == JsonTokenType.Null)
        {
            cursor.Report(Key, "it is null, and a value is required.");
        }

        set(ref draft, value);
    }

    /// <inheritdoc />
    public override bool IsSame(T left, T right) => EqualityComparer<TValue>.Default.Equals(get(left), get(right));

    /// <inheritdoc />
    public override bool IsSet(T entry) => get(entry) is not null;

    /// <inheritdoc />
    public override void Write(JsonText output, T entry, JsonLayout layout) => kind.Write(output, get(entry)!);
}

/// <summary>A key with an object of further keys.</summary>
internal sealed class GroupField<T, TDraft> : EntryField<T, TDraft>
{
    private readonly EntryFields<T, TDraft> _fields;

    public GroupField(string key, EntryFields<T, TDraft> fields)
        : base(key, ValueShape.Group)
    {
        _fields = fields;
        fields.SetPath(key);
    }

    /// <inheritdoc />
    public override FieldDefinitions Group => _fields;

    /// <inheritdoc />
    public override bool MustBeSet => _fields.All.Any(one => one.MustBeSet);

    /// <inheritdoc />
    public override void Check(T entry, KnownIds known, EntryFindings findings) => _fields.Check(entry, known, findings);

    /// <inheritdoc />
    public override void Overlay(T older, T newer, SaidKeys said, ref TDraft draft) =>
        _fields.Overlay(older, newer, said.IsNull(Path) ? new SaidKeys(static _ => true, static _ => true) : said, ref draft);

    /// <inheritdoc />
    public override void Compare(T? before, T? after, List<PropertyChange> changes) => _fields.Compare(before, after, changes);

    /// <inheritdoc />
    public override void Read(ref JsonCursor cursor, ref TDraft draft)
    {
        cursor.Read();
        switch (cursor.TokenType)
        {
            case JsonTokenType.StartObject:
                cursor.Group = Key;
                _fields.Read(ref cursor, ref draft);
                cursor.Group = null;
                break;
            case JsonTokenType.Null:
                break;
            default:
                cursor.Mismatch(Key, "an object");
                break;
        }
    }

    /// <inheritdoc />
    public override bool IsSame(T left, T right) => _fields.IsSame(left, right);

    /// <inheritdoc />
    public override bool IsSet(T entry) => _fields.IsAnySet(entry);

    /// <inheritdoc />
    public override void Write(JsonText output, T entry, JsonLayout layout) => _fields.Write(output, entry, layout);

    /// <inheritdoc />
    public override byte[] Merge(ReadOnlySpan<byte> json, JsonMember original, T before, T after, JsonLayout layout) =>
        json[original.ValueStart] == (byte)'{'
            ? _fields.Merge(json, original.ValueStart, before, after, layout)
            : base.Merge(json, original, before, after, layout);
}
