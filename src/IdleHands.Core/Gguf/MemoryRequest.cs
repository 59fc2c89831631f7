namespace IdleHands.Gguf;

/// <summary>How a model is to be loaded, as far as memory goes. The defaults are those of llama-server.</summary>
internal sealed record MemoryRequest
{
    /// <summary>Context window in tokens; null: the one that the model was trained for.</summary>
    public long? ContextWindow { get; init; }

    /// <summary>Type of the keys in the cache.</summary>
    public string KeyType { get; init; } = CacheType.Default;

    /// <summary>Type of the values in the cache.</summary>
    public string ValueType { get; init; } = CacheType.Default;

    /// <summary>Tokens that are computed at a time (<c>--ubatch-size</c>).</summary>
    public int MicroBatch { get; init; } = 512;

    /// <summary>Requests that are answered at a time (<c>--parallel</c>); null: the server chooses, 4 of llama-server.</summary>
    public int? Parallel { get; init; }

    /// <summary>True when layers with a sliding window keep the whole context all the same (<c>--swa-full</c>).</summary>
    public bool FullWindow { get; init; }

    /// <summary>Bytes of further files that are loaded with it: a projector for images, a draft model.</summary>
    public long SidecarBytes { get; init; }

    /// <summary>Bytes of files that lie beside it, and of which nobody has said yet whether they are loaded, too.</summary>
    public long PossibleSidecarBytes { get; init; }

    /// <summary>What of it is not known, in words.</summary>
    public NameList Notes { get; init; } = NameList.Empty;

    /// <summary>True when it is computed on a GPU, whose driver takes memory, too.</summary>
    public bool UsesGpu { get; init; } = true;
}
