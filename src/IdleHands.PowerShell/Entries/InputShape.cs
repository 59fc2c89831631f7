using System.Collections;
using System.Management.Automation;

namespace IdleHands.PowerShell.Entries;

/// <summary>Tells what sort of object came down the pipeline.</summary>
internal static class InputShape
{
    private const string PlainType = "System.Management.Automation.PSCustomObject";
    private static readonly string[] SourceNames = ["Source", "Path", "FullName"];
    private static readonly string[] CopyPrefixes = ["Deserialized.", "Selected."];

    /// <summary>True for what a job, an export or a selection made of an object of this kind.</summary>
    internal static bool IsCopyOf(EntryKind kind, PSObject input) =>
        input.TypeNames.Any(name => name != Original(name) && Original(name) == "IdleHands." + kind.TypeName);

    /// <summary>True for an object that never had a type: a table, a CSV row, <c>[pscustomobject]@{…}</c>, a selection of such.</summary>
    internal static bool IsBag(PSObject input) =>
        input.BaseObject is IDictionary
        || (input.BaseObject is PSCustomObject && input.TypeNames.All(name => IsUntyped(Original(name))));

    /// <summary>True for a file, a directory or the description of a model's file, also as a job, an export or a selection gives them, and for a bag that has a source and no id.</summary>
    internal static bool IsFile(PSObject input) => input.BaseObject is FileSystemInfo or GgufFile
        || input.TypeNames.Any(name => name != Original(name) && Original(name) is "System.IO.FileInfo" or "System.IO.DirectoryInfo" or "IdleHands.GgufFile")
        || (IsBag(input) && Value(input, "Id") is null && SourceNames.Any(name => Value(input, name) is not null));

    /// <summary>The object's type for a message: "a RuntimeHost".</summary>
    internal static string Describe(PSObject input)
    {
        string name = Original(input.TypeNames.FirstOrDefault() ?? input.BaseObject.GetType().Name);
        string shortName = name[(name.LastIndexOf('.') + 1)..];
        return ("AEIOU".Contains(shortName[0], StringComparison.OrdinalIgnoreCase) ? "an " : "a ") + shortName;
    }

    /// <summary>A property of an object, or an entry of a table; null where it has none of that name.</summary>
    /// <remarks>Names match in any case, also in a table that tells them apart, such as <c>ConvertFrom-Json -AsHashtable</c> makes.</remarks>
    internal static object? Value(PSObject input, string name) =>
        input.BaseObject is IDictionary ? Reader(input)(name) : input.Properties[name]?.Value;

    /// <summary>All properties of an object, or entries of a table.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Values(PSObject input) => input.BaseObject is IDictionary table
        ? table.Cast<DictionaryEntry>().Select(entry => new KeyValuePair<string, object?>($"{entry.Key}", entry.Value))
        : input.Properties.Select(property => new KeyValuePair<string, object?>(property.Name, property.Value));

    /// <summary>Gives many values of one input by name, without regard to case.</summary>
    internal static Func<string, object?> Reader(PSObject input)
    {
        if (input.BaseObject is IDictionary table)
        {
            var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
            foreach (DictionaryEntry entry in table)
            {
                values.TryAdd($"{entry.Key}", entry.Value);
            }

            return name => values.GetValueOrDefault(name);
        }

        PSMemberInfoCollection<PSPropertyInfo> properties = PropertiesOf(input);
        return name => properties[name]?.Value;
    }

    // All that an object made in PowerShell has was added to it. Searched alone, without its .NET type, what it lacks is
    // found to be missing in a third of the time, and most of what is asked for is missing. Going through its
    // properties takes longer still, because PowerShell copies each.
    private static PSMemberInfoCollection<PSPropertyInfo> PropertiesOf(PSObject input) =>
        input.BaseObject is PSCustomObject
        && input.TypeNames is [PlainType, ..]
        && input.Members["psextended"] is PSMemberSet added
            ? added.Properties
            : input.Properties;

    private static bool IsUntyped(string typeName) =>
        typeName is PlainType or "System.Object" or "CSV"
        || typeName.StartsWith("CSV:", StringComparison.Ordinal);

    private static string Original(string typeName)
    {
        foreach (string prefix in CopyPrefixes)
        {
            if (typeName.StartsWith(prefix, StringComparison.Ordinal))
            {
                typeName = typeName[prefix.Length..];
            }
        }

        return typeName;
    }
}
