using System.Collections.ObjectModel;

namespace IdleHands;

/// <summary>
/// Environment variables in the order they were given, equal by content. A value that is a secret reference
/// (<c>env:NAME</c>, <c>secret://[vault/]name</c>) is kept as that reference.
/// </summary>
public sealed class EnvironmentMap : ReadOnlyDictionary<string, string>, IEquatable<EnvironmentMap>
{
    private const string Separator = "; ";

    /// <summary>Copies variables, in their order.</summary>
    public EnvironmentMap(IEnumerable<KeyValuePair<string, string>> variables)
        : base(new Dictionary<string, string>(variables, StringComparer.Ordinal))
    {
    }

    /// <summary>The map without variables.</summary>
    public static new EnvironmentMap Empty { get; } = new([]);

    /// <summary>These variables with others on top, which take the place of those of their name.</summary>
    internal EnvironmentMap With(EnvironmentMap others) => new(this.Where(pair => !others.ContainsKey(pair.Key)).Concat(others));

    /// <inheritdoc />
    public bool Equals(EnvironmentMap? other) =>
        other is not null
        && Count == other.Count
        && this.All(pair => other.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as EnvironmentMap);

    /// <inheritdoc />
    public override int GetHashCode() => this.Aggregate(Count, (hash, pair) => hash ^ HashCode.Combine(pair.Key, pair.Value));

    /// <summary><c>A=1; B=2</c>; a value that holds such a semicolon stands in double quotes.</summary>
    public override string ToString() => string.Join(
        Separator,
        this.Select(pair => $"{pair.Key}={(pair.Value.Length == 0 ? string.Empty : QuotedText.Write(pair.Value, Separator))}"));

    /// <summary>Reads variables as they print; null where the text is something else.</summary>
    internal static EnvironmentMap? TryParse(string text)
    {
        var variables = new List<KeyValuePair<string, string>>();
        for (int at = 0; at <= text.Length;)
        {
            int sign = text.IndexOf('=', at);
            if (sign <= at)
            {
                return null;
            }

            string name = text[at..sign];
            at = sign + 1;
            variables.Add(new(name, QuotedText.Read(text, ref at, Separator)));
        }

        return variables.DistinctBy(pair => pair.Key).Count() == variables.Count ? new EnvironmentMap(variables) : null;
    }
}
