namespace IdleHands.Health;

/// <summary>What whoever listens on a port answered to a probe.</summary>
public sealed record ServerAnswer
{
    /// <summary>One of <see cref="ProbeStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>True when something accepted the connection, whatever it then said.</summary>
    public bool Listening { get; init; }

    /// <summary>Kind of server, e.g. <c>llama.cpp</c>, <c>vllm</c>, <c>ollama</c>; null where it can't be told.</summary>
    public string? Server { get; init; }

    /// <summary>Ids it lists, aliases included; empty where it lists none or <see cref="ModelIdsKnown"/> is false.</summary>
    public NameList ModelIds { get; init; } = NameList.Empty;

    /// <summary>False where no list of models could be read (loading, a key is needed, no such server): then it is no evidence of identity either way.</summary>
    public bool ModelIdsKnown { get; init; }

    /// <summary>True when its list of models is kept behind a key: then that it can't be read is no evidence either way.</summary>
    internal bool NeedsKey { get; init; }

    /// <summary>HTTP status that decided; null where no answer came.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Time to the answer that decided.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Why the status is what it is, in words.</summary>
    public string? Detail { get; init; }

    /// <summary>The entries of its list, each with its names and, for a router, its state.</summary>
    internal IReadOnlyList<ServedModel> Models { get; init; } = [];

    /// <summary>
    /// The state a router gives a model of one of these names (<c>unloaded</c>, <c>loading</c>, <c>loaded</c>,
    /// <c>sleeping</c>); null where the server is no router or doesn't list it.
    /// </summary>
    internal string? StateOf(IReadOnlyCollection<string> names) =>
        Models.FirstOrDefault(model => ModelIdentity.Matches(model.Names, names))?.State;
}
