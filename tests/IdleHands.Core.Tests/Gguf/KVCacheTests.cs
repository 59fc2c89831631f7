using IdleHands.Gguf;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Gguf;

/// <summary>
/// The cache of keys and values, by the metadata of models as they are published. Each figure was worked out by hand, and
/// stands with its sum. Where llama.cpp differs from the plain sum over layers, the test says how.
/// </summary>
public sealed class KVCacheTests
{
    private const long MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>28 layers × 4 heads × (128 + 128) × 2 bytes = 57,344 bytes a token: 7.0 GiB at 131,072.</summary>
    [Fact]
    public void Grouped_queries()
    {
        GgufFileWriter model = Model("qwen2", 28, 3584, 28).Add("qwen2.attention.head_count_kv", 4u);

        Assert.Equal((57_344L * 256, 57_344L * 256), Cache(model, 1));
        Assert.Equal((7L << 30, 7L << 30), Cache(model, 131_072));
    }

    /// <summary>Without <c>head_count_kv</c> every head has its own: 32 × 32 × (128 + 128) × 2 = 524,288 bytes a token.</summary>
    [Fact]
    public void Dense() => Assert.Equal((2L << 30, 2L << 30), Cache(Model("llama", 32, 4096, 32), 4096));

    /// <summary>36 layers × 8 heads × (128 + 128) × 2 = 147,456 bytes a token, although 4096 / 32 would not give 128 for a width of 2560.</summary>
    [Fact]
    public void A_head_size_of_its_own()
    {
        GgufFileWriter model = Model("qwen3", 36, 2560, 32)
            .Add("qwen3.attention.head_count_kv", 8u).Add("qwen3.attention.key_length", 128u).Add("qwen3.attention.value_length", 128u);

        Assert.Equal((147_456L * 8192, 147_456L * 8192), Cache(model, 8192));
    }

    /// <summary>Experts have no part in it: 48 layers × 4 heads × 256 × 2 = 98,304 bytes a token, as of a dense model of that shape.</summary>
    [Fact]
    public void Mixture_of_experts()
    {
        GgufFileWriter model = Model("qwen3moe", 48, 2048, 32)
            .Add("qwen3moe.attention.head_count_kv", 4u).Add("qwen3moe.attention.key_length", 128u).Add("qwen3moe.attention.value_length", 128u)
            .Add("qwen3moe.expert_count", 128u).Add("qwen3moe.expert_used_count", 8u);

        Assert.Equal((98_304L * 32_768, 98_304L * 32_768), Cache(model, 32_768));
    }

    /// <summary>Heads by layer, one layer without attention: (8 + 0 + 2 + 1) heads × (64 + 64) × 2 = 2,816 bytes a token.</summary>
    [Fact]
    public void Heads_that_differ_from_layer_to_layer()
    {
        GgufFileWriter model = Model("deci", 4, 1024, 16).Add("deci.attention.head_count_kv", GgufFileWriter.ArrayOf(8, 0, 2, 1));

        Assert.Equal((2_816L * 1024, 2_816L * 1024), Cache(model, 1024));
    }

    /// <summary>
    /// gemma3 of 12 layers: 2 see all, 10 a window of 1024. 8 heads × (256 + 256) × 2 = 8,192 bytes a token and layer.
    /// A plain sum over all layers would be 12 × 8,192 × 32,768 = 3 GiB. llama.cpp keeps 2 × 8,192 × 32,768 = 512 MiB and
    /// 10 × 8,192 × 1,536 (the window and the 512 tokens of a batch) = 120 MiB; with the 4 sequences that llama-server
    /// allows where nothing is said 10 × 8,192 × (4 × 1,024 + 512) = 360 MiB.
    /// </summary>
    [Fact]
    public void A_sliding_window_by_the_rule_of_the_architecture()
    {
        GgufFileWriter model = Gemma3();

        Assert.Equal((632 * MiB, 872 * MiB), Cache(model, 32_768));
        Assert.Equal((632 * MiB, 632 * MiB), Cache(model, 32_768, new MemoryRequest { Parallel = 1 }));
        Assert.Equal((3072 * MiB, 3072 * MiB), Cache(model, 32_768, new MemoryRequest { FullWindow = true }));
    }

    /// <summary>A context below the window holds no more than itself: 12 × 8,192 × 512 = 48 MiB.</summary>
    [Fact]
    public void A_context_shorter_than_the_window() => Assert.Equal((48 * MiB, 48 * MiB), Cache(Gemma3(), 512));

    /// <summary>
    /// The file says itself which layers slide, here all but the last of 5, with keys and values of another length in
    /// them: 1 × 2 × (512 + 512) × 2 × 8,192 = 32 MiB and 4 × 2 × (256 + 256) × 2 × 1,024 (512 and a batch) = 8 MiB.
    /// </summary>
    [Fact]
    public void A_sliding_window_by_the_pattern_in_the_file()
    {
        GgufFileWriter model = Model("gemma4", 5, 2048, 8)
            .Add("gemma4.attention.head_count_kv", 2u)
            .Add("gemma4.attention.key_length", 512u).Add("gemma4.attention.value_length", 512u)
            .Add("gemma4.attention.key_length_swa", 256u).Add("gemma4.attention.value_length_swa", 256u)
            .Add("gemma4.attention.sliding_window", 512u)
            .Add("gemma4.attention.sliding_window_pattern", GgufFileWriter.ArrayOf(true, true, true, true, false));

        Assert.Equal((40 * MiB, 40 * MiB), Cache(model, 8192, new MemoryRequest { Parallel = 1 }));
    }

    /// <summary>
    /// gemma3n shape: 10 layers, of which the last 4 read what earlier ones keep: 6 × 2 × (256 + 256) × 2 = 12,288 bytes a
    /// token, were none sliding. By its rule the fifth of every five sees all: of the 6, one: 2,048 × 4,096 = 8 MiB, and
    /// five with a window of 512 and a batch: 5 × 2,048 × 1,024 = 10 MiB.
    /// </summary>
    [Fact]
    public void Layers_that_share_the_cache_of_others()
    {
        GgufFileWriter model = Model("gemma3n", 10, 2048, 8)
            .Add("gemma3n.attention.head_count_kv", 2u).Add("gemma3n.attention.key_length", 256u).Add("gemma3n.attention.value_length", 256u)
            .Add("gemma3n.attention.sliding_window", 512u).Add("gemma3n.attention.shared_kv_layers", 4u);

        Assert.Equal((18 * MiB, 18 * MiB), Cache(model, 4096, new MemoryRequest { Parallel = 1 }));
    }

    /// <summary>
    /// Latent attention (deepseek2 as converted since 2025): 61 layers × 1 head × (576 + 512) × 2 = 132,736 bytes a token.
    /// llama.cpp took that; it has since ceased to keep values of their own, which are part of the keys:
    /// 61 × 576 × 2 = 70,272 bytes. Both are in the range.
    /// </summary>
    [Fact]
    public void Latent_attention()
    {
        GgufFileWriter model = Model("deepseek2", 61, 7168, 128)
            .Add("deepseek2.attention.head_count_kv", 1u).Add("deepseek2.attention.key_length", 576u).Add("deepseek2.attention.value_length", 512u)
            .Add("deepseek2.attention.key_length_mla", 192u).Add("deepseek2.attention.value_length_mla", 128u);

        Assert.Equal((70_272L * 4096, 132_736L * 4096), Cache(model, 4096));
    }

    /// <summary>
    /// mamba keeps no tokens: (4 − 1) × 5,120 + 16 × 5,120 = 97,280 elements of 4 bytes in each of 64 layers, for every
    /// sequence, whatever the context.
    /// </summary>
    [Fact]
    public void A_recurrent_model()
    {
        GgufFileWriter model = Model("mamba", 64, 2560, 0)
            .Add("mamba.ssm.conv_kernel", 4u).Add("mamba.ssm.inner_size", 5120u).Add("mamba.ssm.state_size", 16u);
        const long One = 64L * 97_280 * 4;

        Assert.Null(Part(model, 131_072, new MemoryRequest(), MemoryPartName.KVCache));
        MemoryPart? state = Part(model, 131_072, new MemoryRequest(), MemoryPartName.RecurrentState);
        Assert.Equal(new MemoryPart(MemoryPartName.RecurrentState, One, 4 * One), state);
    }

    /// <summary>rwkv7: (2 + 64) × 2,048 elements of 4 bytes in each of 24 layers.</summary>
    [Fact]
    public void A_recurrent_model_of_another_kind()
    {
        GgufFileWriter model = Model("rwkv7", 24, 2048, 0).Add("rwkv7.wkv.head_size", 64u).Add("rwkv7.token_shift_count", 2u);

        Assert.Equal(24L * 66 * 2048 * 4, Part(model, 4096, new MemoryRequest(), MemoryPartName.RecurrentState)!.LowBytes);
    }

    /// <summary>
    /// A hybrid (qwen3next): every fourth of 8 layers attends, 2 × 2 heads × (256 + 256) × 2 = 4,096 bytes a token; the six
    /// others keep (4 − 1) × (4,096 + 2 × 16 × 128) + 128 × 4,096 = 548,864 elements each. A plain sum would take all eight.
    /// </summary>
    [Fact]
    public void A_hybrid_by_the_rule_of_the_architecture()
    {
        GgufFileWriter model = Model("qwen3next", 8, 2048, 16)
            .Add("qwen3next.attention.head_count_kv", 2u).Add("qwen3next.attention.key_length", 256u).Add("qwen3next.attention.value_length", 256u)
            .Add("qwen3next.ssm.conv_kernel", 4u).Add("qwen3next.ssm.inner_size", 4096u).Add("qwen3next.ssm.state_size", 128u).Add("qwen3next.ssm.group_count", 16u);

        Assert.Equal((4_096L * 16_384, 4_096L * 16_384), Cache(model, 16_384));
        Assert.Equal(6L * 548_864 * 4, Part(model, 16_384, new MemoryRequest(), MemoryPartName.RecurrentState)!.LowBytes);
    }

    /// <summary>A hybrid by its heads (jamba): 1 of 4 layers attends; 8 × (128 + 128) × 2 = 4,096 bytes a token.</summary>
    [Fact]
    public void A_hybrid_by_its_heads()
    {
        GgufFileWriter model = Model("jamba", 4, 4096, 32)
            .Add("jamba.attention.head_count_kv", GgufFileWriter.ArrayOf(0, 0, 8, 0))
            .Add("jamba.ssm.conv_kernel", 4u).Add("jamba.ssm.inner_size", 8192u).Add("jamba.ssm.state_size", 16u);

        Assert.Equal((4_096L * 2048, 4_096L * 2048), Cache(model, 2048));
        Assert.Equal(3L * ((3 * 8192) + (16 * 8192)) * 4, Part(model, 2048, new MemoryRequest(), MemoryPartName.RecurrentState)!.LowBytes);
    }

    /// <summary>q8_0 takes 34 bytes for 32 elements, q4_0 18: 28 × 4 × 128 × (34 + 18) / 32 = 23,296 bytes a token.</summary>
    [Fact]
    public void Cache_types()
    {
        GgufFileWriter model = Model("qwen2", 28, 3584, 28).Add("qwen2.attention.head_count_kv", 4u);

        Assert.Equal((23_296L * 4096, 23_296L * 4096), Cache(model, 4096, new MemoryRequest { KeyType = "q8_0", ValueType = "q4_0" }));
    }

    /// <summary>Room is made for a multiple of 256 tokens.</summary>
    [Fact]
    public void A_context_is_padded()
    {
        GgufFileWriter model = Model("qwen2", 28, 3584, 28).Add("qwen2.attention.head_count_kv", 4u);

        Assert.Equal((57_344L * 1280, 57_344L * 1280), Cache(model, 1025));
    }

    [Fact]
    public void A_window_of_which_no_layers_are_known_is_counted_in_full_and_said()
    {
        GgufFileWriter model = Model("brandnew", 4, 1024, 8).Add("brandnew.attention.sliding_window", 512u);
        MemoryEstimate estimate = Estimate(model, new MemoryRequest { ContextWindow = 4096 });

        Assert.Equal(4L * 8 * (128 + 128) * 2 * 4096, estimate.Parts.Single(part => part.Name == MemoryPartName.KVCache).HighBytes);
        Assert.Equal(MemoryConfidence.Medium, estimate.Confidence);
        Assert.Contains("sliding window", Assert.Single(estimate.Notes), StringComparison.Ordinal);
    }

    /// <summary>Figures whose parts fit and whose sum doesn't.</summary>
    [Fact]
    public void Figures_that_no_model_has_leave_the_weights_alone()
    {
        GgufFileWriter model = Model("llama", 1, 4096, 1)
            .Add("llama.attention.key_length", 1UL << 40).Add("llama.attention.value_length", 1UL << 41).Add("llama.feed_forward_length", 1UL << 48);

        MemoryEstimate estimate = Estimate(model, new MemoryRequest { ContextWindow = 1 << 20 });

        Assert.Equal(MemoryPartName.Weights, Assert.Single(estimate.Parts).Name);
        Assert.InRange(estimate.HighBytes, 1, 1 << 20);
        Assert.Contains("figures that no model has", Assert.Single(estimate.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_figures_of_its_layers_only_the_rest_is_counted()
    {
        MemoryEstimate estimate = Estimate(new GgufFileWriter().Add("general.architecture", "clip").Tensor("t", 1, 1, 2, 1 << 20), new MemoryRequest());

        Assert.Equal(MemoryConfidence.Low, estimate.Confidence);
        Assert.Equal(2 * MiB, estimate.Parts.Single(part => part.Name == MemoryPartName.Weights).HighBytes);
        Assert.DoesNotContain(estimate.Parts, part => part.Name == MemoryPartName.KVCache);
    }

    private static GgufFileWriter Gemma3() => Model("gemma3", 12, 3840, 16)
        .Add("gemma3.attention.head_count_kv", 8u).Add("gemma3.attention.key_length", 256u).Add("gemma3.attention.value_length", 256u)
        .Add("gemma3.attention.sliding_window", 1024u);

    private static GgufFileWriter Model(string architecture, uint layers, uint embedding, uint heads) => new GgufFileWriter()
        .Add("general.architecture", architecture)
        .Add($"{architecture}.block_count", layers)
        .Add($"{architecture}.embedding_length", embedding)
        .Add($"{architecture}.attention.head_count", heads)
        .Tensor("token_embd.weight", 1, 1, 2, embedding, 8);

    private static (long Low, long High) Cache(GgufFileWriter model, long context, MemoryRequest? request = null)
    {
        MemoryPart part = Part(model, context, request ?? new MemoryRequest(), MemoryPartName.KVCache)!;
        return (part.LowBytes, part.HighBytes);
    }

    private static MemoryPart? Part(GgufFileWriter model, long context, MemoryRequest request, string name) =>
        Estimate(model, request with { ContextWindow = context }).Parts.SingleOrDefault(part => part.Name == name);

    private static MemoryEstimate Estimate(GgufFileWriter model, MemoryRequest request)
    {
        byte[] file = model.ToArray();
        GgufHeader header = GgufHeaderReader.ReadAsync(new MemoryByteSource(file), null, Token).GetAwaiter().GetResult();
        return new MemoryEstimator(header.Metadata, header.Tensors, file.Length).Estimate(request);
    }
}
