using System.Collections.ObjectModel;

namespace IdleHands;

/// <summary>An unchangeable list that prints as its items joined by a semicolon, so that a CSV shows them and not a type.</summary>
/// <typeparam name="T">What it holds.</typeparam>
internal sealed class ItemList<T> : ReadOnlyCollection<T>
{
    /// <summary>Copies items into a list.</summary>
    public ItemList(IEnumerable<T> items)
        : base(items.ToArray())
    {
    }

    /// <inheritdoc />
    public override string ToString() => string.Join("; ", this);
}
