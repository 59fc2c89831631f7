using System.Management.Automation;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Entries;

/// <summary>Makes a new entry from what <c>Add-</c> was given: an object or a property bag, and parameters on top of it.</summary>
internal static class EntryBuilder
{
    /// <summary>Builds an entry.</summary>
    /// <param name="kind">The kind of entry.</param>
    /// <param name="id">The id as a parameter; null where only the object has one.</param>
    /// <param name="input">The object to start from; null for none.</param>
    /// <param name="given">The values given as parameters, by the parameters' names.</param>
    /// <param name="finish">Fills in what is still missing; null for nothing.</param>
    /// <exception cref="IdleHandsException">The object is of another kind, or a value is bad or missing.</exception>
    internal static T Build<T>(EntryKind<T> kind, string? id, PSObject? input, IReadOnlyDictionary<string, object?> given, Func<T, T>? finish = null)
        where T : class
    {
        T entry = Assemble(kind, id, input, given);
        return kind.Complete(finish is null ? entry : finish(entry));
    }

    private static T Assemble<T>(EntryKind<T> kind, string? id, PSObject? input, IReadOnlyDictionary<string, object?> given)
        where T : class
    {
        if (input is null)
        {
            return kind.Apply(kind.Blank(id!), given);
        }

        if (input.BaseObject is T original)
        {
            return kind.Apply(id is null ? original : kind.Renamed(original, id), given);
        }

        if (!InputShape.IsBag(input) && !InputShape.IsCopyOf(kind, input))
        {
            throw Failures.WrongKind(kind, InputShape.Describe(input), input);
        }

        Func<string, object?> read = InputShape.Reader(input);
        T entry = kind.Blank(id ?? IdOf(kind, input, read("Id")) ?? throw Failures.MissingId(kind, input));
        foreach (EntryField<T> field in kind.Fields)
        {
            // What a parameter replaces is not read, and may be unreadable.
            if (!given.ContainsKey(field.Name) && read(field.Name) is { } value and not "")
            {
                entry = kind.Apply(entry, field, value);
            }
        }

        return kind.Apply(entry, given);
    }

    private static string? IdOf(EntryKind kind, PSObject input, object? value)
    {
        try
        {
            return EntryValue.Text(value);
        }
        catch (FormatException exception)
        {
            throw Failures.BadId(kind, input, exception);
        }
    }
}
