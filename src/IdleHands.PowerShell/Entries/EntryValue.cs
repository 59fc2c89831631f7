using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Entries;

/// <summary>
/// Reads the value of one field from whatever PowerShell has at hand: a bound parameter, a property of an object, or
/// the text of a CSV cell. Null and an empty text both mean "not set".
/// </summary>
internal static class EntryValue
{
    /// <summary>A text; null where it is empty.</summary>
    internal static string? Text(object? value) =>
        Plain(value) is { } plain && Convert.ToString(plain, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    /// <summary>A whole number.</summary>
    internal static int? Whole(object? value) => Number<int>(value);

    /// <summary>A number.</summary>
    internal static double? Real(object? value) => Number<double>(value);

    /// <summary>True or false; null where nothing is said.</summary>
    internal static bool? Flag(object? value) => Plain(value) switch
    {
        null or "" => null,
        bool flag => flag,
        SwitchParameter given => given.IsPresent,
        string text when bool.TryParse(text, out bool flag) => flag,
        { } other => throw Bad(other, "True or False"),
    };

    /// <summary>A list of texts; a single text is read as they print, joined by a comma and a space.</summary>
    internal static NameList? Names(object? value) => Plain(value) switch
    {
        null or "" => null,
        NameList list => list,
        string text => new NameList(text.Split(", ")),
        IEnumerable items => NameList.From(items.Cast<object?>().Select(item => Text(item) ?? string.Empty)),
        { } other => new NameList(Text(other)!),
    };

    /// <summary><c>any</c>, or ids.</summary>
    internal static IdPolicy? Policy(object? value) => Plain(value) switch
    {
        IdPolicy policy => policy,
        string text => text.Length == 0 ? null : IdPolicy.Parse(text.Split(',', StringSplitOptions.TrimEntries)),
        { } other => IdPolicy.Parse(Names(other)!),
        null => null,
    };

    /// <summary>Environment variables; a single text is read as they print, <c>A=1; B=2</c>.</summary>
    internal static EnvironmentMap? Variables(object? value) => Plain(value) switch
    {
        null or "" => null,
        EnvironmentMap map => map,
        string text => new EnvironmentMap(text.Split("; ").Select(Assignment)),
        IDictionary table => new EnvironmentMap(Pairs(table)),
        { } other => throw Bad(other, "a table of variables, or A=1; B=2"),
    };

    /// <summary>
    /// A secret, or the text that refers to one. A password itself is refused: a clear one must not get into the file,
    /// and a <see cref="SecureString"/> would need a vault to be kept in.
    /// </summary>
    internal static Secret? Secret(object? value) => Plain(value) switch
    {
        Secret secret => secret,
        SecureString => throw Failures.NoVault(),
        { } other when Text(other) is { } text => IdleHands.Secret.IsReference(text) ? new Secret(text) : throw Failures.NoReference(),
        _ => null,
    };

    private static IEnumerable<KeyValuePair<string, string>> Pairs(IDictionary table)
    {
        foreach (DictionaryEntry entry in table)
        {
            yield return new(Text(entry.Key) ?? string.Empty, Text(entry.Value) ?? string.Empty);
        }
    }

    private static KeyValuePair<string, string> Assignment(string text)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign > 0 ? new(text[..sign], text[(sign + 1)..]) : throw Bad(text, "NAME=value");
    }

    private static T? Number<T>(object? value)
        where T : struct, IParsable<T>
    {
        return Plain(value) switch
        {
            null or "" => null,
            T number => number,
            { } other when T.TryParse(Text(other), CultureInfo.InvariantCulture, out T parsed) => parsed,
            { } other => throw Bad(other, typeof(T) == typeof(int) ? "a whole number" : "a number"),
        };
    }

    /// <summary>The object itself, without PowerShell's wrapper; an object without a .NET shape stays wrapped.</summary>
    private static object? Plain(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static FormatException Bad(object value, string wanted) => new($"'{value}' is not {wanted}");
}
