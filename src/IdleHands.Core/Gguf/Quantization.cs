namespace IdleHands.Gguf;

/// <summary>How the weights of a model are stored, as its tensors tell.</summary>
/// <param name="Dominant">The type that most elements have, e.g. <c>Q4_K</c>; null where there are no tensors.</param>
/// <param name="BitsPerWeight">Bits of an element, over all tensors; null where a type is not known.</param>
internal sealed record Quantization(string? Dominant, double? BitsPerWeight)
{
    /// <summary>Names of <c>general.file_type</c>, with the numbers of llama.cpp (<c>enum llama_ftype</c>).</summary>
    private static readonly Dictionary<long, string> FileTypes = new()
    {
        [0] = "F32",
        [1] = "F16",
        [2] = "Q4_0",
        [3] = "Q4_1",
        [7] = "Q8_0",
        [8] = "Q5_0",
        [9] = "Q5_1",
        [10] = "Q2_K",
        [11] = "Q3_K_S",
        [12] = "Q3_K_M",
        [13] = "Q3_K_L",
        [14] = "Q4_K_S",
        [15] = "Q4_K_M",
        [16] = "Q5_K_S",
        [17] = "Q5_K_M",
        [18] = "Q6_K",
        [19] = "IQ2_XXS",
        [20] = "IQ2_XS",
        [21] = "Q2_K_S",
        [22] = "IQ3_XS",
        [23] = "IQ3_XXS",
        [24] = "IQ1_S",
        [25] = "IQ4_NL",
        [26] = "IQ3_S",
        [27] = "IQ3_M",
        [28] = "IQ2_S",
        [29] = "IQ2_M",
        [30] = "IQ4_XS",
        [31] = "IQ1_M",
        [32] = "BF16",
        [36] = "TQ1_0",
        [37] = "TQ2_0",
        [38] = "MXFP4",
    };

    /// <summary>Works it out.</summary>
    public static Quantization Of(IReadOnlyCollection<GgufTensor> tensors)
    {
        long elements = Elements(tensors);
        if (elements == 0)
        {
            return new Quantization(null, null);
        }

        uint dominant = tensors.GroupBy(tensor => tensor.TypeId).MaxBy(Elements)!.Key;
        bool isKnown = tensors.All(tensor => tensor.Type is not null);
        double bits = isKnown ? tensors.Sum(tensor => (double)tensor.Bytes!.Value) * 8 / elements : 0;
        return new Quantization(
            GgufTensorType.Find(dominant)?.Name ?? FormattableString.Invariant($"type {dominant}"),
            isKnown ? Math.Round(bits, 2) : null);
    }

    /// <summary>The name of a <c>general.file_type</c>; null where it is not known here.</summary>
    public static string? FileType(object? value) => GgufKeys.Whole(value) is { } number ? FileTypes.GetValueOrDefault(number) : null;

    /// <summary>How many elements tensors have; as many as can be counted, of a file that lies.</summary>
    internal static long Elements(IEnumerable<GgufTensor> tensors)
    {
        Int128 sum = 0;
        foreach (GgufTensor tensor in tensors)
        {
            sum += tensor.Elements;
        }

        return sum > long.MaxValue ? long.MaxValue : (long)sum;
    }
}
