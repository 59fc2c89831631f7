namespace IdleHands.Gguf;

/// <summary>How the elements of a KV cache are stored: the words of llama.cpp's <c>--cache-type-k</c> and <c>--cache-type-v</c>.</summary>
internal static class CacheType
{
    /// <summary>What llama.cpp takes where nothing is said.</summary>
    public const string Default = "f16";

    /// <summary>All of them.</summary>
    public static NameList All { get; } = new("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1");

    /// <summary>Bytes that this many elements take.</summary>
    public static long Bytes(string type, long elements) =>
        GgufTensorType.Find(type) is { } known ? checked(elements * known.BlockBytes) / known.BlockElements : throw new ArgumentException($"There is no cache type '{type}'.", nameof(type));
}
