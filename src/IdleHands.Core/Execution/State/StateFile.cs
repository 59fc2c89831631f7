using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdleHands.Execution;

/// <summary>What <c>runtime-active.json</c> holds: slots by name, each with the machine it belongs to.</summary>
internal sealed record StateFile
{
    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyName("schema_version")]
    public int SchemaVersion { get; init; } = CurrentVersion;

    [JsonPropertyName("slots")]
    public Dictionary<string, StateSlot> Slots { get; init; } = [];
}

/// <summary>What runs in one slot.</summary>
internal sealed record StateSlot
{
    [JsonPropertyName("machine_id")]
    public string? MachineId { get; init; }

    [JsonPropertyName("model_id")]
    public required string ModelId { get; init; }

    [JsonPropertyName("host_id")]
    public required string HostId { get; init; }

    [JsonPropertyName("backend_id")]
    public string? BackendId { get; init; }

    [JsonPropertyName("endpoint")]
    public required string Endpoint { get; init; }

    [JsonPropertyName("port")]
    public int Port { get; init; }

    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("started_at")]
    public DateTimeOffset StartedAt { get; init; }

    [JsonPropertyName("fingerprint")]
    public string? Fingerprint { get; init; }

    [JsonPropertyName("handed_over")]
    public bool? HandedOver { get; init; }

    [JsonPropertyName("secret_env")]
    public Dictionary<string, string>? SecretReferences { get; init; }

    [JsonPropertyName("served_names")]
    public string[]? ServedNames { get; init; }

    [JsonPropertyName("stop_cmd")]
    public string? StopCommand { get; init; }

    [JsonPropertyName("cleanup_cmd")]
    public string? CleanupCommand { get; init; }

    [JsonPropertyName("status_cmd")]
    public string? StatusCommand { get; init; }

    /// <summary>Host, backend and model as they were at the start, in the form of the configuration file.</summary>
    [JsonPropertyName("entries")]
    public JsonElement? Entries { get; init; }

    [JsonPropertyName("launch")]
    public StateLaunch? Launch { get; init; }

    [JsonPropertyName("tunnel")]
    public StateTunnel? Tunnel { get; init; }

    [JsonPropertyName("memory")]
    public StateMemory? Memory { get; init; }

    /// <summary>What ran and worked before, as long as this one has not answered.</summary>
    [JsonPropertyName("previous")]
    public StateSlot? Previous { get; init; }
}

/// <summary>What leads a port of this machine to a server.</summary>
internal sealed record StateTunnel
{
    [JsonPropertyName("port")]
    public int Port { get; init; }

    [JsonPropertyName("launch")]
    public required StateLaunch Launch { get; init; }
}

/// <summary>What a model took of memory when it had become ready.</summary>
internal sealed record StateMemory
{
    [JsonPropertyName("gpu_bytes")]
    public long? GpuBytes { get; init; }

    [JsonPropertyName("host_bytes")]
    public long? HostBytes { get; init; }

    [JsonPropertyName("source")]
    public string? Source { get; init; }

    [JsonPropertyName("at")]
    public DateTimeOffset MeasuredAt { get; init; }

    [JsonPropertyName("buffers")]
    public StateBuffer[]? Buffers { get; init; }

    /// <summary>As the state keeps it.</summary>
    public static StateMemory Of(MeasuredMemory measured) => new()
    {
        GpuBytes = measured.GpuBytes,
        HostBytes = measured.HostBytes,
        Source = measured.Source,
        MeasuredAt = measured.MeasuredAt,
        Buffers = [.. measured.Buffers.Select(buffer => new StateBuffer(buffer.Device, buffer.Kind, buffer.Bytes))],
    };

    /// <summary>As commands know it.</summary>
    public MeasuredMemory ToMeasured() => new()
    {
        GpuBytes = GpuBytes,
        HostBytes = HostBytes,
        Source = Source ?? "unknown",
        MeasuredAt = MeasuredAt.LocalDateTime,
        Buffers = new ItemList<MemoryBuffer>((Buffers ?? []).Where(buffer => buffer is { Device: not null, Kind: not null }).Select(buffer => new MemoryBuffer(buffer.Device, buffer.Kind, buffer.Bytes))),
    };
}

/// <summary>A buffer of a server.</summary>
internal sealed record StateBuffer(
    [property: JsonPropertyName("device")] string Device,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("bytes")] long Bytes);

/// <summary>What identifies the launch.</summary>
internal sealed record StateLaunch
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("process_id")]
    public int ProcessId { get; init; }

    [JsonPropertyName("start_time")]
    public required string StartTime { get; init; }

    [JsonPropertyName("boot_id")]
    public required string BootId { get; init; }

    [JsonPropertyName("log")]
    public string? LogPath { get; init; }

    [JsonPropertyName("adopted")]
    public bool IsAdopted { get; init; }

    [JsonPropertyName("known_processes")]
    public string[]? KnownProcesses { get; init; }
}

/// <summary>Serializers made at build, so that nothing is reflected at run time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StateFile))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(LockHolder))]
internal sealed partial class StateJson : JsonSerializerContext;
