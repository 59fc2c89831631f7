namespace IdleHands.Hosts;

/// <summary>A GPU, and how much of its memory is in use.</summary>
/// <param name="Id">What its tool calls it by in both of its lists: a UUID, or <c>card0</c>.</param>
/// <param name="Name">Its number, for people.</param>
/// <param name="UsedMiB">Memory in use; null where the tool doesn't tell, as with memory that the processor shares.</param>
/// <param name="TotalMiB">Memory that it has; null where the tool doesn't tell.</param>
internal sealed record GpuDevice(string Id, string Name, long? UsedMiB, long? TotalMiB);

/// <summary>What one process holds on one GPU.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="DeviceId">The GPU's <see cref="GpuDevice.Id"/>; null where the tool doesn't tell which.</param>
/// <param name="MiB">How much; null where the tool doesn't tell.</param>
internal sealed record GpuUse(int ProcessId, string? DeviceId, long? MiB);

/// <summary>The memory of a host's GPUs at one moment.</summary>
/// <param name="Devices">The GPUs.</param>
/// <param name="Uses">Who holds memory of them, as far as the host shows: a container shows none of it.</param>
internal sealed record GpuSnapshot(IReadOnlyList<GpuDevice> Devices, IReadOnlyList<GpuUse> Uses)
{
    /// <summary>Less than this in use is what drivers and screens hold.</summary>
    private const long IdleMiB = 512;

    /// <summary>The tool that told: each names its GPUs in its own way.</summary>
    public string Tool => Devices[0].Id.StartsWith("card", StringComparison.Ordinal) ? "rocm-smi" : "nvidia-smi";

    /// <summary>True when memory is in use and no process is shown that holds it.</summary>
    public bool HidesProcesses => Uses.Count == 0 && Devices.Any(device => device.UsedMiB is null or > IdleMiB);

    /// <summary>Memory in use on a GPU, or on all for null; null where it is not told.</summary>
    public long? UsedMiB(string? deviceId)
    {
        GpuDevice[] devices = [.. Devices.Where(device => deviceId is null || device.Id == deviceId)];
        return devices.Length == 0 ? null : devices.Aggregate((long?)0, (sum, device) => sum + device.UsedMiB);
    }

    /// <summary>The GPUs of these numbers or UUIDs alone, with what is held on them; all for null, and where none is of that name.</summary>
    public GpuSnapshot Visible(IReadOnlyCollection<string>? names)
    {
        GpuDevice[] devices = [.. Devices.Where(device => names?.Any(name => name == device.Name || device.Id.StartsWith(name, StringComparison.OrdinalIgnoreCase)) == true)];
        return devices.Length == 0 ? this : new GpuSnapshot(devices, [.. Uses.Where(use => use.DeviceId is null || devices.Any(device => device.Id == use.DeviceId))]);
    }

    /// <summary>What these processes hold.</summary>
    public IEnumerable<GpuUse> UsesOf(IReadOnlyCollection<int> processIds) => Uses.Where(use => processIds.Contains(use.ProcessId));
}
