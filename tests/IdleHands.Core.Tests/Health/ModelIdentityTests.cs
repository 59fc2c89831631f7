using IdleHands.Health;

namespace IdleHands.Core.Tests.Health;

public sealed class ModelIdentityTests
{
    [Theory]
    [InlineData("qwen", "qwen")]
    [InlineData("Qwen", "qwen")]
    [InlineData("/models/Qwen3-8B-Q4.gguf", "~/models/Qwen3-8B-Q4.gguf")]
    [InlineData("Qwen3-8B-Q4", "/models/Qwen3-8B-Q4.gguf")]
    [InlineData("Qwen3-8B-Q4.gguf", "/models/Qwen3-8B-Q4")]
    [InlineData(@"C:\models\q.gguf", "D:/other/q.gguf")]
    [InlineData("koboldcpp/q", "q.gguf")]
    [InlineData("llama3:latest", "llama3")]
    [InlineData("q.gguf", "https://example.org/r/resolve/q.gguf?download=true")]
    [InlineData("/models/awq", "/models/awq/")]
    public void Takes_names_of_one_model_for_the_same(string served, string expected) =>
        Assert.True(ModelIdentity.Matches([served], ["other", expected]));

    [Theory]
    [InlineData("qwen", "qwen2")]
    [InlineData("llama3:8b", "llama3:70b")]
    [InlineData("q-00001-of-00002.gguf", "q-00002-of-00002.gguf")]
    [InlineData("q.gguf", "q.bin")]
    [InlineData("", "")]
    [InlineData("/", "\\")]
    public void Tells_other_names_apart(string served, string expected) =>
        Assert.False(ModelIdentity.Matches([served], [expected]));

    [Fact]
    public void Matches_when_any_served_id_does() => Assert.True(ModelIdentity.Matches(["a", "b"], ["c", "b"]));
}
