using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Core.Tests.Planning;

public sealed class FitJudgeTests
{
    private const long GiB = 1L << 30;

    private static readonly MemorySnapshot Rtx4090 = new()
    {
        Gpus = new GpuSnapshot([new GpuDevice("GPU-1", "0", 22 * 1024, 24 * 1024)], [new GpuUse(7, "GPU-1", 20 * 1024), new GpuUse(8, "GPU-1", 1024)]),
        TotalBytes = 64 * GiB,
        AvailableBytes = 32 * GiB,
        Source = "/proc/meminfo",
        Processes = [new ProcessMemory(7, 6 * GiB, 4 * GiB)],
    };

    [Theory]
    [InlineData(0.5, 0.9, FitStatus.Fits)]
    [InlineData(0.5, 1.1, FitStatus.Tight)] // A GiB of a device stays free.
    [InlineData(2.0, 4.0, FitStatus.Tight)]
    [InlineData(2.1, 4.0, FitStatus.DoesNotFit)]
    public void What_is_free_decides(double low, double high, string status) =>
        Assert.Equal(status, FitJudge.Judge(new FitFacts { Estimated = Need(low, high), Memory = Rtx4090 }).Status);

    [Fact]
    public void What_the_stop_frees_counts()
    {
        MemoryFit fit = FitJudge.Judge(new FitFacts { Estimated = Need(18, 20), Memory = Rtx4090, Stopped = [7], StopsSomething = true });

        Assert.Equal((FitStatus.Fits, 22 * GiB, 20 * GiB, 24 * GiB, "GPU", "nvidia-smi"), (fit.Status, fit.AvailableBytes, fit.FreedBytes, fit.TotalBytes, fit.Device, fit.Source));
        Assert.Equal(
            "fits: needs 18.0–20.0 GiB of GPU memory (estimated, confidence high); 22.0 GiB of 24.0 GiB will be free, 20.0 GiB of them by the stop (nvidia-smi)",
            fit.ToString());
    }

    [Fact]
    public void What_was_measured_comes_before_what_was_estimated()
    {
        MemoryFit fit = FitJudge.Judge(new FitFacts { Estimated = Need(1, 9), Measured = Need(1, 1), Memory = Rtx4090 });

        Assert.Equal(FitStatus.Fits, fit.Status);
        Assert.Equal("1.0 GiB", fit.Need!.ToString());
        Assert.Equal("1.0–9.0 GiB", fit.Estimated!.ToString());
    }

    [Fact]
    public void Where_the_host_hides_whose_memory_is_whose_nothing_is_refused_for_it()
    {
        MemorySnapshot container = Rtx4090 with { Gpus = new GpuSnapshot(Rtx4090.Gpus!.Devices, []) };

        MemoryFit hidden = FitJudge.Judge(new FitFacts { Estimated = Need(18, 20), Memory = container, Stopped = [7], StopsSomething = true });
        MemoryFit known = FitJudge.Judge(new FitFacts { Estimated = Need(18, 20), Memory = container, Stopped = [7], StopsSomething = true, StoppedGpuBytes = 20 * GiB });
        MemoryFit never = FitJudge.Judge(new FitFacts { Estimated = Need(25, 28), Memory = container, Stopped = [7], StopsSomething = true });

        Assert.Equal(FitStatus.Unknown, hidden.Status);
        Assert.Contains("what the stop will free", Assert.Single(hidden.Notes), StringComparison.Ordinal);
        Assert.Equal(FitStatus.Fits, known.Status);
        Assert.Equal(FitStatus.DoesNotFit, never.Status);
    }

    [Fact]
    public void Devices_that_the_server_does_not_see_do_not_count()
    {
        MemorySnapshot two = Rtx4090 with { Gpus = new GpuSnapshot([.. Rtx4090.Gpus!.Devices, new GpuDevice("GPU-2", "1", 0, 24 * 1024)], Rtx4090.Gpus.Uses) };

        Assert.Equal(26 * GiB, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = two }).AvailableBytes);
        Assert.Equal(2 * GiB, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = two, VisibleGpus = new NameList("0") }).AvailableBytes);
        Assert.Equal(24 * GiB, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = two, VisibleGpus = new NameList("GPU-2"), Stopped = [7], StopsSomething = true }).AvailableBytes);
    }

    [Fact]
    public void One_device_of_several_is_the_one_with_the_most_room()
    {
        MemorySnapshot two = Rtx4090 with { Gpus = new GpuSnapshot([.. Rtx4090.Gpus!.Devices, new GpuDevice("GPU-2", "1", 10 * 1024, 24 * 1024)], Rtx4090.Gpus.Uses) };

        Assert.Equal(14 * GiB, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = two, IsOnOneGpu = true }).AvailableBytes);
        Assert.Equal(22 * GiB, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = two, IsOnOneGpu = true, Stopped = [7], StopsSomething = true }).AvailableBytes);
    }

    [Fact]
    public void For_a_backend_of_GPUs_the_memory_of_the_host_is_no_stand_in()
    {
        MemorySnapshot blind = Rtx4090 with { Gpus = null };

        Assert.Equal(FitStatus.Unknown, FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = blind, NeedsGpu = true }).Status);
        Assert.Equal("host", FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = blind }).Device);
        Assert.Equal("GPU", FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = blind, NeedsGpu = true, DeclaredGB = 24 }).Device);
    }

    [Fact]
    public void Declared_memory_stands_in_for_a_tool()
    {
        MemoryFit fit = FitJudge.Judge(new FitFacts { Estimated = Need(20, 24), DeclaredGB = 24, Memory = Rtx4090 with { Gpus = null } });

        Assert.Equal((FitStatus.Tight, "GPU", "vram_gb", 24 * GiB), (fit.Status, fit.Device, fit.Source, fit.AvailableBytes));
        Assert.NotEmpty(fit.Notes);
    }

    [Fact]
    public void A_processor_takes_the_memory_of_the_host()
    {
        MemoryFit fit = FitJudge.Judge(new FitFacts { Estimated = Need(30, 34), Memory = Rtx4090, IsProcessorOnly = true, Stopped = [7], StopsSomething = true });

        Assert.Equal((FitStatus.Fits, "host", "/proc/meminfo", 36 * GiB, 4 * GiB), (fit.Status, fit.Device, fit.Source, fit.AvailableBytes, fit.FreedBytes));
    }

    [Fact]
    public void A_split_model_takes_both()
    {
        MemoryFit fit = FitJudge.Judge(new FitFacts { Estimated = Need(30, 33), Memory = Rtx4090, IsSplit = true });

        Assert.Equal((FitStatus.Fits, "GPU and host", 34 * GiB), (fit.Status, fit.Device, fit.AvailableBytes));
    }

    [Fact]
    public void Memory_that_is_shared_is_that_of_the_host()
    {
        MemorySnapshot shared = Rtx4090 with { Gpus = new GpuSnapshot([new GpuDevice("GPU-1", "0", null, null)], []) };

        Assert.Equal("host", FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = shared }).Device);
        Assert.Equal("host", FitJudge.Judge(new FitFacts { Estimated = Need(1, 2), Memory = Rtx4090 with { Gpus = null, IsUnified = true }, DeclaredGB = 24 }).Device);
    }

    [Fact]
    public void Without_a_need_or_a_host_that_tells_it_is_unknown()
    {
        Assert.Equal("unknown: what it needs is not known; 2.0 GiB of 24.0 GiB are free (nvidia-smi)", FitJudge.Judge(new FitFacts { Memory = Rtx4090 }).ToString());
        Assert.Equal(
            "unknown: needs 1.0–2.0 GiB (estimated, confidence high); what the host has is not known",
            FitJudge.Judge(new FitFacts { Estimated = Need(1, 2) }).ToString());
    }

    private static MemoryEstimate Need(double low, double high) => new()
    {
        Parts = [new MemoryPart(MemoryPartName.Weights, (long)(low * GiB), (long)(high * GiB))],
        Confidence = MemoryConfidence.High,
    };
}
