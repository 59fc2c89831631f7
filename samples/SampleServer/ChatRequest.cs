using System.Text.Json;

namespace IdleHands.Samples.SampleServer;

/// <summary>What a chat request asks for, and the words of the reply.</summary>
internal sealed class ChatRequest
{
    private static readonly char[] Blanks = [' ', '\t', '\r', '\n'];
    private string[] _words = [];

    public bool Stream { get; private init; }

    public bool IncludeUsage { get; private init; }

    public int PromptTokens { get; private init; }

    public int ReplyTokens { get; private init; }

    public string FinishReason { get; private init; } = "stop";

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="JsonException">It is not JSON, or lacks what is needed.</exception>
    public static ChatRequest Parse(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("messages", out JsonElement messages)
            || messages.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("'messages' is required");
        }

        int promptTokens = 0;
        string[] last = [];
        foreach (JsonElement message in messages.EnumerateArray())
        {
            last = TextOf(message).Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            promptTokens += last.Length;
        }

        string[] words = ["You", "said:", .. last];
        int? limit = LimitOf(root);
        return new ChatRequest
        {
            _words = words,
            Stream = IsTrue(root, "stream"),
            IncludeUsage = root.TryGetProperty("stream_options", out JsonElement stream)
                && stream.ValueKind == JsonValueKind.Object && IsTrue(stream, "include_usage"),
            PromptTokens = promptTokens,
            ReplyTokens = limit ?? words.Length,
            FinishReason = limit is null ? "stop" : "length",
        };
    }

    /// <summary>A word of the reply, with the blank before it.</summary>
    public string TokenAt(int index)
    {
        string word = _words[index % _words.Length];
        return index == 0 ? word : " " + word;
    }

    private static int? LimitOf(JsonElement root)
    {
        foreach (string name in (ReadOnlySpan<string>)["max_completion_tokens", "max_tokens", "n_predict"])
        {
            if (root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt32(out int limit) && limit >= 0)
            {
                return limit;
            }
        }

        return null;
    }

    private static bool IsTrue(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A message's text: a string, or the text parts of a list.</summary>
    private static string TextOf(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("content", out JsonElement content))
        {
            return string.Empty;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            return content.GetString()!;
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            return string.Empty;
        }

        string text = string.Empty;
        foreach (JsonElement part in content.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement value)
                && value.ValueKind == JsonValueKind.String)
            {
                text += value.GetString() + " ";
            }
        }

        return text;
    }
}
