using System.Collections.ObjectModel;

namespace IdleHands;

/// <summary>
/// Environment variables in the order they were given, equal by content. A value that is a secret reference
/// (<c>env:NAME</c>, <c>secret://[vault/]name</c>) is kept as that reference.
/// </summary>
public sealed class EnvironmentMap : ReadOnlyDictionary<string, string>, IEquatable<EnvironmentMap>
{
    /// <summary>Copies variables, in their order.</summary>
    public EnvironmentMap(IEnumerable<KeyValuePair<string, string>> variables)
        : base(new Dictionary<string, string>(variables, StringComparer.Ordinal))
    {
    }

    /// <summary>The map without variables.</summary>
    public static new EnvironmentMap Empty { get; } = new([]);

    /// <inheritdoc />
    public bool Equals(EnvironmentMap? other) =>
        other is not null
        && Count == other.Count
        && this.All(pair => other.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as EnvironmentMap);

    /// <inheritdoc />
    public override int GetHashCode() => this.Aggregate(Count, (hash, pair) => hash ^ HashCode.Combine(pair.Key, pair.Value));

    /// <inheritdoc />
    public override string ToString() => string.Join("; ", this.Select(pair => $"{pair.Key}={pair.Value}"));
}
