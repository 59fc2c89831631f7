using System.Collections.ObjectModel;

namespace IdleHands;

/// <summary>
/// An unchangeable list of strings, equal by content, that prints as its names joined by a comma, so that a CSV
/// shows names and not a type. A name that holds such a comma, or nothing, prints in double quotes.
/// </summary>
public sealed class NameList : ReadOnlyCollection<string>, IEquatable<NameList>
{
    private const string Separator = ", ";

    /// <summary>Makes a list of these names, in this order.</summary>
    public NameList(params string[] names)
        : base(names)
    {
    }

    /// <summary>The list without names.</summary>
    public static new NameList Empty { get; } = new();

    /// <summary>Copies names into a list.</summary>
    public static NameList From(IEnumerable<string> names) => new(names.ToArray());

    /// <inheritdoc />
    public bool Equals(NameList? other) => other is not null && this.SequenceEqual(other, StringComparer.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as NameList);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (string name in this)
        {
            hash.Add(name, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc />
    public override string ToString() => string.Join(Separator, this.Select(name => QuotedText.Write(name, Separator)));

    /// <summary>Reads a list as it prints.</summary>
    internal static NameList Parse(string text)
    {
        var names = new List<string>();
        for (int at = 0; at <= text.Length;)
        {
            names.Add(QuotedText.Read(text, ref at, Separator));
        }

        return From(names);
    }
}
