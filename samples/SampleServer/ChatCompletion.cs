using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace IdleHands.Samples.SampleServer;

/// <summary>
/// Answers a chat: says back the words of the last message, over and over until <c>max_tokens</c>, or once where no
/// limit is given. A word is a token.
/// </summary>
internal sealed class ChatCompletion(ServerOptions options, Lifecycle lifecycle, HttpConnection connection, SlotTable slots)
{
    private readonly string _id = "chatcmpl-" + Guid.NewGuid().ToString("N");
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Sends the answer.</summary>
    public void Answer(byte[] body)
    {
        ChatRequest request;
        try
        {
            request = ChatRequest.Parse(body);
        }
        catch (JsonException exception)
        {
            Router.SendError(connection, 400, "invalid_request_error", JsonEncodedText.Encode(exception.Message).ToString());
            return;
        }

        if (request.PromptTokens > options.ContextSize)
        {
            Router.SendError(
                connection,
                400,
                "exceed_context_size_error",
                $"request ({request.PromptTokens} tokens) exceeds the available context size ({options.ContextSize} tokens), try increasing it");
            return;
        }

        if (TakeSlot() is not { } slot)
        {
            connection.Hang();
            return;
        }

        try
        {
            if (request.Stream)
            {
                SendStream(request);
            }
            else
            {
                SendWhole(request);
            }
        }
        finally
        {
            slots.Release(slot);
        }
    }

    /// <summary>Waits for a free slot; null when the client leaves or the server is to stop meanwhile.</summary>
    private int? TakeSlot()
    {
        while (!lifecycle.Stopping)
        {
            if (slots.TryTake() is { } slot)
            {
                return slot;
            }

            if (!connection.Pause(TimeSpan.FromMilliseconds(10)))
            {
                break;
            }
        }

        return null;
    }

    private void SendWhole(ChatRequest request)
    {
        var clock = Stopwatch.StartNew();
        var text = new StringBuilder();
        for (int index = 0; index < request.ReplyTokens; index++)
        {
            if (!WaitForToken())
            {
                return;
            }

            text.Append(request.TokenAt(index));
        }

        connection.Send(200, Router.Json, WriteJson(json =>
        {
            WriteChoice(json, request.FinishReason, "message", "assistant", text.ToString());
            WriteEnvelope(json, "chat.completion");
            WriteUsage(json, request);
            WriteTimings(json, request, clock.Elapsed);
        }));
    }

    private void SendStream(ChatRequest request)
    {
        var clock = Stopwatch.StartNew();
        connection.BeginStream("text/event-stream");
        SendEvent(json => WriteChoice(json, null, "delta", "assistant", null));
        for (int index = 0; index < request.ReplyTokens; index++)
        {
            if (!WaitForToken())
            {
                return;
            }

            string token = request.TokenAt(index);
            SendEvent(json => WriteChoice(json, null, "delta", null, token));
        }

        SendEvent(json =>
        {
            WriteChoice(json, request.FinishReason, "delta", null, null);
            if (!request.IncludeUsage)
            {
                WriteTimings(json, request, clock.Elapsed);
            }
        });
        if (request.IncludeUsage)
        {
            SendEvent(json =>
            {
                json.WriteStartArray("choices");
                json.WriteEndArray();
                WriteUsage(json, request);
                WriteTimings(json, request, clock.Elapsed);
            });
        }

        connection.SendChunk("data: [DONE]\n\n");
        connection.SendChunk(string.Empty);
    }

    /// <summary>False when the client has left. Once the server is to stop no token comes any more, as in llama-server.</summary>
    private bool WaitForToken()
    {
        if (!lifecycle.Stopping && connection.Pause(TimeSpan.FromSeconds(1 / options.TokensPerSecond)) && !lifecycle.Stopping)
        {
            return true;
        }

        connection.Hang();
        return false;
    }

    private void SendEvent(Action<Utf8JsonWriter> write) =>
        connection.SendChunk("data: " + Encoding.UTF8.GetString(WriteJson(json =>
        {
            write(json);
            WriteEnvelope(json, "chat.completion.chunk");
        })) + "\n\n");

    private static byte[] WriteJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteChoice(Utf8JsonWriter json, string? finishReason, string part, string? role, string? content)
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteString("finish_reason", finishReason);
        json.WriteNumber("index", 0);
        json.WriteStartObject(part);
        if (role is not null)
        {
            json.WriteString("role", role);
        }

        if (content is not null || role is not null)
        {
            json.WriteString("content", content);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteEnvelope(Utf8JsonWriter json, string kind)
    {
        json.WriteNumber("created", _created);
        json.WriteString("id", _id);
        json.WriteString("model", options.ServedId);
        json.WriteString("system_fingerprint", "sample-server");
        json.WriteString("object", kind);
    }

    private static void WriteUsage(Utf8JsonWriter json, ChatRequest request)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("completion_tokens", request.ReplyTokens);
        json.WriteNumber("prompt_tokens", request.PromptTokens);
        json.WriteNumber("total_tokens", request.ReplyTokens + request.PromptTokens);
        json.WriteEndObject();
    }

    private static void WriteTimings(Utf8JsonWriter json, ChatRequest request, TimeSpan elapsed)
    {
        // The sample "reads" a prompt at ten times the pace at which it "writes".
        double predicted = Math.Max(elapsed.TotalMilliseconds, 0.001);
        double prompt = Math.Max(predicted / Math.Max(request.ReplyTokens, 1) * request.PromptTokens / 10, 0.001);
        json.WriteStartObject("timings");
        json.WriteNumber("cache_n", 0);
        WriteTiming(json, "prompt", request.PromptTokens, prompt);
        WriteTiming(json, "predicted", request.ReplyTokens, predicted);
        json.WriteEndObject();
    }

    private static void WriteTiming(Utf8JsonWriter json, string name, int count, double milliseconds)
    {
        json.WriteNumber(name + "_n", count);
        json.WriteNumber(name + "_ms", milliseconds);
        json.WriteNumber(name + "_per_token_ms", milliseconds / Math.Max(count, 1));
        json.WriteNumber(name + "_per_second", count / milliseconds * 1000);
    }
}
