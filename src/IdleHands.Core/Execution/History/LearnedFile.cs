using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IdleHands.Execution;

/// <summary>
/// A file of figures that were learned from past starts. One that is lost, broken or of another version costs the figures
/// only, and is written anew with the next.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="type">Reads and writes it.</param>
/// <param name="isUsable">Tells whether what was read is whole.</param>
internal sealed class LearnedFile<T>(string path, JsonTypeInfo<T> type, Func<T, bool> isUsable)
    where T : class, new()
{
    /// <summary>The key of a model on a host with a backend. Ids hold no bar, so no two triples give one key.</summary>
    public static string KeyOf(string modelId, string hostId, string? backendId) => $"{modelId}|{hostId}|{backendId}";

    /// <summary>What it holds; nothing where it can't be used.</summary>
    public T Read()
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize(File.ReadAllBytes(path), type) is { } content && isUsable(content) ? content : new T();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return new T();
        }
    }

    /// <summary>Writes it whole. The caller holds the lock of the state directory.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(T content)
    {
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
        PrivateFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(content, type));
    }
}
