using System.Text.Json.Serialization;

namespace IdleHands.Engines;

/// <summary>A kind of server, as <c>engines.json</c> describes it. <c>docs/engines.md</c> tells what each value means.</summary>
internal sealed record Engine
{
    /// <summary>A GGUF file.</summary>
    public const string Gguf = "gguf";

    /// <summary>A directory, or a repository of Hugging Face.</summary>
    public const string Repository = "repository";

    /// <summary>A name in the engine's own store.</summary>
    public const string Tag = "tag";

    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>The program by which it is found on PATH; null where a program does not tell that it is there.</summary>
    [JsonPropertyName("program")]
    public string? Program { get; init; }

    /// <summary>How to get it, by <c>linux</c>, <c>macos</c>, <c>windows</c> or <c>default</c>.</summary>
    [JsonPropertyName("install")]
    public Dictionary<string, string>? Install { get; init; }

    [JsonPropertyName("title")]
    public required string Title { get; init; }

    [JsonPropertyName("source")]
    public required string Source { get; init; }

    [JsonPropertyName("start")]
    public required Dictionary<string, string> Start { get; init; }

    [JsonPropertyName("file_argument")]
    public string? FileArgument { get; init; }

    [JsonPropertyName("repository_argument")]
    public string? RepositoryArgument { get; init; }

    [JsonPropertyName("url_argument")]
    public string? UrlArgument { get; init; }

    [JsonPropertyName("context_argument")]
    public string? ContextArgument { get; init; }

    /// <summary>As <see cref="ContextArgument"/>, where shells differ.</summary>
    [JsonPropertyName("context_arguments")]
    public Dictionary<string, string>? ContextArguments { get; init; }

    [JsonPropertyName("mmproj_argument")]
    public string? MmprojArgument { get; init; }

    [JsonPropertyName("probe")]
    public Dictionary<string, string>? Probe { get; init; }

    [JsonPropertyName("probe_note")]
    public string? ProbeNote { get; init; }

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("stop")]
    public string? Stop { get; init; }

    [JsonPropertyName("stop_note")]
    public required string StopNote { get; init; }

    [JsonPropertyName("served_name")]
    public string? ServedName { get; init; }

    /// <summary>Options, or variables of the environment, that the engine's documentation lists.</summary>
    [JsonPropertyName("options")]
    public required string[] Options { get; init; }

    [JsonPropertyName("version")]
    public required string Version { get; init; }

    [JsonPropertyName("checked")]
    public required string Checked { get; init; }

    [JsonPropertyName("documentation")]
    public required string Documentation { get; init; }
}

/// <summary>What <c>engines.json</c> holds.</summary>
internal sealed record EngineFile
{
    [JsonPropertyName("schema_version")]
    public int SchemaVersion { get; init; }

    [JsonPropertyName("engines")]
    public required Engine[] Engines { get; init; }
}

/// <summary>Serializers made at build, so that nothing is reflected at run time.</summary>
[JsonSerializable(typeof(EngineFile))]
internal sealed partial class EngineJson : JsonSerializerContext;
