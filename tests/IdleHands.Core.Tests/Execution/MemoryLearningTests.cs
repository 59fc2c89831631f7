using IdleHands.Execution;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

/// <summary>What servers and tools say of memory, read from what they were seen to print.</summary>
public sealed class MemoryLearningTests
{
    private const double MiB = 1 << 20;

    /// <summary>As llama-server b6000 and later log it, with and without time stamps.</summary>
    private const string Cuda = """
        load_tensors: offloading 48 repeating layers to GPU
        load_tensors: offloaded 49/49 layers to GPU
        load_tensors:   CPU_Mapped model buffer size =   166.92 MiB
        load_tensors:        CUDA0 model buffer size = 17524.42 MiB
        ....................................................................................................
        llama_context: n_ctx         = 32768
        llama_context:  CUDA_Host  output buffer size =     0.58 MiB
        llama_kv_cache:      CUDA0 KV buffer size =  3072.00 MiB
        0.04.512.118 I sched_reserve:      CUDA0 compute buffer size =   304.75 MiB
        0.04.512.120 I sched_reserve:  CUDA_Host compute buffer size =    68.01 MiB
        """;

    /// <summary>Two devices, a model with a sliding window (two caches a device), a compute buffer that is reserved anew.</summary>
    private const string TwoDevices = """
        llm_load_tensors:      ROCm0 buffer size = 100.00 MiB
        load_tensors:        ROCm0 model buffer size =  5000.25 MiB
        load_tensors:        ROCm1 model buffer size =  5200.00 MiB
        llama_kv_cache_unified:      ROCm0 KV buffer size =   160.00 MiB
        llama_kv_cache_unified:      ROCm1 KV buffer size =   160.00 MiB
        llama_kv_cache_unified:      ROCm0 KV buffer size =   300.00 MiB
        llama_memory_recurrent:      ROCm1 RS buffer size =    75.38 MiB
        llama_context:      ROCm0 compute buffer size =   800.00 MiB
        llama_context:      ROCm0 compute buffer size =   522.00 MiB
        """;

    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Buffers_are_read_by_device_and_kind()
    {
        IReadOnlyList<MemoryBuffer> buffers = BufferLog.Read(Cuda.Split('\n'));

        Assert.Equal(
            ["CPU_Mapped model 166.92", "CUDA0 model 17524.42", "CUDA_Host output 0.58", "CUDA0 KV 3072.00", "CUDA0 compute 304.75", "CUDA_Host compute 68.01"],
            buffers.Select(Show));
        Assert.Equal(["CUDA0", "CUDA0", "CUDA0"], buffers.Where(buffer => !buffer.IsOfHost).Select(buffer => buffer.Device));
    }

    [Fact]
    public void Caches_add_up_and_the_last_compute_buffer_stays() => Assert.Equal(
        ["ROCm0 model 5000.25", "ROCm1 model 5200.00", "ROCm0 KV 460.00", "ROCm1 KV 160.00", "ROCm1 RS 75.38", "ROCm0 compute 522.00"],
        BufferLog.Read(TwoDevices.Split('\n')).Select(Show));

    [Fact]
    public void Of_another_server_nothing_is_read() =>
        Assert.Empty(BufferLog.Read(["INFO 11-26 12:00:00 [gpu_model_runner.py:1] Model loading took 17.1 GiB and 12.3 seconds", "buffer size = 1.0 MiB", string.Empty]));

    [Fact]
    public void The_tool_of_the_GPU_comes_before_the_log_and_the_log_before_nothing()
    {
        IReadOnlyList<MemoryBuffer> buffers = BufferLog.Read(Cuda.Split('\n'));
        MemorySnapshot host = new() { TotalBytes = 1, AvailableBytes = 1, Processes = [new ProcessMemory(7, 900, 100), new ProcessMemory(8, 100, 50)] };
        MemorySnapshot gpu = host with
        {
            Gpus = new GpuSnapshot([new GpuDevice("GPU-1", "0", 22_000, 24_564)], [new GpuUse(7, "GPU-1", 21_400), new GpuUse(99, "GPU-1", 500)]),
        };

        MeasuredMemory byTool = MemoryMeter.Combine(gpu, [7, 8], buffers, Now)!;
        MeasuredMemory byLog = MemoryMeter.Combine(host, [7, 8], buffers, Now)!;
        MeasuredMemory bySize = MemoryMeter.Combine(host, [7, 8], [], Now)!;

        Assert.Equal((21_400L << 20, 1000L, "nvidia-smi"), (byTool.GpuBytes, byTool.HostBytes, byTool.Source));
        Assert.Equal(((long)(17524.42 * MiB) + (long)(3072 * MiB) + (long)(304.75 * MiB), 1000L, "server log"), (byLog.GpuBytes, byLog.HostBytes, byLog.Source));
        Assert.Equal((null, 1000L, "processes"), (bySize.GpuBytes, bySize.HostBytes, bySize.Source));
        Assert.Null(MemoryMeter.Combine(null, [], [], Now));
    }

    [Fact]
    public void Figures_are_kept_by_command_and_survive_a_broken_file()
    {
        string directory = Directory.CreateTempSubdirectory("ih-memory-").FullName;
        try
        {
            string path = Path.Combine(directory, "state", "memory-use.json");
            var uses = new MemoryUses(path);
            Assert.Null(uses.Find("m", "h", null, "a", 9));
            for (int command = 0; command < 8; command++)
            {
                uses.Add("m", "h", null, $"f{command}", 9, Figure(command));
            }

            uses.Add("m", "h", null, "f7", 9, Figure(70));
            uses.Add("m", "h", "cuda", "f7", 9, Figure(71));

            Assert.Equal(Figure(70), new MemoryUses(path).Find("m", "h", null, "f7", 9));
            Assert.Equal(Figure(71), uses.Find("m", "h", "cuda", "f7", 9));
            Assert.Equal(Figure(3), uses.Find("m", "h", null, "f3", 9));
            Assert.Null(uses.Find("m", "h", null, "f2", 9));
            Assert.Null(uses.Find("m", "h", null, "f7", 10)); // Another file of that name.
            File.WriteAllText(path, "{");
            Assert.Null(uses.Find("m", "h", null, "f7", 9));
            uses.Add("m", "h", null, "f7", 9, Figure(1));
            Assert.Equal(Figure(1), uses.Find("m", "h", null, "f7", 9));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A router, or Ollama, has nothing loaded when it is ready.</summary>
    [Theory]
    [InlineData(100L, null, 100L, true)]
    [InlineData(40L, 10L, 100L, true)]
    [InlineData(null, 40L, 100L, false)]
    [InlineData(null, 40L, null, true)]
    public void What_is_too_little_for_the_weights_was_not_loaded(long? gpu, long? host, long? weights, bool holds) =>
        Assert.Equal(holds, new MeasuredMemory { GpuBytes = gpu, HostBytes = host, Source = "processes", MeasuredAt = Now.LocalDateTime }.Holds(weights));

    private static MeasuredMemory Figure(long bytes) => new() { GpuBytes = bytes, HostBytes = 2 * bytes, Source = "nvidia-smi", MeasuredAt = Now.LocalDateTime };

    private static string Show(MemoryBuffer buffer) => FormattableString.Invariant($"{buffer.Device} {buffer.Kind} {buffer.Bytes / MiB:0.00}");
}
