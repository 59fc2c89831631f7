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
    /// <exception cref="IdleHandsException">The object is of another kind, or a value is bad or missing.</exception>
    internal static T Build<T>(EntryKind<T> kind, string? id, PSObject? input, IReadOnlyDictionary<string, object?> given)
        where T : class
    {
        if (input is null)
        {
            return kind.Complete(kind.Apply(kind.Blank(id!), given));
        }

        if (input.BaseObject is T original)
        {
            return kind.Complete(kind.Apply(id is null ? original : kind.Renamed(original, id), given));
        }

        if (!InputShape.IsBag(input) && !InputShape.IsCopyOf(kind, input))
        {
            throw Failures.WrongKind(kind, InputShape.Describe(input));
        }

        (string? ownId, List<KeyValuePair<string, object?>> values) = Read(kind, input, given);
        T blank = kind.Blank(id ?? ownId ?? throw Failures.MissingId(kind, input));
        return kind.Complete(kind.Apply(kind.Apply(blank, values), given));
    }

    /// <summary>The id of a property bag and the values that no parameter replaces, which are not read then. One pass: there may be thousands.</summary>
    private static (string? Id, List<KeyValuePair<string, object?>> Values) Read<T>(
        EntryKind<T> kind, PSObject input, IReadOnlyDictionary<string, object?> given)
        where T : class
    {
        string? id = null;
        var values = new List<KeyValuePair<string, object?>>();
        foreach ((string name, object? value) in InputShape.Values(input))
        {
            if (name.Equals("Id", StringComparison.OrdinalIgnoreCase))
            {
                id = EntryValue.Text(value);
            }
            else if (value is not (null or "") && kind.FieldsByName.ContainsKey(name) && !given.ContainsKey(name))
            {
                values.Add(new(name, value));
            }
        }

        return (id, values);
    }
}
