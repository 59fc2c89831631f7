namespace IdleHands;

/// <summary>What a model took of its host's memory when it had become ready.</summary>
public sealed record MeasuredMemory
{
    internal const double BytesPerGiB = 1024d * 1024 * 1024;

    /// <summary>Bytes of GPU memory: of its processes where the tool of the GPU tells, else of the buffers that its log names; null for none.</summary>
    public long? GpuBytes { get; init; }

    /// <summary>Resident bytes of its processes in the host's own memory, pages of mapped files included; null where the host doesn't tell.</summary>
    public long? HostBytes { get; init; }

    /// <summary>What told of <see cref="GpuBytes"/>, or of <see cref="HostBytes"/> where there are none: <c>nvidia-smi</c>, <c>rocm-smi</c>, <c>server log</c>, <c>processes</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Buffers that its log names.</summary>
    public IReadOnlyList<MemoryBuffer> Buffers { get; init; } = [];

    /// <summary>When it was measured, in local time.</summary>
    public required DateTime MeasuredAt { get; init; }

    /// <summary>False where there is too little of it for weights of this size to be loaded: a router, say, loads with the first request.</summary>
    internal bool Holds(long? weightBytes) => weightBytes is null || (GpuBytes ?? 0) + (HostBytes ?? 0) >= weightBytes / 2;

    /// <summary>"GPU 18.4 GiB, host 1.2 GiB (nvidia-smi)".</summary>
    public override string ToString()
    {
        string[] parts = [.. new[] { Part("GPU", GpuBytes), Part("host", HostBytes) }.OfType<string>()];
        return $"{string.Join(", ", parts)} ({Source})";
    }

    private static string? Part(string name, long? bytes) =>
        bytes is { } known ? FormattableString.Invariant($"{name} {known / BytesPerGiB:0.0} GiB") : null;
}

/// <summary>A buffer that a server has allocated.</summary>
/// <param name="Device">Where, as the server calls it: <c>CUDA0</c>, <c>CPU_Mapped</c>.</param>
/// <param name="Kind">What for: <c>model</c>, <c>KV</c>, <c>RS</c> (recurrent state), <c>compute</c>, <c>output</c>.</param>
/// <param name="Bytes">How large it is.</param>
public sealed record MemoryBuffer(string Device, string Kind, long Bytes)
{
    /// <summary>True for the memory of the host itself, not that of a GPU. <c>CUDA_Host</c> is host memory that the driver has pinned.</summary>
    internal bool IsOfHost => Device.StartsWith("CPU", StringComparison.Ordinal) || Device.EndsWith("_Host", StringComparison.Ordinal) || Device.StartsWith("BLAS", StringComparison.Ordinal);

    /// <summary>"CUDA0 model 16.8 GiB".</summary>
    public override string ToString() => FormattableString.Invariant($"{Device} {Kind} {Bytes / MeasuredMemory.BytesPerGiB:0.0} GiB");
}
