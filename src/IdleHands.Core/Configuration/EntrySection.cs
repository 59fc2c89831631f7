namespace IdleHands.Configuration;

/// <summary>What the three sections of a configuration have in common, so that an edit is written once.</summary>
/// <param name="Name">The key of the section: <c>hosts</c>.</param>
/// <param name="Word">One entry, in words: <c>host</c>.</param>
/// <param name="Noun">One entry, in error ids and cmdlet names: <c>Host</c>.</param>
/// <param name="GetId">The id of an entry.</param>
/// <param name="Get">The entries of a configuration.</param>
/// <param name="With">The configuration with other entries.</param>
/// <param name="GetIndexes">The ids of the section among those known.</param>
/// <param name="Check">Checks one entry.</param>
internal sealed record EntrySection<T>(
    string Name,
    string Word,
    string Noun,
    Func<T, string> GetId,
    Func<RuntimeConfiguration, IReadOnlyList<T>> Get,
    Func<RuntimeConfiguration, IReadOnlyList<T>, RuntimeConfiguration> With,
    Func<KnownIds, Dictionary<string, int>> GetIndexes,
    Action<T, KnownIds, EntryFindings> Check)
    where T : class;

/// <summary>The three sections.</summary>
internal static class EntrySection
{
    public static EntrySection<RuntimeHost> Hosts { get; } = new(
        "hosts",
        "host",
        "Host",
        host => host.Id,
        configuration => configuration.Hosts,
        (configuration, hosts) => configuration with { Hosts = hosts },
        known => known.Hosts,
        ConfigurationValidator.CheckHost);

    public static EntrySection<RuntimeBackend> Backends { get; } = new(
        "backends",
        "backend",
        "Backend",
        backend => backend.Id,
        configuration => configuration.Backends,
        (configuration, backends) => configuration with { Backends = backends },
        known => known.Backends,
        ConfigurationValidator.CheckBackend);

    public static EntrySection<RuntimeModel> Models { get; } = new(
        "models",
        "model",
        "Model",
        model => model.Id,
        configuration => configuration.Models,
        (configuration, models) => configuration with { Models = models },
        known => known.Models,
        ConfigurationValidator.CheckModel);
}
