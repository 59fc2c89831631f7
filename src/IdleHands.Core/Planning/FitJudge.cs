using IdleHands.Hosts;

namespace IdleHands.Planning;

/// <summary>What a judgement on fit is made from.</summary>
internal sealed record FitFacts
{
    /// <summary>What the model needs by its files or name; null where nothing is known.</summary>
    public MemoryEstimate? Estimated { get; init; }

    /// <summary>What it took when it ran here before; null where it never did.</summary>
    public MemoryEstimate? Measured { get; init; }

    /// <summary>The host's memory; null where it doesn't tell.</summary>
    public MemorySnapshot? Memory { get; init; }

    /// <summary>GPU memory that the host's entry declares, in GB; null for none.</summary>
    public double? DeclaredGB { get; init; }

    /// <summary>True when the model is computed by the processor alone: by its backend, or by its command.</summary>
    public bool IsProcessorOnly { get; init; }

    /// <summary>True when parts of it are left to the processor.</summary>
    public bool IsSplit { get; init; }

    /// <summary>GPUs that the server may see, by number or UUID; null for all.</summary>
    public NameList? VisibleGpus { get; init; }

    /// <summary>True when it uses one GPU, however many there are.</summary>
    public bool IsOnOneGpu { get; init; }

    /// <summary>True when the backend is one for GPUs alone: then the memory of the host is no stand-in.</summary>
    public bool NeedsGpu { get; init; }

    /// <summary>Processes on the host that the plan ends.</summary>
    public IReadOnlyCollection<int> Stopped { get; init; } = [];

    /// <summary>Bytes of GPU memory that was measured of what the plan ends, for hosts that do not show whose memory is whose; null for none.</summary>
    public long? StoppedGpuBytes { get; init; }

    /// <summary>True when the plan ends something on the host.</summary>
    public bool StopsSomething { get; init; }
}

/// <summary>Judges whether a model fits. Pure.</summary>
internal static class FitJudge
{
    /// <summary>llama.cpp leaves this much of each device free where it is free to choose (<c>--fit-target</c>).</summary>
    private const long MarginBytes = 1024L << 20;

    private const long BytesPerGiB = 1L << 30;
    private const int BytesPerMiBShift = 20;

    /// <summary>The judgement.</summary>
    public static MemoryFit Judge(FitFacts facts)
    {
        Have have = Measure(facts);
        var notes = new List<string>(facts.Measured is null ? facts.Estimated?.Notes ?? NameList.Empty : []);
        notes.AddRange(have.Notes);
        MemoryEstimate? need = facts.Measured ?? facts.Estimated;
        string status = (need, have.Available) switch
        {
            (null, _) or (_, null) => FitStatus.Unknown,
            _ when need.HighBytes + have.Margin <= have.Available => FitStatus.Fits,
            _ when need.LowBytes <= have.Available => FitStatus.Tight,

            // What a stop frees may be all that lacks, where it is not shown.
            _ when have.HidesFreed && need.LowBytes <= have.Total => FitStatus.Unknown,
            _ => FitStatus.DoesNotFit,
        };
        return new MemoryFit
        {
            Status = status,
            Estimated = facts.Estimated,
            Measured = facts.Measured,
            AvailableBytes = have.Available,
            FreedBytes = have.Freed,
            TotalBytes = have.Total,
            Device = have.Device,
            Source = have.Source,
            Notes = NameList.From(notes),
        };
    }

    private static Have Measure(FitFacts facts)
    {
        Have own = OfHost(facts);
        if (facts.IsProcessorOnly || facts.Memory?.IsUnified == true)
        {
            return own;
        }

        if ((OfGpus(facts) ?? OfDeclared(facts)) is not { } gpus)
        {
            return facts is { NeedsGpu: true, Memory.Gpus: null }
                ? new Have(null, null, null) { Notes = ["neither nvidia-smi nor rocm-smi tells of the host's GPUs, and its entry declares no memory (Set-IHHost -VramGB)"] }
                : own;
        }

        return facts.IsSplit && gpus.Device != own.Device && own.Available is not null && gpus.Available is not null ? gpus.With(own) : gpus;
    }

    private static Have? OfGpus(FitFacts facts)
    {
        // Memory that the processor shares is told as none of the GPU's.
        if (facts.Memory?.Gpus?.Visible(facts.VisibleGpus) is not { Devices.Count: > 0 } gpus || gpus.Devices.Any(device => device.TotalMiB is null || device.UsedMiB is null))
        {
            return null;
        }

        // One of several is the one with the most room.
        if (facts.IsOnOneGpu && gpus.Devices.Count > 1)
        {
            gpus = gpus.Visible([gpus.Devices.MaxBy(device =>
                device.TotalMiB - device.UsedMiB + gpus.UsesOf(facts.Stopped).Where(use => use.DeviceId == device.Id).Sum(use => use.MiB ?? 0))!.Id]);
        }

        long total = gpus.Devices.Sum(device => device.TotalMiB!.Value) << BytesPerMiBShift;
        long free = gpus.Devices.Sum(device => Math.Max(0, device.TotalMiB!.Value - device.UsedMiB!.Value)) << BytesPerMiBShift;
        long shown = gpus.UsesOf(facts.Stopped).Sum(use => use.MiB ?? 0) << BytesPerMiBShift;
        long freed = Math.Min(total - free, shown > 0 ? shown : facts.StoppedGpuBytes ?? 0);
        bool hides = facts.StopsSomething && freed == 0 && gpus.HidesProcesses;
        return new Have("GPU", total, free + freed)
        {
            Freed = freed,
            Margin = MarginBytes * gpus.Devices.Count,
            Source = gpus.Tool,
            HidesFreed = hides,
            Notes = hides ? ["the host does not tell which processes hold GPU memory, and so not what the stop will free"] : [],
        };
    }

    private static Have? OfDeclared(FitFacts facts) => facts.DeclaredGB is > 0 and var declared
        ? new Have("GPU", (long)(declared * BytesPerGiB), (long)(declared * BytesPerGiB))
        {
            Margin = MarginBytes,
            Source = "vram_gb",
            Notes = ["the host does not tell how much GPU memory is free: what its entry declares is taken for free"],
        }
        : null;

    private static Have OfHost(FitFacts facts)
    {
        if (facts.Memory is not { TotalBytes: { } total, AvailableBytes: { } available } memory)
        {
            return new Have(null, null, null);
        }

        long freed = memory.Processes.Where(process => facts.Stopped.Contains(process.ProcessId)).Sum(process => process.PrivateBytes ?? process.ResidentBytes);
        freed = Math.Min(freed, Math.Max(0, total - available));
        return new Have("host", total, available + freed) { Freed = freed, Margin = MarginBytes, Source = memory.Source };
    }

    /// <summary>What there is.</summary>
    private sealed record Have(string? Device, long? Total, long? Available)
    {
        public long Freed { get; init; }

        public long Margin { get; init; }

        public string? Source { get; init; }

        public bool HidesFreed { get; init; }

        public IReadOnlyList<string> Notes { get; init; } = [];

        public Have With(Have other) => new($"{Device} and {other.Device}", Total + other.Total, Available + other.Available)
        {
            Freed = Freed + other.Freed,
            Margin = Margin,
            Source = $"{Source}, {other.Source}",
            HidesFreed = HidesFreed,
            Notes = [.. Notes, "a part of the model is left to the processor: the memory of GPU and host is counted together"],
        };
    }
}
