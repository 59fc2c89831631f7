using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What nvidia-smi and rocm-smi print, in several versions and moods, and what is read out of it.</summary>
public sealed class GpuOutputTests
{
    [Fact]
    public void Reads_gpus_and_who_holds_their_memory()
    {
        GpuSnapshot snapshot = GpuOutput.Read("""
            #nvidia-gpus
            0, GPU-4f2a, 20512, 24564
            1, GPU-9b1c, 15, 24564
            #nvidia-processes
            4711, GPU-4f2a, 18200
            4712, GPU-4f2a, 2048
            """)!;

        Assert.Equal([new GpuDevice("GPU-4f2a", "0", 20512, 24564), new GpuDevice("GPU-9b1c", "1", 15, 24564)], snapshot.Devices);
        Assert.Equal([new GpuUse(4711, "GPU-4f2a", 18200), new GpuUse(4712, "GPU-4f2a", 2048)], snapshot.Uses);
        Assert.False(snapshot.HidesProcesses);
    }

    [Fact]
    public void Reads_what_Windows_and_old_versions_print()
    {
        GpuSnapshot snapshot = GpuOutput.Read("#nvidia-gpus\r\n0, GPU-4f2a, 20512 MiB, 24564 MiB\r\n#nvidia-processes\r\n4711, GPU-4f2a, [N/A]\r\n")!;

        Assert.Equal([new GpuDevice("GPU-4f2a", "0", 20512, 24564)], snapshot.Devices);
        Assert.Equal([new GpuUse(4711, "GPU-4f2a", null)], snapshot.Uses);
    }

    [Theory]
    [InlineData("[N/A]")]
    [InlineData("[Not Supported]")]
    [InlineData("[Insufficient Permissions]")]
    [InlineData("[Unknown Error]")]
    public void What_is_not_supported_is_not_told(string text)
    {
        GpuSnapshot snapshot = GpuOutput.Read($"#nvidia-gpus\n0, GPU-4f2a, {text}, {text}\n#nvidia-processes\n4711, GPU-4f2a, {text}\n")!;

        Assert.Equal([new GpuDevice("GPU-4f2a", "0", null, null)], snapshot.Devices);
        Assert.Null(Assert.Single(snapshot.Uses).MiB);
        Assert.Null(snapshot.UsedMiB(null));
    }

    [Fact]
    public void A_gpu_that_is_split_shows_its_parts_as_others()
    {
        GpuSnapshot snapshot = GpuOutput.Read("#nvidia-gpus\n0, GPU-4f2a, 20512, 81559\n#nvidia-processes\n4711, MIG-77d0, 18200\n")!;

        Assert.Null(snapshot.UsedMiB("MIG-77d0"));
        Assert.Equal(20512, snapshot.UsedMiB(null));
    }

    [Theory]
    [InlineData("No running processes found")]
    [InlineData("[Not Found], GPU-4f2a, [N/A]")]
    [InlineData("")]
    public void A_container_shows_memory_in_use_and_no_process(string processes)
    {
        GpuSnapshot snapshot = GpuOutput.Read($"#nvidia-gpus\n0, GPU-4f2a, 20512, 24564\n#nvidia-processes\n{processes}\n")!;

        Assert.Empty(snapshot.Uses);
        Assert.True(snapshot.HidesProcesses);
    }

    [Fact]
    public void An_idle_gpu_hides_nobody() =>
        Assert.False(GpuOutput.Read("#nvidia-gpus\n0, GPU-4f2a, 430, 24564\n#nvidia-processes\n")!.HidesProcesses);

    [Theory]
    [InlineData("")]
    [InlineData("#nvidia-gpus\n")]
    [InlineData("#nvidia-gpus\nNVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n")]
    [InlineData("#nvidia-gpus\nFailed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.90\n")]
    [InlineData("#nvidia-gpus\nNo devices were found\n")]
    [InlineData("#nvidia-gpus\nUnable to determine the device handle for GPU 0000:01:00.0: Unknown Error\n")]
    [InlineData("#nvidia-gpus\nField \"memory.usd\" is not a valid field to query.\n")]
    [InlineData("#rocm-gpus\nWARNING: No JSON data to report\n")]
    [InlineData("#rocm-gpus\nERROR:root:Driver not initialized (amdgpu not found in modules)\n")]
    [InlineData("#rocm-gpus\n{\"card0\": {\"VRAM Total")]
    [InlineData("0, GPU-4f2a, 20512, 24564\n")]
    public void Where_no_gpu_is_named_nothing_can_be_told(string output) => Assert.Null(GpuOutput.Read(output));

    [Fact]
    public void Reads_gpus_and_processes_of_rocm_smi()
    {
        GpuSnapshot snapshot = GpuOutput.Read("""
            #nvidia-gpus
            #rocm-gpus
            WARNING: AMD GPU device(s) is/are in a low-power state. Check power control/runtime_status

            {"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "12884901888"}, "card1": {"VRAM Total Memory (B)": "536870912", "VRAM Total Used Memory (B)": "N/A"}}
            #rocm-processes
            {"system": {"PID4711": "llama-server, 1, 11811160064, 0, 0", "PID4712": "python3, -m, x, 1, 1048576, 0, unknown", "PID4713": "UNKNOWN, 0, UNKNOWN, 0, 0"}}
            """)!;

        Assert.Equal([new GpuDevice("card0", "0", 12288, 16368), new GpuDevice("card1", "1", null, 512)], snapshot.Devices);
        Assert.Equal([new GpuUse(4711, null, 11264), new GpuUse(4712, null, 1), new GpuUse(4713, null, null)], snapshot.Uses);
    }

    [Fact]
    public void Reads_the_gpus_of_rocm_smi_where_nobody_uses_them()
    {
        GpuSnapshot snapshot = GpuOutput.Read("""
            #rocm-gpus
            {"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "27262976"}}
            #rocm-processes
            WARNING: No JSON data to report
            """)!;

        Assert.Equal([new GpuDevice("card0", "0", 26, 16368)], snapshot.Devices);
        Assert.Empty(snapshot.Uses);
    }

    [Fact]
    public void The_command_for_cmd_quotes_what_cmd_would_split_and_hides_what_is_missing()
    {
        string command = GpuMemory.CommandFor(ShellDialect.Cmd);

        Assert.Contains("\"--query-gpu=index,uuid,memory.used,memory.total\" \"--format=csv,noheader,nounits\"", command, StringComparison.Ordinal);
        Assert.Equal(2, command.Split("2>nul").Length - 1);
        Assert.DoesNotContain('\'', command);
        Assert.DoesNotContain(" &&", command, StringComparison.Ordinal);
    }
}
