namespace IdleHands.Gguf;

/// <summary>What one layer keeps of the tokens it has read.</summary>
/// <param name="KeyElements">Elements of the keys of one token.</param>
/// <param name="ValueElements">Elements of the values of one token.</param>
/// <param name="IsSliding">True when it keeps a window of the context only.</param>
/// <param name="StateElements">Elements of a state whose size does not depend on the context, for one sequence.</param>
internal readonly record struct LayerCache(long KeyElements, long ValueElements, bool IsSliding, long StateElements);

/// <summary>
/// What the layers of a model keep, from its metadata. Where the file leaves something to the architecture, what llama.cpp
/// does for it (<c>llama-model.cpp</c>, <c>llama-hparams.cpp</c>) is taken.
/// </summary>
internal sealed class LayerCaches
{
    /// <summary>Every how many layers one sees the whole context, for files that leave it to the architecture; the last of each group.</summary>
    private static readonly Dictionary<string, int> SlidingPeriods = new(StringComparer.Ordinal)
    {
        ["gemma2"] = 2,
        ["gemma3"] = 6,
        ["gemma3n"] = 5,
        ["cohere2"] = 4,
        ["gpt-oss"] = 2,
        ["llama4"] = 4,
        ["exaone4"] = 4,
        ["olmo2"] = 4,
    };

    /// <summary>Architectures with one kind of layer that attends only every so many layers.</summary>
    private static readonly HashSet<string> FullAttentionEveryFourth = new(StringComparer.Ordinal) { "qwen3next", "qwen35", "qwen35moe" };

    private static readonly HashSet<string> Recurrent = new(StringComparer.Ordinal) { "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7" };

    /// <summary>Hybrids of which every layer has both, attention and a state.</summary>
    private static readonly HashSet<string> BothInEveryLayer = new(StringComparer.Ordinal) { "falcon-h1" };

    private readonly GgufKeys _keys;
    private readonly List<string> _notes = [];

    private LayerCaches(GgufKeys keys)
    {
        _keys = keys;
    }

    /// <summary>What each layer keeps; null where the metadata doesn't tell.</summary>
    public IReadOnlyList<LayerCache>? Layers { get; private set; }

    /// <summary>Tokens of a sliding window; null where no layer has one.</summary>
    public long? Window { get; private set; }

    /// <summary>
    /// Elements of the values of one token in all layers that llama.cpp keeps no more since it takes them out of the keys
    /// (multi-head latent attention); 0 for other architectures.
    /// </summary>
    public long DroppedValueElements { get; private set; }

    /// <summary>What had to be assumed.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Works it out.</summary>
    /// <exception cref="OverflowException">The metadata holds figures that no model has.</exception>
    public static LayerCaches Of(GgufKeys keys)
    {
        var caches = new LayerCaches(keys);
        caches.Read();
        return caches;
    }

    private void Read()
    {
        if (_keys.Architecture is not { } architecture || _keys.Of("block_count") is not (> 0 and <= 10_000) || Embedding is null)
        {
            _notes.Add("the file does not tell how many layers it has, or how large they are: the KV cache is left out");
            return;
        }

        int count = (int)_keys.Of("block_count")!.Value;
        Window = _keys.Of("attention.sliding_window") is > 0 and var window && HasPattern(architecture) ? window : null;
        bool isIgnored = Window is null && _keys.Of("attention.sliding_window") is > 0;
        if (isIgnored && _keys.Architecture is not ("phi3" or "llama" or "qwen2" or "qwen3"))
        {
            _notes.Add($"the file names a sliding window and not which layers have one: all layers of {architecture} are counted as seeing the whole context");
        }

        // The last layers may read what earlier ones have kept.
        long own = count - Math.Min(count, _keys.Of("attention.shared_kv_layers") ?? 0);
        var layers = new LayerCache[count];
        for (int layer = 0; layer < count; layer++)
        {
            layers[layer] = IsRecurrent(architecture, layer)
                ? new LayerCache(0, 0, false, State(layer))
                : layer < own ? Attention(architecture, layer) : default;
        }

        Layers = layers;
    }

    private long? Embedding => _keys.Of("embedding_length");

    private bool HasPattern(string architecture) => _keys.Has("attention.sliding_window_pattern") || SlidingPeriods.ContainsKey(architecture);

    private LayerCache Attention(string architecture, int layer)
    {
        long heads = _keys.Of("attention.head_count", layer) ?? 0;
        long shared = _keys.Of("attention.head_count_kv", layer) ?? heads;
        bool isSliding = Window is not null && IsSliding(architecture, layer);
        long headSize = heads > 0 ? Embedding!.Value / heads : 0;
        long key = (isSliding ? _keys.Of("attention.key_length_swa", layer) : null) ?? _keys.Of("attention.key_length", layer) ?? headSize;
        long value = (isSliding ? _keys.Of("attention.value_length_swa", layer) : null) ?? _keys.Of("attention.value_length", layer) ?? headSize;
        if (_keys.Has("attention.key_length_mla"))
        {
            DroppedValueElements = checked(DroppedValueElements + (shared * value));
        }

        long state = BothInEveryLayer.Contains(architecture) ? State(layer) : 0;
        return new LayerCache(checked(shared * key), checked(shared * value), isSliding, state);
    }

    private bool IsSliding(string architecture, int layer)
    {
        if (_keys.IsArray("attention.sliding_window_pattern"))
        {
            return _keys.Of("attention.sliding_window_pattern", layer) is > 0;
        }

        long period = _keys.Of("attention.sliding_window_pattern") is > 0 and var said ? said : SlidingPeriods.GetValueOrDefault(architecture, 1);
        return layer % period < period - 1;
    }

    private bool IsRecurrent(string architecture, int layer)
    {
        if (Recurrent.Contains(architecture))
        {
            return true;
        }

        if (_keys.Of("full_attention_interval") is > 0 and var interval || (FullAttentionEveryFourth.Contains(architecture) && (interval = 4) > 0))
        {
            return (layer + 1) % interval != 0;
        }

        // In hybrids a layer without heads for keys and values has a state instead.
        return _keys.IsArray("attention.head_count_kv") && _keys.Of("attention.head_count_kv", layer) == 0;
    }

    /// <summary>What a layer without a cache remembers: the end of its convolution, and its state.</summary>
    private long State(int layer)
    {
        if (_keys.Architecture!.StartsWith("nemotron_h", StringComparison.Ordinal) && _keys.Of("feed_forward_length", layer) is > 0)
        {
            return 0; // A layer of nothing but a feed-forward network.
        }

        return StateElements(layer);
    }

    private long StateElements(int layer)
    {
        if (_keys.Of("ssm.inner_size") is { } inner)
        {
            long size = _keys.Of("ssm.state_size") ?? 0;
            long groups = _keys.Of("ssm.group_count") ?? 0;
            return checked((Math.Max(0, (_keys.Of("ssm.conv_kernel") ?? 1) - 1) * (inner + (2 * groups * size))) + (size * inner));
        }

        if (_keys.Of("wkv.head_size") is { } head)
        {
            return checked(((_keys.Of("token_shift_count") ?? 2) + head) * Embedding!.Value);
        }

        return _keys.Of("shortconv.l_cache", layer) is > 0 and var length ? checked((length - 1) * Embedding!.Value) : 0;
    }
}
