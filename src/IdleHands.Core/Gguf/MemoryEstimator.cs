namespace IdleHands.Gguf;

/// <summary>
/// Works out what a model needs from the heads of its files. Pure. The rules are those of llama.cpp; what differs between
/// its versions, or with options that are not known here, makes the range.
/// </summary>
internal sealed class MemoryEstimator(IReadOnlyDictionary<string, object> metadata, IEnumerable<GgufTensor> tensors, long fileBytes)
{
    /// <summary>llama.cpp keeps room for a multiple of this many tokens.</summary>
    private const int CellStep = 256;

    /// <summary>The states of recurrent layers are kept in F32.</summary>
    private const int StateBytes = 4;

    /// <summary>Requests at a time that llama-server allows where nothing is said.</summary>
    private const int UsualParallel = 4;

    /// <summary>What a driver takes of a GPU for a process: a CUDA context with its kernels takes 200 to 600 MiB.</summary>
    private const long LeastGpuContext = 200L << 20;

    private const long MostGpuContext = 600L << 20;

    /// <summary>What the driver takes.</summary>
    public static MemoryPart GpuContext { get; } = new(MemoryPartName.GpuContext, LeastGpuContext, MostGpuContext);

    /// <summary>Room of an input and its successors in a pass, in multiples of the embedding and of the feed-forward width.</summary>
    private const int EmbeddingsHeld = 8;

    private const int FeedForwardsHeld = 3;

    private const long MostBytes = 1L << 50;

    private const long MostWindow = 1L << 40;

    private readonly GgufKeys _keys = new(metadata);
    private readonly GgufTensor[] _tensors = [.. tensors];
    private readonly List<string> _notes = [];

    /// <summary>The estimate.</summary>
    public MemoryEstimate Estimate(MemoryRequest request)
    {
        try
        {
            return EstimateAll(request);
        }
        catch (OverflowException)
        {
            return new MemoryEstimate
            {
                Parts = new ItemList<MemoryPart>([new MemoryPart(MemoryPartName.Weights, fileBytes, fileBytes)]),
                Confidence = MemoryConfidence.Low,
                Notes = new NameList("the metadata holds figures that no model has: only the weights are counted"),
            };
        }
    }

    private MemoryEstimate EstimateAll(MemoryRequest request)
    {
        _notes.Clear();
        _notes.AddRange(request.Notes);
        var parts = new List<MemoryPart> { Weights(request) };
        LayerCaches caches = LayerCaches.Of(_keys);
        _notes.AddRange(caches.Notes);
        long? context = Math.Min(request.ContextWindow ?? _keys.Of("context_length") ?? 0, MostWindow);
        if (context is 0)
        {
            context = null;
            _notes.Add("no context window is known: the KV cache is left out");
        }

        if (caches.Layers is { } layers)
        {
            Add(parts, Cache(caches, layers, context ?? 0, request));
            Add(parts, State(layers, request));
        }

        Add(parts, Compute(context ?? 0, request));
        Add(parts, new MemoryPart(MemoryPartName.Sidecars, request.SidecarBytes, request.SidecarBytes + request.PossibleSidecarBytes));
        if (request.UsesGpu)
        {
            parts.Add(GpuContext);
        }

        // Larger than any machine: whoever adds such figures up would overflow.
        if (parts.Sum(part => part.HighBytes) > MostBytes)
        {
            throw new OverflowException();
        }

        return new MemoryEstimate
        {
            Parts = new ItemList<MemoryPart>(parts),
            Confidence = caches.Layers is null || context is null ? MemoryConfidence.Low : _notes.Count > 0 ? MemoryConfidence.Medium : MemoryConfidence.High,
            ContextWindow = context,
            Notes = NameList.From(_notes),
        };
    }

    private static void Add(List<MemoryPart> parts, MemoryPart part)
    {
        if (part.HighBytes > 0)
        {
            parts.Add(part);
        }
    }

    /// <summary>All tensors; llama.cpp leaves the embeddings of the input to the processor, unless they are those of the output, too.</summary>
    private MemoryPart Weights(MemoryRequest request)
    {
        if (_tensors.Where(tensor => tensor.Type is null).Select(tensor => tensor.TypeId).Distinct().Order().ToArray() is { Length: > 0 } unknown)
        {
            _notes.Add($"types of tensors that are not known here ({string.Join(", ", unknown)}): the size of the files stands for that of the weights");
            return new MemoryPart(MemoryPartName.Weights, fileBytes, fileBytes);
        }

        long all = _tensors.Sum(tensor => tensor.Bytes ?? 0);
        long input = request.UsesGpu && _tensors.Any(tensor => tensor.Name == "output.weight")
            ? _tensors.FirstOrDefault(tensor => tensor.Name == "token_embd.weight")?.Bytes ?? 0
            : 0;
        return new MemoryPart(MemoryPartName.Weights, all - input, all);
    }

    private static MemoryPart Cache(LayerCaches caches, IReadOnlyList<LayerCache> layers, long context, MemoryRequest request)
    {
        long cells = Padded(context);
        long low = 0;
        long high = 0;
        foreach (LayerCache layer in layers)
        {
            bool isSliding = layer.IsSliding && !request.FullWindow;
            checked
            {
                low += Bytes(layer, isSliding ? Window(caches, context, request, request.Parallel ?? 1) : cells, request);
                high += Bytes(layer, isSliding ? Window(caches, context, request, request.Parallel ?? UsualParallel) : cells, request);
            }
        }

        // Versions of llama.cpp since early 2026 keep no values of their own there.
        return new MemoryPart(MemoryPartName.KVCache, low - CacheType.Bytes(request.ValueType, checked(caches.DroppedValueElements * cells)), high);
    }

    private static long Bytes(LayerCache layer, long cells, MemoryRequest request) =>
        checked(CacheType.Bytes(request.KeyType, layer.KeyElements * cells) + CacheType.Bytes(request.ValueType, layer.ValueElements * cells));

    /// <summary>Each sequence has a window of its own, and all share what is computed at a time.</summary>
    private static long Window(LayerCaches caches, long context, MemoryRequest request, int sequences) =>
        Padded(Math.Min(context, checked((caches.Window!.Value * sequences) + request.MicroBatch)));

    private static MemoryPart State(IReadOnlyList<LayerCache> layers, MemoryRequest request)
    {
        long one = checked(layers.Sum(layer => layer.StateElements) * StateBytes);
        return new MemoryPart(MemoryPartName.RecurrentState, checked(one * (request.Parallel ?? 1)), checked(one * (request.Parallel ?? UsualParallel)));
    }

    /// <summary>The scores of a batch over the vocabulary are the largest of what a pass holds; the mask grows with the context.</summary>
    private MemoryPart Compute(long context, MemoryRequest request)
    {
        long vocabulary = metadata.GetValueOrDefault("tokenizer.ggml.tokens") is GgufArray { Count: var count } ? count : _keys.Of("vocab_size") ?? 0;
        checked
        {
            long scores = vocabulary * request.MicroBatch * sizeof(float);
            long width = ((_keys.Of("embedding_length") ?? 0) * EmbeddingsHeld) + ((_keys.Of("feed_forward_length", 0) ?? 0) * FeedForwardsHeld);
            long activations = width * request.MicroBatch * sizeof(float);
            long mask = Padded(context) * request.MicroBatch * sizeof(float);
            return new MemoryPart(MemoryPartName.ComputeBuffers, scores, scores + (2 * activations) + mask);
        }
    }

    private static long Padded(long cells) => checked(cells + CellStep - 1) / CellStep * CellStep;
}
