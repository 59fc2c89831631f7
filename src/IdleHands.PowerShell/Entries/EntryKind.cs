using IdleHands.Configuration;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Entries;

/// <summary>What the cmdlets of hosts, backends and models have in common, and where the three differ.</summary>
internal abstract class EntryKind
{
    /// <summary>The word for one, e.g. <c>host</c>.</summary>
    internal abstract string Word { get; }

    /// <summary>Name of the objects' type, e.g. <c>RuntimeHost</c>.</summary>
    internal abstract string TypeName { get; }

    /// <summary>Noun of the cmdlets, e.g. <c>IHHost</c>.</summary>
    internal abstract string Noun { get; }

    /// <summary>The id of an object of this kind; null for any other object.</summary>
    internal abstract string? IdOf(object value);
}

/// <summary>A kind of entry, with its type.</summary>
internal abstract class EntryKind<T> : EntryKind
    where T : class
{
    /// <inheritdoc />
    internal override string Word => Section.Word;

    /// <inheritdoc />
    internal override string Noun => "IH" + Section.Noun;

    /// <inheritdoc />
    internal override string TypeName => typeof(T).Name;

    /// <summary>Where the entries are in a configuration.</summary>
    internal abstract EntrySection<T> Section { get; }

    /// <summary>The fields that parameters and the properties of objects set.</summary>
    internal abstract IReadOnlyList<EntryField<T>> Fields { get; }

    /// <summary>The fields by the name of their parameter.</summary>
    internal Dictionary<string, EntryField<T>> FieldsByName =>
        field ??= Fields.ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>An entry that has nothing but its id and the defaults.</summary>
    internal abstract T Blank(string id);

    /// <summary>The same entry under another id; a display name that was just the old id follows.</summary>
    internal abstract T Renamed(T entry, string id);

    /// <summary>The same entry, enabled or not.</summary>
    internal abstract T Enabled(T entry, bool enabled);

    /// <summary>The name of a value that the entry can't do without and lacks; null where it has all.</summary>
    internal abstract string? Missing(T entry);

    /// <inheritdoc />
    internal override string? IdOf(object value) => value is T entry ? Section.GetId(entry) : null;

    /// <summary>Applies values by the name of their parameter.</summary>
    /// <exception cref="IdleHandsException">A value can't be read.</exception>
    internal T Apply(T entry, IEnumerable<KeyValuePair<string, object?>> values)
    {
        foreach ((string name, object? value) in values)
        {
            if (FieldsByName.TryGetValue(name, out EntryField<T>? field))
            {
                entry = Apply(entry, field, value);
            }
        }

        return entry;
    }

    /// <summary>Applies one value.</summary>
    /// <exception cref="IdleHandsException">The value can't be read.</exception>
    internal T Apply(T entry, EntryField<T> field, object? value)
    {
        try
        {
            return field.With(entry, value);
        }
        catch (FormatException exception)
        {
            throw Failures.BadValue(this, Section.GetId(entry), field.Name, field.IsParameter, exception);
        }
    }

    /// <summary>The entry, if it has all that it needs.</summary>
    /// <exception cref="IdleHandsException">A value that is needed is missing.</exception>
    internal T Complete(T entry) =>
        Missing(entry) is { } missing ? throw Failures.MissingValue(this, Section.GetId(entry), missing) : entry;

    /// <summary>Adds entries at the end, each that can be.</summary>
    internal RuntimeConfiguration Add(RuntimeConfiguration current, IEnumerable<T> entries, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Add(Section, current, entries, (entry, failure) => onFailure(Section.GetId(entry), failure));

    /// <summary>Changes entries where they stand, each that can be.</summary>
    internal RuntimeConfiguration Change(RuntimeConfiguration current, IEnumerable<string> ids, Func<T, T> change, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Change(Section, current, ids, change, onFailure);

    /// <summary>Removes entries, each that can be.</summary>
    internal RuntimeConfiguration Remove(RuntimeConfiguration current, IEnumerable<string> ids, bool removeReferences, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Remove(Section, current, ids, removeReferences, onFailure);
}
