namespace IdleHands.PowerShell.Entries;

/// <summary>One field of a configuration entry: what sets it, and how.</summary>
/// <param name="Name">Name of the parameter and of the entry's property.</param>
/// <param name="With">Puts a value, as PowerShell has it, into an entry. Throws <see cref="FormatException"/> for a value that can't be read.</param>
internal sealed record EntryField<T>(string Name, Func<T, object?, T> With)
{
    /// <summary>False for what only an object can bring.</summary>
    internal bool IsParameter { get; init; } = true;
}

/// <summary>Makes fields by the shape of their value.</summary>
internal static class EntryField
{
    internal static EntryField<T> Text<T>(string name, Func<T, string?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Text(value)));

    internal static EntryField<T> Word<T>(string name, NameList words, Func<T, string?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Word(value, words)));

    internal static EntryField<T> Id<T>(string name, Func<T, string?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Id(value)));

    internal static EntryField<T> Whole<T>(string name, Func<T, int?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Whole(value)));

    internal static EntryField<T> Real<T>(string name, Func<T, double?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Real(value)));

    internal static EntryField<T> Flag<T>(string name, Func<T, bool?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Flag(value)));

    internal static EntryField<T> Names<T>(string name, Func<T, NameList?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Names(value)));

    internal static EntryField<T> Policy<T>(string name, Func<T, IdPolicy, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Policy(value) ?? IdPolicy.Any));

    internal static EntryField<T> Variables<T>(string name, Func<T, EnvironmentMap?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Variables(value)));

    internal static EntryField<T> Secret<T>(string name, Func<T, string> nameInVault, Func<T, Secret?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Secret(value, nameInVault(entry))));

    internal static EntryField<T> Split<T>(string name, Func<T, SplitPolicy?, T> with) =>
        new(name, (entry, value) => with(entry, EntryValue.Split(value)));
}
