using System.Text.Json.Serialization;

namespace IdleHands.Execution;

/// <summary>One line of <c>journal.jsonl</c>: the begin or the end of a select or stop.</summary>
internal sealed record JournalLine
{
    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="Event"/> of a begin.</summary>
    public const string Begin = "begin";

    /// <summary><see cref="Event"/> of an end.</summary>
    public const string End = "end";

    private const int LongestText = 8 * 1024;

    [JsonPropertyName("v")]
    public int Version { get; init; } = CurrentVersion;

    [JsonPropertyName("event")]
    public required string Event { get; init; }

    /// <summary>Joins the two lines of one run.</summary>
    [JsonPropertyName("run")]
    public required string RunId { get; init; }

    [JsonPropertyName("action")]
    public required string Action { get; init; }

    [JsonPropertyName("model_id")]
    public required string ModelId { get; init; }

    [JsonPropertyName("at")]
    public required DateTimeOffset StartedAt { get; init; }

    [JsonPropertyName("user")]
    public string? User { get; init; }

    [JsonPropertyName("process_id")]
    public int ProcessId { get; init; }

    [JsonPropertyName("host_id")]
    public string? HostId { get; init; }

    [JsonPropertyName("backend_id")]
    public string? BackendId { get; init; }

    [JsonPropertyName("reasons")]
    public string[]? Reasons { get; init; }

    [JsonPropertyName("plan")]
    public JournalStep[]? Plan { get; init; }

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("ms")]
    public long? Milliseconds { get; init; }

    [JsonPropertyName("active_id")]
    public string? ActiveId { get; init; }

    [JsonPropertyName("cause")]
    public string? Cause { get; init; }

    [JsonPropertyName("error_id")]
    public string? ErrorId { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("launch_id")]
    public string? LaunchId { get; init; }

    [JsonPropertyName("log")]
    public string? LogPath { get; init; }

    [JsonPropertyName("steps")]
    public JournalOutcome[]? Steps { get; init; }

    /// <summary>The end of a text that is too long to be kept whole: what went wrong stands there.</summary>
    public static string? Bounded(string? text) => text is { Length: > LongestText } ? "[…]" + text[^LongestText..] : text;
}

/// <summary>A step of a plan in the journal.</summary>
internal sealed record JournalStep(
    [property: JsonPropertyName("order")] int Order,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("host_id")] string HostId,
    [property: JsonPropertyName("command")] string? Command,
    [property: JsonPropertyName("timeout_ms")] long TimeoutMilliseconds,
    [property: JsonPropertyName("description")] string Description)
{
    /// <summary>The step as the journal keeps it.</summary>
    public static JournalStep Of(PlanStep step) =>
        new(step.Order, step.Kind, step.HostId, step.Command, (long)step.Timeout.TotalMilliseconds, step.Description);

    /// <summary>The step again.</summary>
    public PlanStep ToStep() => new()
    {
        Order = Order,
        Kind = Kind,
        HostId = HostId,
        Command = Command,
        Timeout = TimeSpan.FromMilliseconds(TimeoutMilliseconds),
        Description = Description,
    };
}

/// <summary>The outcome of a step in the journal.</summary>
internal sealed record JournalOutcome(
    [property: JsonPropertyName("model_id")] string ModelId,
    [property: JsonPropertyName("order")] int Order,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("host_id")] string HostId,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("ms")] double Milliseconds,
    [property: JsonPropertyName("exit_code")] int? ExitCode,
    [property: JsonPropertyName("detail")] string? Detail)
{
    /// <summary>The outcome as the journal keeps it.</summary>
    public static JournalOutcome Of(StepOutcome outcome) => new(
        outcome.Id,
        outcome.Order,
        outcome.Kind,
        outcome.HostId,
        outcome.Status,
        Math.Round(outcome.Duration.TotalMilliseconds, 1),
        outcome.ExitCode,
        JournalLine.Bounded(outcome.Detail));

    /// <summary>The outcome again.</summary>
    public StepOutcome ToOutcome() => new()
    {
        Id = ModelId,
        Order = Order,
        Kind = Kind,
        HostId = HostId,
        Status = Status,
        Duration = TimeSpan.FromMilliseconds(Milliseconds),
        ExitCode = ExitCode,
        Detail = Detail,
    };
}

/// <summary>Serializers made at build, so that nothing is reflected at run time; one line a value.</summary>
[JsonSourceGenerationOptions(WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
