using System.Text.Json;

namespace IdleHands.Health;

/// <summary>One entry of a server's list of models.</summary>
/// <param name="Names">Its id, then its aliases.</param>
/// <param name="State"><c>unloaded</c>, <c>loading</c>, <c>loaded</c> or <c>sleeping</c> where the server is a router that says so; null otherwise.</param>
internal sealed record ServedModel(NameList Names, string? State);

/// <summary>What <c>/v1/models</c> said, read.</summary>
/// <param name="Models">The entries.</param>
/// <param name="Owners">The <c>owned_by</c> of the entries.</param>
internal sealed record ModelList(IReadOnlyList<ServedModel> Models, IReadOnlyList<string> Owners)
{
    /// <summary>Reads a list; null where the JSON is not one.</summary>
    public static ModelList? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("data", out JsonElement data))
        {
            return null;
        }

        bool saysList = ReplyText.Property(root, "object") == "list";
        if (data.ValueKind == JsonValueKind.Null)
        {
            // Ollama without models.
            return saysList ? new ModelList([], []) : null;
        }

        if (data.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        JsonElement[] entries = data.EnumerateArray().ToArray();
        ServedModel[] models = entries.Select(ReadEntry).OfType<ServedModel>().ToArray();
        return models.Length == entries.Length && (saysList || models.Length > 0)
            ? new ModelList(models, entries.Select(entry => ReplyText.Property(entry, "owned_by")).OfType<string>().ToArray())
            : null;
    }

    private static ServedModel? ReadEntry(JsonElement entry)
    {
        if (ReplyText.Property(entry, "id") is not { Length: > 0 } id)
        {
            return null;
        }

        var names = new List<string> { id };
        if (entry.TryGetProperty("aliases", out JsonElement aliases) && aliases.ValueKind == JsonValueKind.Array)
        {
            names.AddRange(aliases.EnumerateArray().Select(ReplyText.Text).OfType<string>().Where(alias => alias.Length > 0));
        }

        string? state = entry.TryGetProperty("status", out JsonElement status) ? ReplyText.Property(status, "value") : null;
        return new ServedModel(NameList.From(names.Distinct(StringComparer.Ordinal)), state);
    }
}

/// <summary>Takes text out of a stranger's answer.</summary>
internal static class ReplyText
{
    private const int LongestText = 300;

    /// <summary>A property of an object that is text; null where it isn't.</summary>
    public static string? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? Text(value) : null;

    /// <summary>A JSON string; null for anything else.</summary>
    public static string? Text(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? Clean(element.GetString()!) : null;

    /// <summary>Whoever listens on a port must not be able to steer the terminal that shows its answer.</summary>
    public static string Clean(string text)
    {
        string bounded = text.Length > LongestText ? text[..LongestText] + "..." : text;
        return bounded.Any(char.IsControl) ? string.Concat(bounded.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : bounded;
    }
}
