using System.Text;
using System.Text.Json;

namespace IdleHands.Configuration.Json;

/// <summary>Sets a value of a draft.</summary>
internal delegate void DraftSetter<TDraft, TValue>(ref TDraft draft, TValue? value);

/// <summary>
/// One key of an entry. The same description reads it, compares it and writes it, so that what is read and what is
/// written can't drift apart.
/// </summary>
/// <typeparam name="T">The entry.</typeparam>
/// <typeparam name="TDraft">What collects the values of an entry while it is read.</typeparam>
internal abstract class EntryField<T, TDraft>(string key)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The key as it stands in a file.</summary>
    public byte[] Utf8Key { get; } = Encoding.UTF8.GetBytes(key);

    /// <summary>True when a file must have it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Reads the value behind the key.</summary>
    public abstract void Read(ref JsonCursor cursor, ref TDraft draft);

    /// <summary>True when two entries mean the same by it.</summary>
    public abstract bool IsSame(T left, T right);

    /// <summary>True when an entry has a value for it.</summary>
    public abstract bool IsSet(T entry);

    /// <summary>Writes the value of an entry that has one.</summary>
    public abstract void Write(JsonText output, T entry, JsonLayout layout);

    /// <summary>Writes the value of a changed entry in the place of the original one.</summary>
    public virtual byte[] Merge(ReadOnlySpan<byte> json, JsonMember original, T before, T after, JsonLayout layout)
    {
        var output = new JsonText();
        Write(output, after, layout);
        return output.ToArray();
    }
}

/// <summary>A key with a plain value.</summary>
internal sealed class ValueField<T, TDraft, TValue>(string key, JsonKind<TValue> kind, Func<T, TValue?> get, DraftSetter<TDraft, TValue> set)
    : EntryField<T, TDraft>(key)
{
    /// <inheritdoc />
    public override void Read(ref JsonCursor cursor, ref TDraft draft) => set(ref draft, kind.Read(ref cursor, Key));

    /// <inheritdoc />
    public override bool IsSame(T left, T right) => EqualityComparer<TValue>.Default.Equals(get(left), get(right));

    /// <inheritdoc />
    public override bool IsSet(T entry) => get(entry) is not null;

    /// <inheritdoc />
    public override void Write(JsonText output, T entry, JsonLayout layout) => kind.Write(output, get(entry)!);
}

/// <summary>A key with an object of further keys.</summary>
internal sealed class GroupField<T, TDraft>(string key, EntryFields<T, TDraft> fields) : EntryField<T, TDraft>(key)
{
    /// <inheritdoc />
    public override void Read(ref JsonCursor cursor, ref TDraft draft)
    {
        cursor.Read();
        switch (cursor.TokenType)
        {
            case JsonTokenType.StartObject:
                cursor.Group = Key;
                fields.Read(ref cursor, ref draft);
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
    public override bool IsSame(T left, T right) => fields.IsSame(left, right);

    /// <inheritdoc />
    public override bool IsSet(T entry) => fields.IsAnySet(entry);

    /// <inheritdoc />
    public override void Write(JsonText output, T entry, JsonLayout layout) => fields.Write(output, entry, layout);

    /// <inheritdoc />
    public override byte[] Merge(ReadOnlySpan<byte> json, JsonMember original, T before, T after, JsonLayout layout) =>
        json[original.ValueStart] == (byte)'{'
            ? fields.Merge(json, original.ValueStart, before, after, layout)
            : base.Merge(json, original, before, after, layout);
}
