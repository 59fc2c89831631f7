using IdleHands.Core.Tests.Hosts;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>A plan that knows the model's files and the host's memory.</summary>
public abstract class FitTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    private Task<RuntimePlan> PlanAsync(string id, bool requireFit = false) =>
        _ih.Selector.PlanAsync(new PlanRequest(id) { RequireFit = requireFit }, Token);

    [Fact]
    public async Task A_plan_shows_need_and_memory_of_the_host()
    {
        _ih.Add("small");

        MemoryFit fit = (await PlanAsync("small")).Fit!;

        Assert.Equal((FitStatus.Fits, "host", "/proc/meminfo"), (fit.Status, fit.Device, fit.Source));
        Assert.Equal(MemoryConfidence.High, fit.Estimated!.Confidence);
        Assert.Contains(fit.Estimated.Parts, part => part.Name == MemoryPartName.KVCache);
        Assert.Null(fit.Measured);
        long installed = 1024 * long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(fit.TotalBytes!.Value, 256 << 20, installed);
        Assert.InRange(fit.AvailableBytes!.Value, 64 << 20, fit.TotalBytes.Value);
    }

    [Fact]
    public async Task A_model_that_does_not_fit_is_a_warning_and_an_error_where_it_has_to()
    {
        _ih.ChangeHost(host => host with { VramGB = 0.1 });
        _ih.Add("small");

        RuntimePlan plan = await PlanAsync("small");
        PlanException error = await Assert.ThrowsAsync<PlanException>(() => PlanAsync("small", requireFit: true));
        SelectResult result = await _ih.StartAsync("small");

        Assert.Equal((FitStatus.DoesNotFit, "vram_gb"), (plan.Fit!.Status, plan.Fit.Source));
        Assert.Contains("does not fit", Assert.Single(plan.Warnings), StringComparison.Ordinal);
        Assert.Equal("ModelDoesNotFit", error.ErrorId);
        Assert.Equal("small", error.Target);
        Assert.Contains("does not fit", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_took_is_written_down_and_counts_in_the_next_plan()
    {
        _ih.Add("small", "--device CUDA0 -c 8192");
        await _ih.StartAsync("small");
        MeasuredMemory measured = _ih.Store.Read()!.Memory!;
        await _ih.StopAsync();

        MemoryFit fit = (await PlanAsync("small")).Fit!;
        _ih.ChangeHost(host => host with { VramGB = 1 });
        MemoryFit onGpu = (await PlanAsync("small")).Fit!;

        // 8,192 tokens of 32 KiB, 64 MiB of buffers, and the file.
        long gpu = (320L << 20) + (long)(Math.Round(new FileInfo(_ih.Weights.FilePath).Length / 1048576.0, 2) * 1048576);
        Assert.Equal((gpu, "server log"), (measured.GpuBytes, measured.Source));
        Assert.Equal(["model", "KV", "compute"], measured.Buffers.Select(buffer => buffer.Kind));
        Assert.InRange(measured.HostBytes!.Value, 1 << 20, 1L << 30);
        Assert.Equal((measured.HostBytes, MemoryConfidence.Measured), (fit.Need!.HighBytes, fit.Need.Confidence));
        Assert.NotNull(fit.Estimated);
        Assert.Equal(gpu, onGpu.Measured!.Parts.Single(part => part.Name == MemoryPartName.Measured).HighBytes);
    }

    [Fact]
    public async Task Another_context_is_estimated_anew()
    {
        _ih.Add("small", "-c 4096");
        await _ih.StartAsync("small");
        await _ih.StopAsync();
        _ih.Add("small", "-c 8192");

        Assert.Null((await PlanAsync("small")).Fit!.Measured);
    }

    [Fact]
    public async Task A_file_of_the_same_name_that_is_another_is_estimated_anew()
    {
        _ih.Add("small");
        await _ih.StartAsync("small");
        await _ih.StopAsync();
        GgufFileWriter.Model(blocks: 4).Save(_ih.Weights.FilePath);

        Assert.Null((await PlanAsync("small")).Fit!.Measured);
    }

    [Fact]
    public async Task A_server_that_has_not_loaded_its_weights_is_not_learned_from()
    {
        string path = Path.Combine(_ih.Weights.Directory, "large.gguf");
        new GgufFileWriter().Tensor("token_embd.weight", 1, 1, 2, 1 << 20, 4096).Save(path);
        _ih.Add("large", change: model => model with { Source = path });
        await _ih.StartAsync("large");

        Assert.Null(_ih.Store.Read()!.Memory);
    }

    [Fact]
    public async Task What_the_stop_frees_is_counted()
    {
        _ih.Add("small");
        _ih.Add("other");
        await _ih.StartAsync("small");

        MemoryFit fit = (await PlanAsync("other")).Fit!;

        Assert.InRange(fit.FreedBytes, 1 << 20, 1L << 30);
    }

    [Fact]
    public async Task What_is_kept_is_not_judged()
    {
        _ih.Add("small");
        await _ih.StartAsync("small");

        Assert.Null((await PlanAsync("small")).Fit);
    }

    [Fact]
    public async Task A_shard_that_lacks_is_a_warning_of_the_plan_and_an_error_of_the_select()
    {
        string path = GgufFileWriter.Model().SaveShards(_ih.Weights.Directory, "big", 3);
        File.Delete(path.Replace("00001-of", "00002-of", StringComparison.Ordinal));
        _ih.Add("big", change: model => model with { Source = path });

        RuntimePlan plan = await PlanAsync("big");
        SelectResult result = await _ih.SelectAsync("big");

        Assert.Contains("big-00002-of-00003.gguf", Assert.Single(plan.Warnings), StringComparison.Ordinal);
        Assert.Equal("SourceMissing", result.Failure!.ErrorId);
        Assert.Contains("big-00002-of-00003.gguf", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_is_found_out_before_anything_is_stopped()
    {
        _ih.Add("small");
        await _ih.StartAsync("small");
        string path = Path.Combine(_ih.Weights.Directory, "cut.gguf");
        GgufFileWriter.Model().Save(path);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length / 2);
        }

        _ih.Add("cut", change: model => model with { Source = path });
        SelectResult result = await _ih.SelectAsync("cut");

        Assert.Equal("GgufTruncated", result.Failure!.ErrorId);
        Assert.Contains("Nothing was stopped", result.Error, StringComparison.Ordinal);
        Assert.Equal(RuntimeStatus.Ready, _ih.Store.Read()!.Status);
        Assert.Equal("small", _ih.Store.Read()!.Id);
    }

    [Fact]
    public async Task The_probe_is_as_patient_as_the_files_of_all_shards_are_large()
    {
        string path = new GgufFileWriter().Tensor("token_embd.weight", 1, 1, 2, 1 << 20, 4096).SaveShards(_ih.Weights.Directory, "large", 2);
        using (FileStream second = File.OpenWrite(path.Replace("00001-of", "00002-of", StringComparison.Ordinal)))
        {
            second.SetLength(8L << 30);
        }

        _ih.Add("large", change: model => model with { Source = path, ProbeTimeoutSec = null, ProbeIntervalMs = null });

        PlanStep probe = (await PlanAsync("large")).Steps.Single(step => step.Kind == PlanStepKind.ProbeHealth);

        Assert.Equal((TimeSpan.FromSeconds(300), TimeSpan.FromMilliseconds(1200)), (probe.Timeout, probe.Interval));
        Assert.Contains("16.0 GiB", probe.Description, StringComparison.Ordinal);
    }
}

/// <summary>On this machine.</summary>
public sealed class LocalFitTests(LocalTransport transport) : FitTests(transport), IClassFixture<LocalTransport>;

/// <summary>Over a real sshd.</summary>
public sealed class SshFitTests(SshTransport transport) : FitTests(transport), IClassFixture<SshTransport>;
