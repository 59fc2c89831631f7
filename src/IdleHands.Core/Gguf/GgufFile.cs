using IdleHands.Gguf;

namespace IdleHands;

/// <summary>A model as its GGUF files describe it: all shards of a split model are one.</summary>
public sealed record GgufFile
{
    private const double BytesPerGiB = 1024d * 1024 * 1024;

    /// <summary>Path of the file, of a split model that of its first.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the file without directory and shard numbers.</summary>
    public required string FileName { get; init; }

    /// <summary>Host that holds it; null for this machine, where none was named.</summary>
    public string? HostId { get; init; }

    /// <summary>Paths of all its files, in order.</summary>
    public NameList Shards { get; init; } = NameList.Empty;

    /// <summary>Files beside it that go with it: projectors for images (<c>mmproj-*</c>), heads that predict several tokens (<c>mtp-*</c>).</summary>
    public NameList Sidecars { get; init; } = NameList.Empty;

    /// <summary>Architecture, e.g. <c>qwen3moe</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>The model's own name.</summary>
    public string? Name { get; init; }

    /// <summary>How many parameters it has, counted from its tensors.</summary>
    public long Parameters { get; init; }

    /// <summary>The type that most of its weights have, e.g. <c>Q4_K</c>.</summary>
    public string? Quantization { get; init; }

    /// <summary>What whoever made the file calls the mixture of types, e.g. <c>Q4_K_M</c>; null where the file does not say.</summary>
    public string? FileType { get; init; }

    /// <summary>Bits of a weight, over all tensors; null where a type is not known.</summary>
    public double? BitsPerWeight { get; init; }

    /// <summary>Context window that the model was trained for, in tokens.</summary>
    public long? ContextLength { get; init; }

    /// <summary>How many layers (blocks) it has.</summary>
    public long? Layers { get; init; }

    /// <summary>Width of its embeddings.</summary>
    public long? EmbeddingLength { get; init; }

    /// <summary>Attention heads of a layer; of the first that has some where layers differ.</summary>
    public long? HeadCount { get; init; }

    /// <summary>Heads of a layer that have keys and values of their own; of the first that has some where layers differ.</summary>
    public long? HeadCountKV { get; init; }

    /// <summary>Experts of a layer; null for a model without.</summary>
    public long? ExpertCount { get; init; }

    /// <summary>Experts that a token uses; null for a model without.</summary>
    public long? ExpertUsedCount { get; init; }

    /// <summary>True when it brings a chat template.</summary>
    public bool HasChatTemplate { get; init; }

    /// <summary>Bytes of all files.</summary>
    public long SizeBytes { get; init; }

    /// <summary><see cref="SizeBytes"/> in GiB.</summary>
    public double SizeGiB => Math.Round(SizeBytes / BytesPerGiB, 2);

    /// <summary>How much memory it needs.</summary>
    public required MemoryEstimate Memory { get; init; }

    /// <summary>Number of tensors.</summary>
    public int TensorCount { get; init; }

    /// <summary>Version of the GGUF format.</summary>
    public int Version { get; init; }

    /// <summary>All metadata of the first file. Long lists and texts are named by their length only.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; init; } = new Dictionary<string, object>();

    /// <summary>How many bytes were read of the files to know all this.</summary>
    internal long BytesRead { get; init; }

    /// <summary>The path, as a file prints.</summary>
    public override string ToString() => Path;

    /// <summary>Describes a set of files.</summary>
    internal static GgufFile Of(GgufSet set, MemoryRequest request)
    {
        var keys = new GgufKeys(set.Metadata);
        GgufTensor[] tensors = [.. set.Tensors];
        Quantization quantization = IdleHands.Gguf.Quantization.Of(tensors);
        NameList shards = set.Files;
        return new GgufFile
        {
            Path = shards[0],
            FileName = ShardSet.BaseNameOf(set.Path),
            Shards = shards,
            Architecture = keys.Architecture,
            Name = keys.Text("general.name"),
            Parameters = IdleHands.Gguf.Quantization.Elements(tensors),
            Quantization = quantization.Dominant,
            BitsPerWeight = quantization.BitsPerWeight,
            FileType = IdleHands.Gguf.Quantization.FileType(set.Metadata.GetValueOrDefault("general.file_type")),
            ContextLength = keys.Of("context_length"),
            Layers = keys.Of("block_count"),
            EmbeddingLength = keys.Of("embedding_length"),
            HeadCount = keys.FirstOf("attention.head_count"),
            HeadCountKV = keys.FirstOf("attention.head_count_kv") ?? keys.FirstOf("attention.head_count"),
            ExpertCount = keys.Of("expert_count") is > 0 and var experts ? experts : null,
            ExpertUsedCount = keys.Of("expert_used_count") is > 0 and var used ? used : null,
            HasChatTemplate = set.Metadata.ContainsKey("tokenizer.chat_template"),
            SizeBytes = set.Bytes,
            Memory = new MemoryEstimator(set.Metadata, tensors, set.Bytes).Estimate(request),
            TensorCount = tensors.Length,
            Version = (int)set.Headers[0].Version,
            Metadata = set.Metadata,
            BytesRead = set.BytesRead,
        };
    }
}
