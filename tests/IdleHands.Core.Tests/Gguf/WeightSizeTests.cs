using IdleHands.Gguf;

namespace IdleHands.Core.Tests.Gguf;

public sealed class WeightSizeTests
{
    [Theory]
    [InlineData("x-120B-mxfp4.gguf", 120, 4.8)]
    [InlineData("Qwen3-Coder-30B-A3B-Q4_K_M.gguf", 30, 4.8)]
    [InlineData("Mixtral-8x7B-Q5_K_M.gguf", 56, 5.7)]
    [InlineData("qwen2.5-1.5b-q8_0.gguf", 1.5, 8.5)]
    [InlineData("/models/llama-3.1-8B-Q6_K.gguf", 8, 6.6)]
    [InlineData("a-7B-IQ3_XXS.gguf", 7, 3.9)]
    [InlineData("a-7B-Q2_K.gguf", 7, 3.0)]
    [InlineData("a-7B-IQ1_S.gguf", 7, 3.0)]
    [InlineData("a-7B-F16.gguf", 7, 16)]
    [InlineData("a-7B-BF16.gguf", 7, 16)]
    [InlineData("a-7B.gguf", 7, 16)]
    [InlineData("gemma-270M-Q8_0.gguf", 0.27, 8.5)]
    [InlineData("kimi-1T-Q4_K_M.gguf", 1000, 4.8)]
    [InlineData("Qwen2.5-7B-Instruct-1M-Q4_K_M.gguf", 7, 4.8)]
    [InlineData("hf:org/Qwen3-30B-A3B-GGUF:Q4_K_M", 30, 4.8)]
    [InlineData("/models/a-7B-GPTQ-Int8/model.safetensors", 7, 8.5)]
    [InlineData("org/a-7B-AWQ", 7, 4.8)]
    [InlineData("mlx/a-7B-4bit", 7, 4.8)]
    [InlineData("/models/reasoner-120B-mxfp4-00001-of-00004.gguf", 120, 4.8)]
    public void Estimates_from_parameters_and_quantization_of_the_name(string source, double billions, double bits)
    {
        WeightSize size = WeightSize.Of(null, source);
        Assert.Equal(billions * 1e9 * bits / 8 / (1L << 30), size.GiB!.Value, 6);
        Assert.Equal("name", size.Origin);
    }

    [Theory]
    [InlineData("tiny.gguf")]
    [InlineData("qwen-Q4_K_M.gguf")]
    [InlineData("model-v2.gguf")]
    [InlineData("30b7.gguf")]
    [InlineData("x-A3B.gguf")]
    [InlineData("Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf")]
    [InlineData("org/Llama-4-Maverick-17B-128E")]
    [InlineData("gemma-3n-E4B-it-Q8_0.gguf")]
    [InlineData("")]
    public void Says_so_where_the_name_tells_nothing(string source) => Assert.Equal(new WeightSize(null, "unknown"), WeightSize.Of(null, source));

    [Fact]
    public void Believes_the_files_before_the_name() =>
        Assert.Equal(new WeightSize(2, "files"), WeightSize.Of(2L << 30, "a-120B-Q8_0.gguf"));

    [Fact]
    public void Does_not_believe_in_files_without_bytes() => Assert.Equal("name", WeightSize.Of(0, "a-7B.gguf").Origin);

    [Theory]
    [InlineData(3L << 29, "x", "1.5 GiB")]
    [InlineData(null, "a-14B-Q5_K_M.gguf", "about 9.3 GiB, from the name")]
    [InlineData(null, "x", "size unknown")]
    public void Prints_where_the_figure_comes_from(long? bytes, string source, string expected) =>
        Assert.Equal(expected, WeightSize.Of(bytes, source).ToString());
}
