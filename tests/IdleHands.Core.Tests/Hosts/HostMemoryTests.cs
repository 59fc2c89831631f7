using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>What systems print about memory, read from what they were seen to print.</summary>
public sealed class HostMemoryTests
{
    private const long KiB = 1024;

    private const string MemInfo = """
        MemTotal:       65784932 kB
        MemFree:         1893120 kB
        MemAvailable:   48210432 kB
        Buffers:          912340 kB
        Cached:         44120012 kB
        """;

    private const string Mac = """
        hw.memsize: 68719476736
        Mach Virtual Memory Statistics: (page size of 16384 bytes)
        Pages free:                             1000000.
        Pages active:                            900000.
        Pages inactive:                          500000.
        Pages speculative:                        20000.
        Pages throttled:                              0.
        Pages wired down:                        300000.
        Pages purgeable:                          10000.
        "Translation faults":                 123456789.
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Linux_tells_what_programs_may_take()
    {
        MemorySnapshot memory = HostMemory.ParseMemory(MemInfo.Split('\n'));

        Assert.Equal((65_784_932 * KiB, 48_210_432 * KiB, "/proc/meminfo", false), (memory.TotalBytes, memory.AvailableBytes, memory.Source, memory.IsUnified));
    }

    [Fact]
    public void A_kernel_without_MemAvailable_is_understood()
    {
        MemorySnapshot memory = HostMemory.ParseMemory(MemInfo.Split('\n').Where(line => !line.StartsWith("MemAvailable", StringComparison.Ordinal)));

        Assert.Equal((1_893_120 + 44_120_012) * KiB, memory.AvailableBytes);
    }

    [Fact]
    public void A_container_has_what_it_may_use()
    {
        MemorySnapshot memory = HostMemory.ParseMemory([.. MemInfo.Split('\n'), "limit 8589934592", "used 6442450944", "anon 100", "inactive_file 1073741824"]);
        MemorySnapshot unlimited = HostMemory.ParseMemory([.. MemInfo.Split('\n'), "limit max", "used 6442450944"]);

        Assert.Equal((8L << 30, 3L << 30), (memory.TotalBytes, memory.AvailableBytes));
        Assert.Equal(65_784_932 * KiB, unlimited.TotalBytes);
    }

    [Fact]
    public void A_Mac_shares_its_memory_with_the_GPU()
    {
        MemorySnapshot memory = HostMemory.ParseMemory(Mac.Split('\n'));

        Assert.Equal((64L << 30, 1_530_000L * 16_384, "sysctl", true), (memory.TotalBytes, memory.AvailableBytes, memory.Source, memory.IsUnified));
    }

    [Fact]
    public void Windows_is_told_apart()
    {
        MemorySnapshot memory = HostMemory.ParseMemory(["windows 1", "MemTotal: 33423920", "MemAvailable: 20000000"]);

        Assert.Equal((33_423_920 * KiB, 20_000_000 * KiB, "Windows"), (memory.TotalBytes, memory.AvailableBytes, memory.Source));
    }

    [Fact]
    public void Processes_are_read_of_Linux_and_of_ps() => Assert.Equal(
        [new ProcessMemory(7, 3000 * KiB, 2100 * KiB), new ProcessMemory(8, 512 * KiB, null)],
        HostMemory.ParseProcesses(["process 7", "Name:\tllama-server", "VmRSS:\t    3000 kB", "RssAnon:\t    2000 kB", "RssFile:\t     900 kB", "RssShmem:\t     100 kB", "process 8", "   512", "process 9"]));

    [Fact]
    public void Gpus_and_the_rest_come_out_of_one_command()
    {
        MemorySnapshot memory = HostMemory.Parse($"""
            {GpuOutput.NvidiaDevices}
            0, GPU-1, 20000, 24000
            {GpuOutput.NvidiaProcesses}
            7, GPU-1, 19000
            {HostMemory.MemoryMark}
            {MemInfo}
            {HostMemory.ProcessesMark}
            process 7
            VmRSS:	3000 kB
            """)!;

        Assert.Equal(20_000, memory.Gpus!.UsedMiB(null));
        Assert.Equal(19_000, Assert.Single(memory.Gpus.Uses).MiB);
        Assert.Equal(65_784_932 * KiB, memory.TotalBytes);
        Assert.Equal(7, Assert.Single(memory.Processes).ProcessId);
    }

    [Fact]
    public void Nothing_is_made_of_nothing() => Assert.Null(HostMemory.Parse("sh: 1: syntax error"));

    /// <summary>Of an output only the last 64 KiB are kept: what is asked of each process has to be short.</summary>
    [Fact]
    public async Task Hundreds_of_processes_leave_room_for_the_rest()
    {
        await using var tools = new SmiTools("sh");
        tools.SetNvidia("0, GPU-1, 20000, 24000", string.Empty);

        MemorySnapshot memory = (await HostMemory.ReadAsync(tools.Connection, "sh", [.. Enumerable.Repeat(Environment.ProcessId, 300)], Token))!;

        Assert.Equal(300, memory.Processes.Count);
        Assert.NotNull(memory.TotalBytes);
        Assert.Equal(20_000, memory.Gpus!.UsedMiB(null));
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task A_tool_that_hangs_costs_the_GPUs_alone(string shell)
    {
        await using var tools = new SmiTools(shell);
        tools.Install("nvidia-smi", "sleep 60");

        MemorySnapshot memory = (await HostMemory.ReadAsync(tools.Connection, shell, [], Token))!;

        Assert.Null(memory.Gpus);
        Assert.NotNull(memory.AvailableBytes);
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task A_shell_answers_with_a_tool_for_GPUs_and_without(string shell)
    {
        await using var tools = new SmiTools(shell);
        MemorySnapshot without = (await HostMemory.ReadAsync(tools.Connection, shell, [Environment.ProcessId], Token))!;
        tools.SetNvidia("0, GPU-1, 20000, 24000", $"{Environment.ProcessId}, GPU-1, 19000");
        MemorySnapshot with = (await HostMemory.ReadAsync(tools.Connection, shell, [Environment.ProcessId], Token))!;

        Assert.Null(without.Gpus);
        Assert.NotNull(without.AvailableBytes);
        Assert.Equal(Environment.ProcessId, Assert.Single(without.Processes).ProcessId);
        Assert.Equal(19_000, Assert.Single(with.Gpus!.Uses).MiB);
        Assert.NotNull(with.AvailableBytes);
    }

    [Fact]
    public void Cmd_asks_PowerShell_for_what_it_has_no_words_for() =>
        Assert.Contains("echo #memory& powershell -NoProfile", HostMemory.CommandFor(ShellDialect.Cmd, []), StringComparison.Ordinal);
}
