using System.Text.Json.Serialization;

namespace IdleHands.Execution;

/// <summary>
/// How long models took from their launch to their first good answer, by model, host and backend: the last few times of
/// each. A file that is lost or broken costs the estimates only.
/// </summary>
/// <param name="path">The file, <c>load-times.json</c>.</param>
internal sealed class LoadTimes(string path)
{
    private const int KeptTimes = 5;
    private const int KeptModels = 500;

    private readonly LearnedFile<LoadTimeFile> _file = new(
        path,
        LoadTimeJson.Default.LoadTimeFile,
        file => file is { SchemaVersion: LoadTimeFile.CurrentVersion } && file.Entries?.TrueForAll(entry => entry is { Key: not null, Milliseconds: not null }) == true);

    /// <summary>The usual time: the median of the last few; null for what never started here.</summary>
    public TimeSpan? Find(string modelId, string hostId, string? backendId)
    {
        string key = LearnedFile<LoadTimeFile>.KeyOf(modelId, hostId, backendId);
        LoadTimeEntry? entry = _file.Read().Entries.LastOrDefault(entry => entry.Key == key);
        return entry is { Milliseconds.Length: > 0 } ? TimeSpan.FromMilliseconds(Median(entry.Milliseconds)) : null;
    }

    /// <summary>Adds a time. The caller holds the lock of the state directory.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Add(string modelId, string hostId, string? backendId, TimeSpan time)
    {
        string key = LearnedFile<LoadTimeFile>.KeyOf(modelId, hostId, backendId);
        List<LoadTimeEntry> entries = _file.Read().Entries;
        long[] before = entries.LastOrDefault(entry => entry.Key == key)?.Milliseconds ?? [];
        entries.RemoveAll(entry => entry.Key == key);
        entries.Add(new LoadTimeEntry(key, [.. before.TakeLast(KeptTimes - 1), (long)time.TotalMilliseconds]));
        _file.Write(new LoadTimeFile { Entries = entries.TakeLast(KeptModels).ToList() });
    }

    private static long Median(long[] times)
    {
        long[] ordered = [.. times.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }
}

/// <summary>What <c>load-times.json</c> holds, what was used last at the end.</summary>
internal sealed record LoadTimeFile
{
    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    [JsonPropertyName("schema_version")]
    public int SchemaVersion { get; init; } = CurrentVersion;

    [JsonPropertyName("load_times")]
    public List<LoadTimeEntry> Entries { get; init; } = [];
}

/// <summary>The last load times of one model on one host.</summary>
/// <param name="Key">Model, host and backend.</param>
/// <param name="Milliseconds">The times, the last one at the end.</param>
internal sealed record LoadTimeEntry(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("ms")] long[] Milliseconds);

/// <summary>Serializers made at build, so that nothing is reflected at run time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(LoadTimeFile))]
internal sealed partial class LoadTimeJson : JsonSerializerContext;
