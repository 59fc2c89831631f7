namespace IdleHands;

/// <summary>What an import does, or would do, to one entry.</summary>
public sealed record ConfigurationChange
{
    /// <summary><c>Add</c>, <c>Change</c>, <c>Remove</c>, or <c>None</c> where the entry is as the file wants it.</summary>
    public required string Action { get; init; }

    /// <summary><c>Host</c>, <c>Backend</c> or <c>Model</c>.</summary>
    public required string Section { get; init; }

    /// <summary>Id of the entry.</summary>
    public required string Id { get; init; }

    /// <summary>What differs, property by property.</summary>
    public required IReadOnlyList<PropertyChange> Difference { get; init; }

    /// <summary>The configuration file.</summary>
    public string? Path { get; init; }

    /// <summary>Where the configuration file is kept as it was; null where nothing was written.</summary>
    public string? BackupPath { get; init; }

    /// <summary><c>Change model 'qwen'</c>.</summary>
    public override string ToString() => $"{Action} {Section.ToLowerInvariant()} '{Id}'";
}

/// <summary>The words of <see cref="ConfigurationChange.Action"/>.</summary>
public static class ConfigurationAction
{
    /// <summary>The entry is new.</summary>
    public const string Add = "Add";

    /// <summary>The entry is changed.</summary>
    public const string Change = "Change";

    /// <summary>The entry goes.</summary>
    public const string Remove = "Remove";

    /// <summary>The entry stays as it is.</summary>
    public const string None = "None";
}
