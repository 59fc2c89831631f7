using System.Globalization;

namespace IdleHands;

/// <summary>Whether a model will fit into the memory of its host, after what the plan stops is gone.</summary>
public sealed record MemoryFit
{
    private const double BytesPerGiB = 1024d * 1024 * 1024;

    /// <summary>One of <see cref="FitStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>What the model's files, or its name, let expect.</summary>
    public MemoryEstimate? Estimated { get; init; }

    /// <summary>What it took when it ran on this host by the same command; null where it never did.</summary>
    public MemoryEstimate? Measured { get; init; }

    /// <summary>What counts: <see cref="Measured"/>, else <see cref="Estimated"/>.</summary>
    public MemoryEstimate? Need => Measured ?? Estimated;

    /// <summary>Bytes that are free, or will be once the plan has stopped what it stops; null where the host doesn't tell.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>Of these, bytes that the stop will free.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Bytes that there are.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Whose memory it is: <c>GPU</c>, <c>host</c>, or both.</summary>
    public string? Device { get; init; }

    /// <summary>What told of the memory: <c>nvidia-smi</c>, <c>rocm-smi</c>, <c>vram_gb</c>, <c>/proc/meminfo</c>, <c>sysctl</c>, <c>Windows</c>.</summary>
    public string? Source { get; init; }

    /// <summary>What makes it uncertain, in words.</summary>
    public NameList Notes { get; init; } = NameList.Empty;

    /// <summary>Need and memory in words, without the judgement.</summary>
    internal string Figures
    {
        get
        {
            string need = Need is null
                ? "what it needs is not known"
                : $"needs {Need}{(Device is null ? string.Empty : $" of {Device} memory")} ({(Measured is null ? $"estimated, confidence {Need.Confidence}" : $"measured; estimated {Estimated?.ToString() ?? "nothing"}")})";
            string have = AvailableBytes is { } available
                ? $"{GiB(available)} of {GiB(TotalBytes ?? available)} {(FreedBytes > 0 ? $"will be free, {GiB(FreedBytes)} of them by the stop" : "are free")} ({Source})"
                : "what the host has is not known";
            return $"{need}; {have}";
        }
    }

    /// <summary>"fits: needs 18.2–20.1 GiB of the GPU; 23.1 GiB are free (nvidia-smi), of which 20.0 GiB by the stop".</summary>
    public override string ToString() => $"{Status}: {Figures}";

    private static string GiB(long bytes) => (bytes / BytesPerGiB).ToString("0.0", CultureInfo.InvariantCulture) + " GiB";
}

/// <summary>The words of <see cref="MemoryFit.Status"/>.</summary>
public static class FitStatus
{
    /// <summary>There is more than it may need.</summary>
    public const string Fits = "fits";

    /// <summary>It may just fit, or just not.</summary>
    public const string Tight = "tight";

    /// <summary>There is less than it needs at least.</summary>
    public const string DoesNotFit = "does not fit";

    /// <summary>What it needs, or what there is, is not known.</summary>
    public const string Unknown = "unknown";
}
