using System.Text.Json.Serialization;

namespace IdleHands.Execution;

/// <summary>
/// What models took of the memory of their hosts, by model, host and backend, each with the command that it was started
/// by: another context window takes another amount. A file that is lost or broken costs the figures only.
/// </summary>
/// <param name="path">The file, <c>memory-use.json</c>.</param>
internal sealed class MemoryUses(string path)
{
    private const int KeptPerModel = 5;
    private const int KeptModels = 500;

    private readonly LearnedFile<MemoryUseFile> _file = new(
        path,
        MemoryUseJson.Default.MemoryUseFile,
        file => file is { SchemaVersion: MemoryUseFile.CurrentVersion } && file.Entries?.TrueForAll(entry => entry is { Key: not null, Fingerprint: not null }) == true);

    /// <summary>What it took by this very command, from files of this size; null where it never ran so.</summary>
    public MeasuredMemory? Find(string modelId, string hostId, string? backendId, string fingerprint, long? sourceBytes)
    {
        string key = LearnedFile<MemoryUseFile>.KeyOf(modelId, hostId, backendId);
        return _file.Read().Entries.LastOrDefault(entry => entry.Key == key && entry.Fingerprint == fingerprint && entry.SourceBytes == sourceBytes)?.Measured;
    }

    /// <summary>Adds a figure in the place of an older one of the same command. The caller holds the lock of the state directory.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Add(string modelId, string hostId, string? backendId, string fingerprint, long? sourceBytes, MeasuredMemory measured)
    {
        string key = LearnedFile<MemoryUseFile>.KeyOf(modelId, hostId, backendId);
        List<MemoryUseEntry> entries = _file.Read().Entries;
        entries.RemoveAll(entry => entry.Key == key && entry.Fingerprint == fingerprint);
        entries.Add(MemoryUseEntry.Of(key, fingerprint, sourceBytes, measured));
        for (int surplus = entries.Count(entry => entry.Key == key) - KeptPerModel; surplus > 0; surplus--)
        {
            entries.RemoveAt(entries.FindIndex(entry => entry.Key == key));
        }

        _file.Write(new MemoryUseFile { Entries = entries.TakeLast(KeptModels).ToList() });
    }
}

/// <summary>What <c>memory-use.json</c> holds, what was measured last at the end.</summary>
internal sealed record MemoryUseFile
{
    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyName("schema_version")]
    public int SchemaVersion { get; init; } = CurrentVersion;

    [JsonPropertyName("memory_uses")]
    public List<MemoryUseEntry> Entries { get; init; } = [];
}

/// <summary>What a model took by one command.</summary>
internal sealed record MemoryUseEntry(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("fingerprint")] string Fingerprint,
    [property: JsonPropertyName("source_bytes")] long? SourceBytes,
    [property: JsonPropertyName("gpu_bytes")] long? GpuBytes,
    [property: JsonPropertyName("host_bytes")] long? HostBytes,
    [property: JsonPropertyName("source")] string? Source,
    [property: JsonPropertyName("at")] DateTimeOffset MeasuredAt)
{
    /// <summary>The figure as commands know it; its buffers stand in the state alone.</summary>
    [JsonIgnore]
    public MeasuredMemory Measured => new() { GpuBytes = GpuBytes, HostBytes = HostBytes, Source = Source ?? "unknown", MeasuredAt = MeasuredAt.LocalDateTime };

    /// <summary>The entry of a figure.</summary>
    public static MemoryUseEntry Of(string key, string fingerprint, long? sourceBytes, MeasuredMemory measured) =>
        new(key, fingerprint, sourceBytes, measured.GpuBytes, measured.HostBytes, measured.Source, measured.MeasuredAt);
}

/// <summary>Serializers made at build, so that nothing is reflected at run time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(MemoryUseFile))]
internal sealed partial class MemoryUseJson : JsonSerializerContext;
