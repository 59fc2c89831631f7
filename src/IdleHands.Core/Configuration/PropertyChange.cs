using System.Collections;
using System.Globalization;

namespace IdleHands;

/// <summary>What an import makes of one property of an entry.</summary>
/// <param name="Property">Its key in the file: <c>launch.start_cmd</c>.</param>
/// <param name="Before">The value as it was; null where there was none.</param>
/// <param name="After">The value as it is then; null where there is none.</param>
public sealed record PropertyChange(string Property, object? Before, object? After)
{
    private const string Nothing = "(none)";

    /// <summary><c>runtime_defaults.port: 8080 → 9000</c>.</summary>
    public override string ToString() => $"{Property}: {Show(Before)} → {Show(After)}";

    private static string Show(object? value) => value switch
    {
        null => Nothing,
        bool flag => flag ? "true" : "false",
        ICollection { Count: 0 } => "(empty)",
        "" => "(empty)",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Clean(value.ToString()!),
    };

    /// <summary>A file must not be able to steer the terminal that shows what it changes.</summary>
    private static string Clean(string text) =>
        text.Any(sign => char.IsControl(sign) && sign is not ('\n' or '\t')) ? string.Concat(text.Select(sign => char.IsControl(sign) && sign is not ('\n' or '\t') ? '\uFFFD' : sign)) : text;
}
