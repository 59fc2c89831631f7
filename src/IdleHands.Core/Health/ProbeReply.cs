using System.Text.Json;
using System.Text.Unicode;

namespace IdleHands.Health;

/// <summary>How asking one path went.</summary>
internal enum ReplyOutcome
{
    /// <summary>The path was not asked: the other one had settled it.</summary>
    NotAsked,

    /// <summary>An HTTP answer came, whole or up to the bound.</summary>
    Answered,

    /// <summary>Nobody listens.</summary>
    Refused,

    /// <summary>The connection was neither accepted nor refused.</summary>
    NotAccepted,

    /// <summary>Connected, and nothing came in time.</summary>
    NoAnswer,

    /// <summary>An answer began and did not end in time.</summary>
    Unfinished,

    /// <summary>It broke off, or was not HTTP.</summary>
    Broken,
}

/// <summary>What came back for one path, with what can be read out of it.</summary>
internal sealed record ProbeReply
{
    /// <summary>What stands for a path that was not asked.</summary>
    public static ProbeReply NotAsked { get; } = new() { Outcome = ReplyOutcome.NotAsked };

    public required ReplyOutcome Outcome { get; init; }

    /// <summary>HTTP status; null where no answer came.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The <c>Server</c> header.</summary>
    public string? ServerHeader { get; init; }

    /// <summary>Time until it was known.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>What went wrong, for <see cref="ReplyOutcome.Broken"/>.</summary>
    public string? Problem { get; init; }

    /// <summary>True when the body was longer than what is read of it.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>True when the body is there and empty.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>True when the body is JSON.</summary>
    public bool IsJson { get; private init; }

    /// <summary>True when the body is a web page.</summary>
    public bool IsHtml { get; private init; }

    /// <summary>The list of models, where the body is one.</summary>
    public ModelList? List { get; private init; }

    /// <summary>How many slots of llama-server work on a request, where the body is its list of slots.</summary>
    public int? BusySlots { get; private init; }

    /// <summary>The <c>status</c> of a health answer, in lower case.</summary>
    public string? HealthWord { get; private init; }

    /// <summary>True when a health answer has <c>issues</c>, as TabbyAPI's has.</summary>
    public bool HealthHasIssues { get; private init; }

    /// <summary>The message of an error body.</summary>
    public string? ErrorMessage { get; private init; }

    /// <summary>True for a 200 whose body came whole.</summary>
    public bool IsOk => Outcome == ReplyOutcome.Answered && HttpStatus == 200 && !IsTooLong;

    /// <summary>True when it says 503, or says in words that it loads.</summary>
    public bool SaysLoading => HttpStatus == 503
        || (Outcome == ReplyOutcome.Answered && HealthWord?.StartsWith("loading", StringComparison.Ordinal) == true);

    /// <summary>True when a key is asked for.</summary>
    public bool WantsKey => HttpStatus is 401 or 403;

    /// <summary>An answer with this body.</summary>
    public static ProbeReply Answer(int httpStatus, ReadOnlyMemory<byte> body, string? mediaType = null, bool isTooLong = false)
    {
        ReadOnlySpan<byte> text = body.Span.Trim(" \t\r\n"u8);
        var reply = new ProbeReply
        {
            Outcome = ReplyOutcome.Answered,
            HttpStatus = httpStatus,
            IsTooLong = isTooLong,
            IsEmpty = text.IsEmpty,
            IsHtml = mediaType == "text/html" || (!text.IsEmpty && text[0] == '<'),
        };
        return isTooLong || text.IsEmpty || text[0] == '<' || !Utf8.IsValid(text) ? reply : reply.WithJson(body);
    }

    /// <summary>Slots say <c>is_processing</c>; those of builds before autumn 2024 have a <c>state</c> that is 0 when idle.</summary>
    private static int? CountBusySlots(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() == 0)
        {
            return null;
        }

        int busy = 0;
        foreach (JsonElement slot in root.EnumerateArray())
        {
            if (IsBusy(slot) is not { } isBusy)
            {
                return null;
            }

            busy += isBusy ? 1 : 0;
        }

        return busy;
    }

    private static bool? IsBusy(JsonElement slot)
    {
        if (slot.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (slot.TryGetProperty("is_processing", out JsonElement processing))
        {
            return processing.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        }

        return slot.TryGetProperty("state", out JsonElement state) && state.ValueKind == JsonValueKind.Number ? state.GetDouble() != 0 : null;
    }

    private ProbeReply WithJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            bool isObject = root.ValueKind == JsonValueKind.Object;
            return this with
            {
                IsJson = true,
                IsHtml = false,
                List = ModelList.Read(root),
                BusySlots = CountBusySlots(root),
                HealthWord = ReplyText.Property(root, "status")?.ToLowerInvariant(),
                HealthHasIssues = isObject && root.TryGetProperty("issues", out _),
                ErrorMessage = isObject && root.TryGetProperty("error", out JsonElement error)
                    ? ReplyText.Property(error, "message") ?? ReplyText.Text(error)
                    : null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string holds half of a surrogate pair.
            return this;
        }
    }
}
