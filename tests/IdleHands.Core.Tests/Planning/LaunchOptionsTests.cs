using IdleHands.Planning;

namespace IdleHands.Core.Tests.Planning;

public sealed class LaunchOptionsTests
{
    [Theory]
    [InlineData("llama-server -m {source} -c 8192", 8192L)]
    [InlineData("llama-server -m {source} --ctx-size=8192 -c {context_window}", 32768L)]
    [InlineData("bash -c 'exec llama-server --ctx-size 4096'", 4096L)]
    [InlineData("/opt/llama/llama-server -m {source}", null)]
    [InlineData("llama-server.exe -m {source}", null)]
    [InlineData("vllm serve {source} --max-model-len 16384", 16384L)]
    [InlineData("my-server {source}", 32768L)]
    [InlineData("llama-server -c nonsense", null)]
    public void The_context_is_what_the_server_will_take(string command, long? context) =>
        Assert.Equal(context, Read(command).Request.ContextWindow);

    [Fact]
    public void What_is_not_said_is_the_servers_default()
    {
        LaunchOptions options = Read("llama-server -m {source}");

        Assert.Equal(("f16", "f16", 512, null, false), (options.Request.KeyType, options.Request.ValueType, options.Request.MicroBatch, options.Request.Parallel, options.Request.FullWindow));
        Assert.False(options.IsSplit || options.IsProcessorOnly);
        Assert.Empty(options.SidecarPaths);
    }

    [Fact]
    public void Options_of_memory_are_read_also_from_the_backend()
    {
        LaunchOptions options = Read("llama-server -m {source} {backend_args} -np 2 --swa-full --mmproj '/m/mmproj.gguf'", "-ctk", "q8_0", "--cache-type-v=q4_0", "-ub", "1024");

        Assert.Equal(("q8_0", "q4_0", 1024, 2, true), (options.Request.KeyType, options.Request.ValueType, options.Request.MicroBatch, options.Request.Parallel, options.Request.FullWindow));
        Assert.Equal(new NameList("/m/mmproj.gguf"), options.SidecarPaths);
    }

    [Fact]
    public void Arguments_that_the_command_does_not_ask_for_do_not_count() =>
        Assert.Equal("f16", Read("llama-server -m {source}", "-ctk", "q8_0").Request.KeyType);

    [Theory]
    [InlineData("-ngl 0", true, false)]
    [InlineData("-ngl 10", false, true)]
    [InlineData("-ngl 99", false, false)]
    [InlineData("--cpu-moe", false, true)]
    [InlineData("-ot exps=CPU", false, true)]
    [InlineData("-ngl auto", false, false)]
    public void What_is_left_to_the_processor_is_told(string option, bool isProcessorOnly, bool isSplit)
    {
        LaunchOptions options = Read("llama-server -m {source} " + option);

        Assert.Equal((isProcessorOnly, isSplit), (options.IsProcessorOnly, options.IsSplit));
    }

    private static LaunchOptions Read(string command, params string[] arguments) => LaunchOptions.Read(command, arguments, 32_768, layers: 48);
}
