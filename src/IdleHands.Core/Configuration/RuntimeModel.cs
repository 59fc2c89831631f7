namespace IdleHands;

/// <summary>A model source with its start and probe behaviour, as <c>runtimes.json</c> defines it.</summary>
public sealed record RuntimeModel
{
    /// <summary>Port of a model that names none.</summary>
    public const int DefaultPort = 8080;

    /// <summary>Unique id: lower-case letters, digits and hyphens, at most 64 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Name shown to people.</summary>
    public required string DisplayName { get; init; }

    /// <summary>False: kept, but neither selected nor probed.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Path or URL of the weights.</summary>
    public required string Source { get; init; }

    /// <summary>Hosts it may run on: <c>any</c>, or ids in order of preference.</summary>
    public IdPolicy HostPolicy { get; init; } = IdPolicy.Any;

    /// <summary>Backends it may run on: <c>any</c>, or ids in order of preference.</summary>
    public IdPolicy BackendPolicy { get; init; } = IdPolicy.Any;

    /// <summary>Command template that starts the server.</summary>
    public required string StartCommand { get; init; }

    /// <summary>Command template that says whether the server is ready: exit code 0. Null: the built-in HTTP probe.</summary>
    public string? ProbeCommand { get; init; }

    /// <summary>Limit of the wait for readiness, in seconds; null: derived from the size.</summary>
    public int? ProbeTimeoutSec { get; init; }

    /// <summary>Pause between two probes, in milliseconds; null: derived from the size.</summary>
    public int? ProbeIntervalMs { get; init; }

    /// <summary>Command template that says whether a service still runs: exit code 0. For starts that hand over to one.</summary>
    public string? StatusCommand { get; init; }

    /// <summary>Port as set; null: <see cref="DefaultPort"/>.</summary>
    public int? Port { get; init; }

    /// <summary>Context window in tokens.</summary>
    public int? ContextWindow { get; init; }

    /// <summary>Most tokens a reply may have.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Id the server answers with, where it is neither the model's id nor its file.</summary>
    public string? ServedName { get; init; }

    /// <summary>Chat template: a built-in name, or a path (has a separator or ends in <c>.jinja</c>).</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Model tried when this one fails to start.</summary>
    public string? Fallback { get; init; }

    /// <summary><c>default</c>, <c>think</c> or <c>no_think</c>.</summary>
    public string? ThinkingMode { get; init; }

    /// <summary>Several hosts for one model; kept as written.</summary>
    public SplitPolicy? SplitPolicy { get; init; }

    /// <summary>The port its server listens on.</summary>
    internal int EffectivePort => Port ?? DefaultPort;
}

/// <summary>The words of a model's <c>thinking_mode</c>.</summary>
public static class ThinkingMode
{
    /// <summary>All of them.</summary>
    public static NameList All { get; } = new("default", "think", "no_think");
}
