namespace IdleHands.Setup;

/// <summary>What a host has to serve models with.</summary>
internal sealed record HostSurvey
{
    private const string Cpu = "cpu";

    /// <summary>The programs of engines and tools that its PATH has.</summary>
    public NameList Programs { get; init; } = NameList.Empty;

    /// <summary>Its GPUs, as the tools of their makers tell; where none does, as Vulkan does.</summary>
    public IReadOnlyList<FoundGpu> Gpus { get; init; } = [];

    /// <summary>The devices that llama.cpp's server lists; null where it is not there, or does not tell.</summary>
    public IReadOnlyList<FoundGpu>? EngineDevices { get; init; }

    /// <summary><c>linux</c>, <c>macos</c> or <c>windows</c>, as far as is known: what programs are got by.</summary>
    public string Platform { get; init; } = "linux";

    /// <summary>What tools for GPUs that are there said instead of naming one, a line each.</summary>
    public NameList Remarks { get; init; } = NameList.Empty;

    /// <summary>The GPUs, whoever tells of them.</summary>
    public IReadOnlyList<FoundGpu> KnownGpus => Gpus.Count > 0 ? Gpus : EngineDevices ?? [];

    /// <summary>The backends to serve with, best first; <c>cpu</c> alone where there is no GPU, or the server was built for none.</summary>
    /// <param name="byEngine">True: for llama.cpp's server, which knows best itself.</param>
    public NameList BackendTypes(bool byEngine)
    {
        IReadOnlyList<FoundGpu> devices = byEngine && EngineDevices is not null ? EngineDevices : KnownGpus;
        string[] types = [.. devices.Select(device => device.BackendType).Distinct()];
        return types.Length == 0 ? new NameList(Cpu) : NameList.From(types.OrderBy(type => Rank(type)));
    }

    /// <summary>True where the host has a GPU, and its llama.cpp server was built without any use for it.</summary>
    public bool IsEngineBlind => Gpus.Count > 0 && EngineDevices is { Count: 0 };

    /// <summary>Memory of all GPUs, in GiB; null where it is not known of each, or there is none.</summary>
    public double? VramGiB => KnownGpus.Count > 0 && KnownGpus.All(gpu => gpu.MemoryMiB is not null)
        ? Math.Round(KnownGpus.Sum(gpu => gpu.MemoryMiB!.Value) / 1024d, 1)
        : null;

    private static int Rank(string type) => type switch { "cuda" => 0, "rocm" => 1, "metal" => 2, "vulkan" => 3, _ => 4 };
}
