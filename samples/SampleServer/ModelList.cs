using System.Text.Json;

namespace IdleHands.Samples.SampleServer;

/// <summary>The answer of <c>/v1/models</c>: the list as Ollama writes it, then as OpenAI does.</summary>
internal static class ModelList
{
    public const int TrainedContext = 131072;

    public static byte[] Write(ServerOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("models");
            WriteOllamaEntry(json, options.ServedId);
            json.WriteEndArray();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            WriteOpenAiEntry(json, options);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteOllamaEntry(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("name", id);
        json.WriteString("model", id);
        foreach (string empty in (ReadOnlySpan<string>)["modified_at", "size", "digest"])
        {
            json.WriteString(empty, string.Empty);
        }

        json.WriteString("type", "model");
        json.WriteString("description", string.Empty);
        json.WriteStartArray("tags");
        json.WriteStringValue(string.Empty);
        json.WriteEndArray();
        json.WriteStartArray("capabilities");
        json.WriteStringValue("completion");
        json.WriteEndArray();
        json.WriteString("parameters", string.Empty);
        json.WriteStartObject("details");
        json.WriteString("parent_model", string.Empty);
        json.WriteString("format", "gguf");
        json.WriteString("family", string.Empty);
        json.WriteStartArray("families");
        json.WriteStringValue(string.Empty);
        json.WriteEndArray();
        json.WriteString("parameter_size", string.Empty);
        json.WriteString("quantization_level", string.Empty);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOpenAiEntry(Utf8JsonWriter json, ServerOptions options)
    {
        json.WriteStartObject();
        json.WriteString("id", options.ServedId);
        json.WriteStartArray("aliases");
        if (options.ModelId is null)
        {
            foreach (string alias in options.Aliases)
            {
                json.WriteStringValue(alias);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("tags");
        json.WriteEndArray();
        json.WriteString("object", "model");
        json.WriteNumber("created", DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        json.WriteString("owned_by", options.Owner ?? "llamacpp");
        json.WriteStartObject("meta");
        json.WriteNumber("vocab_type", 2);
        json.WriteNumber("n_vocab", 32000);
        json.WriteNumber("n_ctx", options.ContextSize);
        json.WriteNumber("n_ctx_train", TrainedContext);
        json.WriteNumber("n_embd", 1024);
        json.WriteNumber("n_params", 596049920);
        json.WriteNumber("size", new FileInfo(options.Model) is { Exists: true } file ? file.Length : 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
