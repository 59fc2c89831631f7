using IdleHands.Planning;

namespace IdleHands.Core.Tests.Planning;

public sealed class LaunchOptionsTests
{
    [Theory]
    [InlineData("llama-server -m {source} -c 8192", 8192L)]
    [InlineData("llama-server -m {source} -c 0", null)]
    [InlineData("my-server -m {source} --ctx-size 0", null)]
    [InlineData("taskset -c 4 llama-server -m {source}", null)]
    [InlineData("taskset -c 4 my-server -m {source}", 32768L)]
    [InlineData("docker run -c 512 ghcr.io/ggml-org/llama.cpp:server -m /m/a.gguf -c 2048", 2048L)]
    [InlineData("C:\\llama\\llama-server.exe -m {source} -c 2048", 2048L)]
    [InlineData("llama-server -m {source} --ctx-size=8192 -c 32768", 32768L)]
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
    public void Options_of_memory_are_read()
    {
        LaunchOptions options = Read("llama-server -m {source} -ctk q8_0 --cache-type-v=q4_0 -ub 1024 -np 2 --swa-full --mmproj '/m/my mmproj.gguf'");

        Assert.Equal(("q8_0", "q4_0", 1024, 2, true), (options.Request.KeyType, options.Request.ValueType, options.Request.MicroBatch, options.Request.Parallel, options.Request.FullWindow));
        Assert.Equal(new NameList("/m/my mmproj.gguf"), options.SidecarPaths);
    }

    [Theory]
    [InlineData("-ngl 0", true, false)]
    [InlineData("-ngl 10", false, true)]
    [InlineData("-ngl 99", false, false)]
    [InlineData("--cpu-moe", false, true)]
    [InlineData("-ot exps=CPU", false, true)]
    [InlineData("-ngl auto", false, false)]
    [InlineData("-dev none", true, false)]
    [InlineData("--device CUDA0", false, false)]
    public void What_is_left_to_the_processor_is_told(string option, bool isProcessorOnly, bool isSplit)
    {
        LaunchOptions options = Read("llama-server -m {source} " + option);

        Assert.Equal((isProcessorOnly, isSplit), (options.IsProcessorOnly, options.IsSplit));
    }

    [Theory]
    [InlineData("llama-server -m {source}", false)]
    [InlineData("llama-server -m {source} -sm none", true)]
    [InlineData("vllm serve x", true)]
    [InlineData("vllm serve x --tensor-parallel-size 2", false)]
    [InlineData("python3 -m sglang.launch_server --model-path x --tp 1", true)]
    public void Servers_that_use_one_device_are_told(string command, bool isOnOne) => Assert.Equal(isOnOne, Read(command).IsOnOneGpu);

    [Theory]
    [InlineData("CUDA_VISIBLE_DEVICES=1,2 llama-server -m {source}", "1, 2")]
    [InlineData("env HIP_VISIBLE_DEVICES=0 llama-server -m {source}", "0")]
    [InlineData("$env:CUDA_VISIBLE_DEVICES='3'; llama-server -m {source}", "3")]
    [InlineData("set \"CUDA_VISIBLE_DEVICES=3\" && llama-server -m {source}", "3")]
    [InlineData("llama-server -m {source}", null)]
    public void Devices_that_the_server_may_see_are_told(string command, string? devices) => Assert.Equal(devices, Read(command).VisibleGpus?.ToString());

    private static LaunchOptions Read(string command) => LaunchOptions.Read(command, 32_768, layers: 48);
}
