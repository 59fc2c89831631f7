using System.Globalization;

namespace IdleHands.Gguf;

/// <summary>Values of the metadata by the names that the format's description gives them, those of an architecture behind its name.</summary>
internal sealed class GgufKeys(IReadOnlyDictionary<string, object> metadata)
{
    /// <summary>The architecture, e.g. <c>qwen3moe</c>; null where none is named.</summary>
    public string? Architecture { get; } = metadata.GetValueOrDefault("general.architecture") as string;

    /// <summary>A text.</summary>
    public string? Text(string key) => metadata.GetValueOrDefault(key) as string;

    /// <summary>A whole number of the architecture; null for none, and for what differs from layer to layer.</summary>
    public long? Of(string key) => Whole(metadata.GetValueOrDefault($"{Architecture}.{key}"));

    /// <summary>A value of the architecture for one layer: of an array its element, of a number the number.</summary>
    public long? Of(string key, int layer) => metadata.GetValueOrDefault($"{Architecture}.{key}") switch
    {
        GgufArray { Items: { } items } => layer < items.Count ? Whole(items[layer]) : null,
        { } value => Whole(value),
        null => null,
    };

    /// <summary>A whole number of the architecture; of one that differs from layer to layer, the first that is not 0.</summary>
    public long? FirstOf(string key) => metadata.GetValueOrDefault($"{Architecture}.{key}") switch
    {
        GgufArray { Items: { } items } => items.Select(Whole).FirstOrDefault(number => number > 0),
        var value => Whole(value),
    };

    /// <summary>True where the architecture has this key.</summary>
    public bool Has(string key) => metadata.ContainsKey($"{Architecture}.{key}");

    /// <summary>True where a key of the architecture holds an array.</summary>
    public bool IsArray(string key) => metadata.GetValueOrDefault($"{Architecture}.{key}") is GgufArray;

    /// <summary>A whole number of any type; true counts as 1. Null for anything else, and for what is negative or too large.</summary>
    public static long? Whole(object? value) => value switch
    {
        null or string or GgufArray or GgufLongText or float or double => null,
        bool flag => flag ? 1 : 0,
        ulong large => large <= long.MaxValue ? (long)large : null,
        IConvertible number => number.ToInt64(CultureInfo.InvariantCulture) is >= 0 and var whole ? whole : null,
        _ => null,
    };
}
