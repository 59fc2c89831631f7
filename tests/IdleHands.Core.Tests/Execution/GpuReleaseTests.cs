using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

/// <summary>The wait for GPU memory after a stop; the tool's answers change while it waits.</summary>
public sealed class GpuReleaseTests : IAsyncDisposable
{
    private const int Server = 4711;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly SmiTools _tools = new("sh");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _tools.DisposeAsync();

    [Fact]
    public async Task Waits_until_the_process_is_gone_and_its_memory_free()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200\n99, GPU-a, 2000");
        var reports = new List<(long MiB, TimeSpan Limit)>();

        string detail = await WaitAsync(before, Long, (left, _, limit) =>
        {
            reports.Add((left, limit));
            if (reports.Count == 1)
            {
                _tools.SetNvidia("0, GPU-a, 20512, 24564", "99, GPU-a, 2000"); // Gone, and not given back yet.
            }
            else
            {
                _tools.SetNvidia("0, GPU-a, 2300, 24564", "99, GPU-a, 2000");
            }
        });

        Assert.Matches(@"^18200 MiB of GPU memory were released after \d+\.\d s$", detail);
        Assert.Equal([(18200L, Long), (18200L, Long)], reports);
    }

    [Fact]
    public async Task What_is_free_at_once_is_not_waited_for()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");
        _tools.SetNvidia("0, GPU-a, 15, 24564", string.Empty);

        Assert.Matches(@"^18200 MiB of GPU memory were released after [01]\.\d s$", await WaitAsync(before, Long, (_, _, _) => Assert.Fail("nothing to wait for")));
    }

    [Fact]
    public async Task Each_gpu_must_have_its_memory_back()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 10015, 24564\n1, GPU-b, 12015, 24564", "4711, GPU-a, 10000\n4711, GPU-b, 12000");
        _tools.SetNvidia("0, GPU-a, 15, 24564\n1, GPU-b, 12015, 24564", string.Empty);
        var left = new List<long>();

        string detail = await WaitAsync(before, Long, (mib, _, _) =>
        {
            left.Add(mib);
            _tools.SetNvidia("0, GPU-a, 15, 24564\n1, GPU-b, 15, 24564", string.Empty);
        });

        Assert.Equal([12000L], left);
        Assert.StartsWith("22000 MiB of GPU memory were released", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(18200, 1800, true)]
    [InlineData(18200, 2100, false)]
    [InlineData(400, 250, true)]
    [InlineData(400, 300, false)]
    public async Task A_tenth_or_a_quarter_GiB_may_be_missing(int held, int missing, bool isEnough)
    {
        GpuSnapshot before = await SeeAsync($"0, GPU-a, {held}, 24564", $"4711, GPU-a, {held}");
        _tools.SetNvidia($"0, GPU-a, {missing}, 24564", string.Empty);

        string detail = await WaitAsync(before, TimeSpan.FromSeconds(0.3));

        Assert.Equal(
            isEnough ? $"{held} MiB of GPU memory were released" : $"{missing} MiB of GPU memory are still held after 0.3 s",
            isEnough ? detail[..detail.IndexOf(" after", StringComparison.Ordinal)] : detail);
    }

    [Fact]
    public async Task What_another_program_has_taken_meanwhile_is_not_waited_for()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");
        _tools.SetNvidia("0, GPU-a, 12300, 24564", "99, GPU-a, 12285");

        string detail = await WaitAsync(before, Long);

        Assert.Matches(@"^its processes hold no GPU memory any more after [2-9]\.\d s; 8212 of 18200 MiB became free, and 12300 MiB are in use by others$", detail);
    }

    [Fact]
    public async Task What_is_still_held_at_the_limit_is_told()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");

        Assert.Equal("18200 MiB of GPU memory are still held after 0.3 s", await WaitAsync(before, TimeSpan.FromSeconds(0.3)));
    }

    [Fact]
    public async Task Where_amounts_are_not_told_the_process_must_be_gone()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, [N/A], [N/A]", "4711, GPU-a, [N/A]");
        Assert.Equal("GPU memory is still held after 0.3 s", await WaitAsync(before, TimeSpan.FromSeconds(0.3)));
        _tools.SetNvidia("0, GPU-a, [N/A], [N/A]", string.Empty);

        Assert.Matches(@"^its processes hold no GPU memory any more after [2-9]\.\d s$", await WaitAsync(before, Long));
    }

    [Fact]
    public async Task The_memory_of_rocm_is_waited_for_as_a_whole()
    {
        _tools.SetRocm("""{"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "12884901888"}}""", """{"system": {"PID4711": "llama-server, 1, 11811160064, 0, 0"}}""");
        GpuSnapshot before = (await _tools.Memory.ReadAsync(Token))!;

        string detail = await WaitAsync(before, Long, (_, _, _) => _tools.SetRocm(
            """{"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "27262976"}}""", "WARNING: No JSON data to report"));

        Assert.StartsWith("11264 MiB of GPU memory were released", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0, GPU-a, 20512, 24564", "", "the host does not tell which processes hold GPU memory")]
    [InlineData("0, GPU-a, 20512, 24564", "99, GPU-a, 18200", "the host shows no GPU memory of its processes")]
    [InlineData("0, GPU-a, 15, 24564", "", "the host shows no GPU memory of its processes")]
    public async Task Where_nothing_is_told_of_the_processes_nothing_is_waited_for(string devices, string processes, string expected) =>
        Assert.Equal(expected, await WaitAsync(await SeeAsync(devices, processes), Long, (_, _, _) => Assert.Fail("nothing to wait for")));

    [Fact]
    public async Task A_tool_that_fails_meanwhile_ends_the_wait()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");

        Assert.Equal("the host ceased to tell of its GPU memory", await WaitAsync(before, Long, (_, _, _) => _tools.Install("nvidia-smi", "exit 9")));
    }

    [Fact]
    public async Task Ctrl_C_breaks_the_wait_off()
    {
        GpuSnapshot before = await SeeAsync("0, GPU-a, 20512, 24564", "4711, GPU-a, 18200");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new GpuRelease(_tools.Memory, TimeProvider.System).WaitAsync(before, [Server], Long, (_, _, _) => cancel.Cancel(), cancel.Token));
    }

    private async Task<GpuSnapshot> SeeAsync(string devices, string processes)
    {
        _tools.SetNvidia(devices, processes);
        return (await _tools.Memory.ReadAsync(Token))!;
    }

    private Task<string> WaitAsync(GpuSnapshot before, TimeSpan limit, Action<long, TimeSpan, TimeSpan>? report = null) =>
        new GpuRelease(_tools.Memory, TimeProvider.System).WaitAsync(before, [Server], limit, report ?? ((_, _, _) => { }), Token);
}
