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
    internal string Noun => "IH" + Title;

    /// <summary>The word as a title, e.g. <c>Host</c>.</summary>
    internal string Title => char.ToUpperInvariant(Word[0]) + Word[1..];

    /// <summary>The id of an object of this kind; null for any other object.</summary>
    internal abstract string? IdOf(object value);

    /// <summary>The ids of a configuration, in its order.</summary>
    internal abstract IEnumerable<string> Ids(RuntimeConfiguration configuration);

    /// <summary>The error for an id that isn't there.</summary>
    internal IdleHandsException NotFound(string id) => new(
        Title + "NotFound",
        FailureKind.NotFound,
        $"There is no {Word} '{id}' in the configuration.",
        $"Get-{Noun} lists the {Word}s that there are; Add-{Noun} adds one.",
        id);
}

/// <summary>A kind of entry, with its type.</summary>
internal abstract class EntryKind<T> : EntryKind
    where T : class
{
    private IReadOnlyDictionary<string, EntryField<T>>? _fieldsByName;

    /// <inheritdoc />
    internal override string TypeName => typeof(T).Name;

    /// <summary>The fields that parameters set, in the order they are applied.</summary>
    internal abstract IReadOnlyList<EntryField<T>> Fields { get; }

    /// <summary>The fields by the name of their parameter.</summary>
    internal IReadOnlyDictionary<string, EntryField<T>> FieldsByName =>
        _fieldsByName ??= Fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The entries of a configuration.</summary>
    internal abstract IReadOnlyList<T> Entries(RuntimeConfiguration configuration);

    /// <summary>An entry that has nothing but its id and the defaults.</summary>
    internal abstract T Blank(string id);

    /// <summary>The same entry under another id; a display name that was just the old id follows.</summary>
    internal abstract T Renamed(T entry, string id);

    /// <summary>The same entry, enabled or not.</summary>
    internal abstract T Enabled(T entry, bool enabled);

    /// <summary>The name of a value that the entry can't do without and lacks; null where it has all.</summary>
    internal abstract string? Missing(T entry);

    /// <summary>The id of an entry.</summary>
    internal string Id(T entry) => IdOf(entry)!;

    /// <inheritdoc />
    internal override IEnumerable<string> Ids(RuntimeConfiguration configuration) => Entries(configuration).Select(Id);

    /// <summary>Applies values by the name of their parameter.</summary>
    /// <exception cref="IdleHandsException">A value can't be read, or one that is needed is missing.</exception>
    internal T Apply(T entry, IEnumerable<KeyValuePair<string, object?>> values)
    {
        string id = Id(entry);
        foreach ((string name, object? value) in values)
        {
            if (!FieldsByName.TryGetValue(name, out EntryField<T>? field))
            {
                continue;
            }

            try
            {
                entry = field.With(entry, value);
            }
            catch (FormatException exception)
            {
                throw Failures.BadValue(this, id, name, exception);
            }
        }

        return Missing(entry) is { } missing ? throw Failures.MissingValue(this, id, missing) : entry;
    }
}
