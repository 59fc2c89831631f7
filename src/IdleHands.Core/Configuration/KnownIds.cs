namespace IdleHands.Configuration;

/// <summary>The ids that entries may refer to, each with the index of its entry.</summary>
internal sealed class KnownIds
{
    /// <summary>Ids of hosts.</summary>
    public required Dictionary<string, int> Hosts { get; init; }

    /// <summary>Ids of backends.</summary>
    public required Dictionary<string, int> Backends { get; init; }

    /// <summary>Ids of models.</summary>
    public required Dictionary<string, int> Models { get; init; }

    /// <summary>The ids of a configuration; of two entries with one id, the first counts.</summary>
    public static KnownIds Of(RuntimeConfiguration configuration) => new()
    {
        Hosts = Index(EntrySection.Hosts, configuration),
        Backends = Index(EntrySection.Backends, configuration),
        Models = Index(EntrySection.Models, configuration),
    };

    private static Dictionary<string, int> Index<T>(EntrySection<T> section, RuntimeConfiguration configuration)
        where T : class
    {
        IReadOnlyList<T> entries = section.Get(configuration);
        var known = new Dictionary<string, int>(entries.Count, StringComparer.Ordinal);
        for (int index = 0; index < entries.Count; index++)
        {
            if (section.GetId(entries[index]) is { } id)
            {
                known.TryAdd(id, index);
            }
        }

        return known;
    }
}
