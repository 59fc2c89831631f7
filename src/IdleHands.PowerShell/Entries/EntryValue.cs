using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Security;
using IdleHands.Configuration.Json;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Entries;

/// <summary>
/// Reads the value of one field from whatever PowerShell has at hand: a bound parameter, a property of an object, or
/// the text of a CSV cell. Null and an empty text both mean "not set".
/// </summary>
internal static class EntryValue
{
    /// <summary>A text; null where it is empty.</summary>
    internal static string? Text(object? value) => Plain(value) switch
    {
        PSObject or (IEnumerable and not string) => throw Bad(value!, "a single text"),
        { } plain => Convert.ToString(plain, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null,
        null => null,
    };

    /// <summary>A word of a closed set, as the configuration writes it whatever its case; any other text as it is.</summary>
    internal static string? Word(object? value, NameList words) =>
        Text(value) is { } text ? words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? text : null;

    /// <summary>An id that refers to an entry. Ids are lower case, and meant whatever case they are typed in.</summary>
    internal static string? Id(object? value) => Text(value)?.ToLowerInvariant();

    /// <summary>A whole number.</summary>
    internal static int? Whole(object? value) => Number<int>(value, NumberStyles.Integer, "a whole number");

    /// <summary>A number.</summary>
    internal static double? Real(object? value) => Number<double>(value, NumberStyles.Float, "a number");

    /// <summary>True or false; null where nothing is said.</summary>
    internal static bool? Flag(object? value) => Plain(value) switch
    {
        null or "" => null,
        bool flag => flag,
        SwitchParameter given => given.IsPresent,
        string text when bool.TryParse(text, out bool flag) => flag,
        { } other => throw Bad(other, "True or False"),
    };

    /// <summary>A list of texts; a single text is read as they print, such as <c>a, b</c>.</summary>
    internal static NameList? Names(object? value) => Plain(value) switch
    {
        null or "" => null,
        NameList list => list,
        string text => NameList.Parse(text),
        IDictionary or PSObject => throw Bad(value!, "a list of texts"),
        IEnumerable items => NameList.From(items.Cast<object?>().Select(item => Text(item) ?? string.Empty)),
        { } other => new NameList(Text(other)!),
    };

    /// <summary><c>any</c>, or ids, in any case.</summary>
    internal static IdPolicy? Policy(object? value) => Plain(value) switch
    {
        IdPolicy policy => policy,
        null or "" => null,
        string text => Policy(text.Split(',', StringSplitOptions.TrimEntries)),
        { } other => IdPolicy.Parse([.. Names(other)!.Select(name => name.ToLowerInvariant())]),
    };

    /// <summary>Environment variables; a single text is read as they print, <c>A=1; B=2</c>.</summary>
    internal static EnvironmentMap? Variables(object? value) => Plain(value) switch
    {
        null or "" => null,
        EnvironmentMap map => map,
        string text => EnvironmentMap.TryParse(text) ?? throw Bad(text, "NAME=value; NAME=value"),
        IDictionary or PSObject => new EnvironmentMap(Pairs(value!)),
        { } other => throw Bad(other, "a table of variables, or A=1; B=2"),
    };

    /// <summary>
    /// A secret, or the text that refers to one. A <see cref="SecureString"/> is one that a vault has yet to keep; a
    /// password in clear is refused, because it must not get into the file.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="nameInVault">The name under which a vault is to keep a password.</param>
    internal static Secret? Secret(object? value, string nameInVault) => Plain(value) switch
    {
        Secret secret => secret,
        SecureString { Length: 0 } => null,
        SecureString password => IdleHands.Secret.ToBeKept(nameInVault, password),
        PSObject or IDictionary => Secret(Part(value!, nameof(IdleHands.Secret.Reference)), nameInVault) ?? throw Failures.NoReference(),
        { } other when Text(other) is { } text => IdleHands.Secret.IsReference(text) ? new Secret(text) : throw Failures.NoReference(),
        _ => null,
    };

    /// <summary>A split policy; a copy of one, or its JSON text.</summary>
    internal static SplitPolicy? Split(object? value) => Plain(value) switch
    {
        null or "" => null,
        SplitPolicy policy => policy,
        PSObject or IDictionary when Part(value!, nameof(SplitPolicy.Json)) is { } json => Split(json),
        string text => SplitPolicyText.TryReadHosts(text, out NameList hosts, out string problem)
            ? new SplitPolicy(text, hosts)
            : throw new FormatException(problem.TrimEnd('.')),
        { } other => throw Bad(other, "the JSON text of an object"),
    };

    /// <summary>A property of what JSON or CLIXML made of an object.</summary>
    private static object? Part(object copy, string name) => InputShape.Value(PSObject.AsPSObject(copy), name);

    private static IEnumerable<KeyValuePair<string, string>> Pairs(object table) =>
        InputShape.Values(PSObject.AsPSObject(table)).Select(pair => KeyValuePair.Create(pair.Key, Text(pair.Value) ?? string.Empty));

    /// <summary>Reads a number as programs write it, or else as people do here. No thousands: 24,5 must not become 245.</summary>
    private static T? Number<T>(object? value, NumberStyles styles, string wanted)
        where T : struct, INumber<T>
    {
        switch (Plain(value))
        {
            case null or "":
                return null;
            case T number:
                return number;
            case { } other:
                return T.TryParse(Text(other), styles, CultureInfo.InvariantCulture, out T parsed)
                    || T.TryParse(Text(other), styles, CultureInfo.CurrentCulture, out parsed)
                    ? parsed
                    : throw Bad(other, wanted);
        }
    }

    /// <summary>The object itself, without PowerShell's wrapper; an object without a .NET shape stays wrapped.</summary>
    private static object? Plain(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    private static FormatException Bad(object value, string wanted) => new(Plain(value) switch
    {
        PSObject or IDictionary => $"an object is not {wanted}",
        IEnumerable and not string => $"a list is not {wanted}",
        { } other => $"'{other}' is not {wanted}",
        null => $"nothing is not {wanted}",
    });
}
