namespace IdleHands.Configuration;

/// <summary>What a look at a configuration file gave.</summary>
/// <param name="Configuration">The configuration; null where an error keeps it from being used.</param>
/// <param name="Findings">All that is wrong or odd; empty where nothing is.</param>
public sealed record ConfigurationInspection(RuntimeConfiguration? Configuration, IReadOnlyList<ConfigurationFinding> Findings);
