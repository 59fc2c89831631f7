using System.Collections.ObjectModel;

namespace IdleHands;

/// <summary>
/// Which hosts or backends are accepted: <c>any</c>, or ids in order of preference. Enumerates and prints as what a
/// user would type: <c>any</c> is the single name "any".
/// </summary>
public sealed class IdPolicy : ReadOnlyCollection<string>, IEquatable<IdPolicy>
{
    /// <summary>The word that accepts all.</summary>
    public const string AnyWord = "any";

    private IdPolicy(string[] names, bool isAny)
        : base(names)
    {
        IsAny = isAny;
    }

    /// <summary>Accepts all.</summary>
    public static IdPolicy Any { get; } = new([AnyWord], isAny: true);

    /// <summary>True when all are accepted.</summary>
    public bool IsAny { get; }

    /// <summary>Accepts these ids, in order of preference. A list that holds just "any" is a list, as it is in the file.</summary>
    public static IdPolicy Of(IEnumerable<string> ids) => new(ids.ToArray(), isAny: false);

    /// <summary>Reads what a user types: the single word <c>any</c>, or ids.</summary>
    public static IdPolicy Parse(IReadOnlyCollection<string> words) =>
        words.Count == 1 && words.First() == AnyWord ? Any : Of(words);

    /// <summary>True when this id is accepted.</summary>
    public bool Admits(string id) => IsAny || Contains(id);

    /// <inheritdoc />
    public bool Equals(IdPolicy? other) =>
        other is not null && IsAny == other.IsAny && this.SequenceEqual(other, StringComparer.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as IdPolicy);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(IsAny, Count, Count == 0 ? string.Empty : this[0]);

    /// <inheritdoc />
    public override string ToString() => string.Join(", ", this);
}
