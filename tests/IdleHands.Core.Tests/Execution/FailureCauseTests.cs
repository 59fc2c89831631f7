using IdleHands.Execution;

namespace IdleHands.Core.Tests.Execution;

public sealed class FailureCauseTests
{
    private static readonly RuntimeModel Model = new() { Id = "qwen", DisplayName = "Qwen", Source = "/m/q.gguf", StartCommand = "x" };

    [Theory]
    [InlineData(127, "sh: 1: llama-server: not found", "command not found")]
    [InlineData(126, "sh: 1: ./m.gguf: Permission denied", "not executable")]
    [InlineData(1, "main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080", "port in use")]
    [InlineData(1, "ERROR: [Errno 98] Address already in use", "port in use")]
    [InlineData(134, "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 20000.00 MiB on device 0: cudaMalloc failed: out of memory", "out of memory")]
    [InlineData(1, "error: invalid argument: --flash", "unknown option")]
    [InlineData(1, "gguf_init_from_file: failed to open GGUF file 'x' (No such file or directory)", "model file missing or corrupt")]
    [InlineData(1, "gguf_init_from_file_impl: invalid magic characters: 'XXXX', expected 'GGUF'", "model file missing or corrupt")]
    [InlineData(1, "open: Permission denied", "permission denied")]
    [InlineData(137, "", "killed (signal 9)")]
    [InlineData(139, "", "ended by signal 11")]
    public void The_cause_is_told_by_exit_code_and_log(int exitCode, string line, string expected) =>
        Assert.Equal(expected, FailureCause.Classify(exitCode, [line], Model)!.Name);

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void What_can_not_be_told_is_not_guessed(int? exitCode) =>
        Assert.Null(FailureCause.Classify(exitCode, ["something went wrong"], Model));

    [Fact]
    public void The_advice_names_the_model() =>
        Assert.Contains("Set-IHModel qwen -ContextWindow", FailureCause.Classify(1, ["out of memory"], Model)!.Advice, StringComparison.Ordinal);
}
