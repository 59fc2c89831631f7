namespace IdleHands.Gguf;

/// <summary>
/// Reads the head of a GGUF file: metadata and the table of tensors, never a weight. The layout is that of ggml's
/// <c>docs/gguf.md</c>; what it leaves open is judged as llama.cpp does.
/// </summary>
internal sealed class GgufHeaderReader
{
    private const string AlignmentKey = "general.alignment";
    private const long DefaultAlignment = 32;
    private const int MostDimensions = 4;

    /// <summary>Key of no length, type and one byte of value.</summary>
    private const long LeastPairBytes = 8 + 4 + 1;

    /// <summary>Name of no length, number of dimensions, type and offset.</summary>
    private const long LeastTensorBytes = 8 + 4 + 4 + 8;

    private readonly IByteSource _source;
    private readonly GgufLimits _limits;
    private readonly GgufCursor _cursor;

    private GgufHeaderReader(IByteSource source, GgufLimits limits, GgufCursor cursor)
    {
        _source = source;
        _limits = limits;
        _cursor = cursor;
    }

    /// <summary>Reads the head of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="limits">How much to read and keep; null: the usual.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException"><c>NotGguf</c>, <c>GgufVersionUnsupported</c>, <c>GgufTruncated</c>, <c>GgufBroken</c>.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static async Task<GgufHeader> ReadAsync(IByteSource source, GgufLimits? limits, CancellationToken cancellationToken)
    {
        GgufLimits used = limits ?? GgufLimits.Default;
        using var cursor = new GgufCursor(source, used);
        return await new GgufHeaderReader(source, used, cursor).ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<GgufHeader> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] magic = await _cursor.PeekAsync(4, cancellationToken).ConfigureAwait(false);
        if (!"GGUF"u8.SequenceEqual(magic))
        {
            throw magic.Length < 4 && "GGUF"u8.StartsWith(magic) && magic.Length > 0
                ? GgufErrors.Truncated(_source.Path, _source.Length, "its first word goes on")
                : GgufErrors.NoMagic(_source.Path, magic);
        }

        _cursor.Skip(4);
        uint version = await _cursor.ReadUInt32Async("its version", cancellationToken).ConfigureAwait(false);
        if (version is not (2 or 3))
        {
            throw GgufErrors.Version(_source.Path, version);
        }

        long tensorCount = await _cursor.ReadCountAsync(LeastTensorBytes, "its table of tensors", cancellationToken).ConfigureAwait(false);
        long pairCount = await _cursor.ReadCountAsync(LeastPairBytes, "its metadata", cancellationToken).ConfigureAwait(false);
        Dictionary<string, object> metadata = await ReadMetadataAsync(pairCount, cancellationToken).ConfigureAwait(false);
        long alignment = AlignmentOf(metadata);
        List<GgufTensor> tensors = await ReadTensorsAsync(tensorCount, alignment, cancellationToken).ConfigureAwait(false);
        long dataOffset = (_cursor.Position + alignment - 1) / alignment * alignment;
        CheckData(tensors, dataOffset);
        return new GgufHeader
        {
            Version = version,
            Metadata = metadata,
            Tensors = tensors,
            Alignment = alignment,
            DataOffset = dataOffset,
            FileLength = _source.Length,
            BytesRead = _cursor.BytesRead,
        };
    }

    private async Task<Dictionary<string, object>> ReadMetadataAsync(long count, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        for (long index = 0; index < count; index++)
        {
            string key = await ReadNameAsync("the name of a key", cancellationToken).ConfigureAwait(false);
            string what = $"the value of '{GgufErrors.Name(key)}'";
            object value = await ReadValueAsync(await ReadTypeAsync(what, cancellationToken).ConfigureAwait(false), what, cancellationToken).ConfigureAwait(false);
            if (!metadata.TryAdd(key, value))
            {
                throw GgufErrors.Broken(_source.Path, $"the key '{GgufErrors.Name(key)}' is there twice");
            }

            _cursor.CheckLength();
        }

        return metadata;
    }

    private async ValueTask<string> ReadNameAsync(string what, CancellationToken cancellationToken)
    {
        (string? name, long length) = await _cursor.ReadTextAsync(_limits.NameBytes, what, cancellationToken).ConfigureAwait(false);
        return name ?? throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{what} is {length:N0} bytes long"));
    }

    private async ValueTask<GgufValueType> ReadTypeAsync(string what, CancellationToken cancellationToken)
    {
        uint type = await _cursor.ReadUInt32Async(what, cancellationToken).ConfigureAwait(false);
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{what} is of type {type}, which there is not"));
    }

    private async ValueTask<object> ReadValueAsync(GgufValueType type, string what, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case GgufValueType.String:
                (string? text, long length) = await _cursor.ReadTextAsync(_limits.TextBytes, what, cancellationToken).ConfigureAwait(false);
                return text ?? (object)new GgufLongText(length);
            case GgufValueType.Array:
                return await ReadArrayAsync(what, 1, cancellationToken).ConfigureAwait(false);
            default:
                return await _cursor.ReadNumberAsync(type, what, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<GgufArray> ReadArrayAsync(string what, int depth, CancellationToken cancellationToken)
    {
        (GgufValueType type, long count) = await ReadArrayHeadAsync(what, depth, cancellationToken).ConfigureAwait(false);
        string name = GgufValueTypes.NameOf(type);
        if (count > _limits.ArrayItems)
        {
            await SkipItemsAsync(type, count, what, depth, cancellationToken).ConfigureAwait(false);
            return new GgufArray(name, count, null);
        }

        var items = new List<object>();
        for (long index = 0; index < count; index++)
        {
            items.Add(type == GgufValueType.Array
                ? await ReadArrayAsync(what, depth + 1, cancellationToken).ConfigureAwait(false)
                : await ReadValueAsync(type, what, cancellationToken).ConfigureAwait(false));
        }

        return new GgufArray(name, count, items);
    }

    private async ValueTask<(GgufValueType Type, long Count)> ReadArrayHeadAsync(string what, int depth, CancellationToken cancellationToken)
    {
        if (depth > _limits.Depth)
        {
            throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{what} has arrays in arrays, more than {_limits.Depth} deep"));
        }

        // More than it takes: nobody nests arrays by the hundred thousand.
        _cursor.Keep(1024, what);
        GgufValueType type = await ReadTypeAsync(what, cancellationToken).ConfigureAwait(false);
        return (type, await _cursor.ReadCountAsync(LeastElementBytes(type), what, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask SkipItemsAsync(GgufValueType type, long count, string what, int depth, CancellationToken cancellationToken)
    {
        if (type == GgufValueType.String)
        {
            await _cursor.SkipTextsAsync(count, what, cancellationToken).ConfigureAwait(false);
        }
        else if (type == GgufValueType.Array)
        {
            for (long index = 0; index < count; index++)
            {
                (GgufValueType inner, long length) = await ReadArrayHeadAsync(what, depth + 1, cancellationToken).ConfigureAwait(false);
                await SkipItemsAsync(inner, length, what, depth + 1, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            _cursor.Skip(count * GgufValueTypes.SizeOf(type));
        }

        _cursor.CheckLength();
    }

    /// <summary>A text has a length at least, an array a type and a count.</summary>
    private static long LeastElementBytes(GgufValueType type) => type switch
    {
        GgufValueType.Array => sizeof(uint) + sizeof(ulong),
        GgufValueType.String => sizeof(ulong),
        _ => GgufValueTypes.SizeOf(type),
    };

    private long AlignmentOf(Dictionary<string, object> metadata) => metadata.GetValueOrDefault(AlignmentKey) switch
    {
        null => DefaultAlignment,
        uint value when value > 0 && (value & (value - 1)) == 0 => value,
        { } other => throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{AlignmentKey} is {other}, and has to be a power of two (uint32)")),
    };

    private async Task<List<GgufTensor>> ReadTensorsAsync(long count, long alignment, CancellationToken cancellationToken)
    {
        var tensors = new List<GgufTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (long index = 0; index < count; index++)
        {
            GgufTensor tensor = await ReadTensorAsync(cancellationToken).ConfigureAwait(false);
            string named = $"the tensor '{GgufErrors.Name(tensor.Name)}'";
            if (!names.Add(tensor.Name))
            {
                throw GgufErrors.Broken(_source.Path, $"{named} is there twice");
            }

            if (tensor.Offset % alignment != 0)
            {
                throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{named} begins at {tensor.Offset:N0}, which is no multiple of {alignment}"));
            }

            if (tensor.Type is { } type && (tensor.Dimensions.Count > 0 ? tensor.Dimensions[0] : 1) % type.BlockElements != 0)
            {
                throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{named} of type {type.Name} has rows of {tensor.Dimensions.FirstOrDefault(1)}, which is no multiple of {type.BlockElements}"));
            }

            tensors.Add(tensor);
            _cursor.CheckLength();
        }

        return tensors;
    }

    private async ValueTask<GgufTensor> ReadTensorAsync(CancellationToken cancellationToken)
    {
        string name = await ReadNameAsync("the name of a tensor", cancellationToken).ConfigureAwait(false);
        string what = $"the tensor '{GgufErrors.Name(name)}'";
        uint count = await _cursor.ReadUInt32Async(what, cancellationToken).ConfigureAwait(false);
        if (count > MostDimensions)
        {
            throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{what} has {count} dimensions, and {MostDimensions} are the most"));
        }

        _cursor.Keep(256, what);
        long[] dimensions = new long[count];
        ulong elements = 1;
        for (int index = 0; index < dimensions.Length; index++)
        {
            ulong extent = await _cursor.ReadUInt64Async(what, cancellationToken).ConfigureAwait(false);
            UInt128 product = (UInt128)elements * extent;

            // Bits of a few more: the bytes of the largest element must not overflow either.
            elements = product <= long.MaxValue / 16 ? (ulong)product : throw GgufErrors.Broken(_source.Path, $"{what} has more elements than can be counted");
            dimensions[index] = (long)extent;
        }

        uint type = await _cursor.ReadUInt32Async(what, cancellationToken).ConfigureAwait(false);
        ulong offset = await _cursor.ReadUInt64Async(what, cancellationToken).ConfigureAwait(false);
        return offset <= long.MaxValue / 2
            ? new GgufTensor(name, dimensions, type, (long)offset)
            : throw GgufErrors.Broken(_source.Path, FormattableString.Invariant($"{what} begins at {offset:N0}"));
    }

    /// <summary>All weights have to be in the file: a download that was broken off has a whole head.</summary>
    private void CheckData(List<GgufTensor> tensors, long dataOffset)
    {
        foreach (GgufTensor tensor in tensors)
        {
            UInt128 end = (UInt128)(ulong)dataOffset + (ulong)tensor.Offset + (ulong)(tensor.Bytes ?? 0);
            if (end > (ulong)_source.Length)
            {
                UInt128 needed = tensors.Max(other => (UInt128)(ulong)dataOffset + (ulong)other.Offset + (ulong)(other.Bytes ?? 0));
                throw GgufErrors.Truncated(_source.Path, _source.Length, FormattableString.Invariant($"its weights reach to byte {needed:N0}"));
            }
        }
    }
}
