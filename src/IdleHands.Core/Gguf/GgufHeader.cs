namespace IdleHands.Gguf;

/// <summary>What the head of one GGUF file says: everything before the weights.</summary>
internal sealed record GgufHeader
{
    /// <summary>Version of the format: 2 or 3.</summary>
    public required uint Version { get; init; }

    /// <summary>
    /// The key/value pairs: numbers, bool, text, <see cref="GgufArray"/>; <see cref="GgufLongText"/> for a text that was
    /// passed over.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Metadata { get; init; }

    /// <summary>The tensors in the order of the file.</summary>
    public required IReadOnlyList<GgufTensor> Tensors { get; init; }

    /// <summary>What the offsets of tensors are multiples of.</summary>
    public required long Alignment { get; init; }

    /// <summary>Where the weights begin.</summary>
    public required long DataOffset { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long FileLength { get; init; }

    /// <summary>How many bytes were read of the file to know all this.</summary>
    public required long BytesRead { get; init; }
}

/// <summary>A tensor as the table of a file lists it.</summary>
/// <param name="Name">Its name, e.g. <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Dimensions">Its extents, at most four.</param>
/// <param name="TypeId">Number of its type.</param>
/// <param name="Offset">Where it begins, counted from <see cref="GgufHeader.DataOffset"/>.</param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Dimensions, uint TypeId, long Offset)
{
    /// <summary>Its type; null where the number is not known here.</summary>
    public GgufTensorType? Type => GgufTensorType.Find(TypeId);

    /// <summary>How many elements it has; the reader has made sure that the product fits.</summary>
    public long Elements
    {
        get
        {
            long product = 1;
            foreach (long dimension in Dimensions)
            {
                product *= dimension;
            }

            return product;
        }
    }

    /// <summary>Bytes that it takes; null where its type is not known here.</summary>
    public long? Bytes => Type is { } type ? Elements / type.BlockElements * type.BlockBytes : null;
}

/// <summary>An array of the metadata.</summary>
/// <param name="ElementType">What its elements are, e.g. <c>uint32</c>.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Items">The elements; null where there are more than were wanted.</param>
public sealed record GgufArray(string ElementType, long Count, IReadOnlyList<object>? Items)
{
    /// <inheritdoc />
    public override string ToString() =>
        Items is null ? FormattableString.Invariant($"{ElementType}[{Count}]") : string.Join(", ", Items.Select(item => FormattableString.Invariant($"{item}")));
}

/// <summary>A text of the metadata that was passed over because it is long.</summary>
/// <param name="Bytes">Its length in UTF-8.</param>
public sealed record GgufLongText(long Bytes)
{
    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant($"string of {Bytes} bytes");
}
