using System.Globalization;

namespace IdleHands;

/// <summary>
/// How much memory a model needs: a range, and what it is made of. The figures of a loaded model differ with the server's
/// version, its options and the device, so no single number would be true.
/// </summary>
public sealed record MemoryEstimate
{
    private const double BytesPerGiB = 1024d * 1024 * 1024;

    /// <summary>What it is made of.</summary>
    public required IReadOnlyList<MemoryPart> Parts { get; init; }

    /// <summary>One of <see cref="MemoryConfidence"/>.</summary>
    public required string Confidence { get; init; }

    /// <summary>Context window in tokens that it is for; null where none is known.</summary>
    public long? ContextWindow { get; init; }

    /// <summary>What makes it uncertain, in words.</summary>
    public NameList Notes { get; init; } = NameList.Empty;

    /// <summary>Bytes that it needs at least.</summary>
    public long LowBytes => Parts.Sum(part => part.LowBytes);

    /// <summary>Bytes that it needs at most.</summary>
    public long HighBytes => Parts.Sum(part => part.HighBytes);

    /// <summary><see cref="LowBytes"/> in GiB.</summary>
    public double LowGiB => Math.Round(LowBytes / BytesPerGiB, 2);

    /// <summary><see cref="HighBytes"/> in GiB.</summary>
    public double HighGiB => Math.Round(HighBytes / BytesPerGiB, 2);

    /// <summary>"17.9–19.2 GiB".</summary>
    public override string ToString() => Range(LowBytes, HighBytes);

    /// <summary>A range in words.</summary>
    internal static string Range(long low, long high)
    {
        string from = (low / BytesPerGiB).ToString("0.0", CultureInfo.InvariantCulture);
        string to = (high / BytesPerGiB).ToString("0.0", CultureInfo.InvariantCulture);
        return from == to ? $"{to} GiB" : $"{from}–{to} GiB";
    }
}

/// <summary>A part of what a model needs.</summary>
/// <param name="Name">One of <see cref="MemoryPartName"/>.</param>
/// <param name="LowBytes">Bytes at least.</param>
/// <param name="HighBytes">Bytes at most.</param>
public sealed record MemoryPart(string Name, long LowBytes, long HighBytes)
{
    /// <summary>"KV cache 7.0 GiB".</summary>
    public override string ToString() => $"{Name} {MemoryEstimate.Range(LowBytes, HighBytes)}";
}

/// <summary>The words of <see cref="MemoryPart.Name"/>.</summary>
public static class MemoryPartName
{
    /// <summary>The tensors of the files.</summary>
    public const string Weights = "weights";

    /// <summary>Keys and values of the tokens in the context.</summary>
    public const string KVCache = "KV cache";

    /// <summary>What layers without a cache remember of what they have read.</summary>
    public const string RecurrentState = "recurrent state";

    /// <summary>What a pass through the model is computed in.</summary>
    public const string ComputeBuffers = "compute buffers";

    /// <summary>What the driver takes for a process that uses a GPU.</summary>
    public const string GpuContext = "GPU context";

    /// <summary>Further files: a projector for images, a draft model.</summary>
    public const string Sidecars = "sidecars";

    /// <summary>What was measured when it ran before.</summary>
    public const string Measured = "measured";
}

/// <summary>The words of <see cref="MemoryEstimate.Confidence"/>.</summary>
public static class MemoryConfidence
{
    /// <summary>It was measured on this host, with the same command.</summary>
    public const string Measured = "measured";

    /// <summary>All comes from the files, of an architecture that is known.</summary>
    public const string High = "high";

    /// <summary>Something had to be assumed; the notes say what.</summary>
    public const string Medium = "medium";

    /// <summary>Little more than a size is known.</summary>
    public const string Low = "low";
}
