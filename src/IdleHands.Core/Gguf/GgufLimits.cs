namespace IdleHands.Gguf;

/// <summary>How much of a file's head is read and kept. The defaults are far above what models have, and far below what harms.</summary>
internal sealed record GgufLimits
{
    /// <summary>The usual limits.</summary>
    public static GgufLimits Default { get; } = new();

    /// <summary>How much is read at a time.</summary>
    public int BufferBytes { get; init; } = 64 * 1024;

    /// <summary>A head that is longer is refused. Vocabulary and merges of the largest models take about 30 MiB.</summary>
    public long HeaderBytes { get; init; } = 256L << 20;

    /// <summary>What is kept of names and values, about.</summary>
    public long KeptBytes { get; init; } = 32L << 20;

    /// <summary>Arrays of more elements are passed over: vocabularies, not figures of layers.</summary>
    public int ArrayItems { get; init; } = 4096;

    /// <summary>Texts of more bytes are passed over.</summary>
    public int TextBytes { get; init; } = 64 * 1024;

    /// <summary>Names of keys and tensors of more bytes are refused; the format allows 65,535 for keys, and 64 for tensors.</summary>
    public int NameBytes { get; init; } = ushort.MaxValue;

    /// <summary>Arrays in arrays, deeper than this, are refused.</summary>
    public int Depth { get; init; } = 8;
}
