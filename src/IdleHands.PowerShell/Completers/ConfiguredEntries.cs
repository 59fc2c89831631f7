using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.PowerShell.Completers;

/// <summary>
/// What completers read of the configuration file. They read it as it is: what it holds is worth offering also while
/// something else in it is wrong. A file that can't be read has nothing to offer.
/// </summary>
internal static class ConfiguredEntries
{
    /// <summary>What is made of each entry of a section; what gives null is left out.</summary>
    public static List<T> Read<T>(string section, Func<JsonElement, T?> read)
        where T : struct
    {
        try
        {
            // Both are bytes: a file of thousands of entries is read at each key press.
            using var document = JsonDocument.Parse(WithoutMark(File.ReadAllBytes(IdleHandsPaths.FromEnvironment().ConfigurationFile)));
            return document.RootElement.GetProperty(section).EnumerateArray()
                .Where(entry => entry.ValueKind == JsonValueKind.Object)
                .Select(read).OfType<T>().ToList();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or IdleHandsException)
        {
            return [];
        }
    }

    /// <summary>A text of an entry; null where it has none of that name.</summary>
    public static string? Text(JsonElement entry, string key) =>
        entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ReadOnlyMemory<byte> WithoutMark(byte[] content) =>
        content.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? content.AsMemory(3) : content;
}
