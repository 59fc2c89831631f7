using System.Diagnostics;
using IdleHands.Core.Tests.Health;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>How the tools are asked, with scripts in their place.</summary>
public sealed class GpuMemoryTests
{
    private const string RocmDevices = """{"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "12884901888"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task Asks_nvidia_smi(string shell)
    {
        await using var tools = new SmiTools(shell);
        tools.SetNvidia("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");
        tools.SetRocm(RocmDevices, "{}");

        GpuSnapshot snapshot = (await tools.Memory.ReadAsync(Token))!;

        Assert.Equal(("GPU-a", 20512L), (snapshot.Devices[0].Id, snapshot.Devices[0].UsedMiB!.Value));
        Assert.Equal([new GpuUse(4711, "GPU-a", 18200)], snapshot.UsesOf([4711]));
    }

    [Fact]
    public async Task Asks_rocm_smi_where_there_is_no_nvidia_smi()
    {
        await using var tools = new SmiTools("sh");
        tools.SetRocm(RocmDevices, """{"system": {"PID4711": "llama-server, 1, 11811160064, 0, 0"}}""");

        Assert.Equal([new GpuUse(4711, null, 11264)], (await tools.Memory.ReadAsync(Token))!.Uses);
    }

    [Fact]
    public async Task Asks_rocm_smi_where_nvidia_smi_fails()
    {
        await using var tools = new SmiTools("sh");
        tools.Install("nvidia-smi", "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"; exit 9");
        tools.SetRocm(RocmDevices, "WARNING: No JSON data to report");

        Assert.Equal("card0", Assert.Single((await tools.Memory.ReadAsync(Token))!.Devices).Id);
    }

    [Fact]
    public async Task Where_no_tool_is_nothing_can_be_told()
    {
        await using var tools = new SmiTools("sh");

        Assert.Null(await tools.Memory.ReadAsync(Token));
    }

    [Fact]
    public async Task A_tool_that_fails_tells_nothing()
    {
        await using var tools = new SmiTools("sh");
        tools.Install("nvidia-smi", "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");

        Assert.Null(await tools.Memory.ReadAsync(Token));
    }

    [Fact]
    public async Task A_tool_that_hangs_is_ended_after_five_seconds()
    {
        await using var tools = new SmiTools("sh");
        tools.Install("nvidia-smi", "exec sleep 60");
        long start = Stopwatch.GetTimestamp();

        Assert.Null(await tools.Memory.ReadAsync(Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Ctrl_C_does_not_wait_for_the_tool()
    {
        await using var tools = new SmiTools("sh");
        tools.Install("nvidia-smi", "exec sleep 60");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<GpuSnapshot?> reading = tools.Memory.ReadAsync(cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_host_without_its_shell_tells_nothing()
    {
        await using var connection = new FakeConnection("h", (_, _) => throw new IdleHandsException("ShellNotFound", FailureKind.NotFound, "no shell"));

        Assert.Null(await new GpuMemory(connection, new RuntimeHost { Id = "h", DisplayName = "h" }).ReadAsync(Token));
    }
}
