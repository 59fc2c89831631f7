namespace IdleHands;

/// <summary>The hosts, backends and models of one <c>runtimes.json</c>, in the order of the file.</summary>
public sealed record RuntimeConfiguration
{
    /// <summary>The only schema version there is.</summary>
    public const int SchemaVersion = 1;

    /// <summary>A configuration without entries.</summary>
    public static RuntimeConfiguration Empty { get; } = new();

    /// <summary>The hosts.</summary>
    public IReadOnlyList<RuntimeHost> Hosts { get; init; } = [];

    /// <summary>The backends.</summary>
    public IReadOnlyList<RuntimeBackend> Backends { get; init; } = [];

    /// <summary>The models.</summary>
    public IReadOnlyList<RuntimeModel> Models { get; init; } = [];
}
