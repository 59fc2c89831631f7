using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>The rules of a configuration, as a pure function: used on what was read and on what is to be written.</summary>
internal static class ConfigurationValidator
{
    /// <summary>All that breaks a rule; empty where nothing does.</summary>
    public static IReadOnlyList<ConfigurationFinding> Validate(RuntimeConfiguration configuration)
    {
        var findings = new EntryFindings();
        KnownIds known = KnownIds.Of(configuration);
        CheckSection(EntrySection.Hosts, configuration, known, findings);
        CheckSection(EntrySection.Backends, configuration, known, findings);
        CheckSection(EntrySection.Models, configuration, known, findings);
        foreach (FallbackCycle cycle in FallbackCycle.FindAll(configuration.Models, known.Models))
        {
            findings.Enter("models", cycle.ModelIndexes.Min());
            findings.Add("fallback", cycle.Message);
        }

        return findings.List;
    }

    /// <summary>Checks one host.</summary>
    public static void CheckHost(RuntimeHost host, KnownIds known, EntryFindings findings)
    {
        HostJson.Fields.Check(host, known, findings);
        foreach (TransportNeed need in HostJson.TransportNeeds)
        {
            if (host.Transport == need.Transport && string.IsNullOrWhiteSpace(need.Get(host)))
            {
                findings.Add($"{need.Group}.{need.Key}", need.Message);
            }
        }
    }

    /// <summary>Checks one backend.</summary>
    public static void CheckBackend(RuntimeBackend backend, KnownIds known, EntryFindings findings) =>
        BackendJson.Fields.Check(backend, known, findings);

    /// <summary>Checks one model.</summary>
    public static void CheckModel(RuntimeModel model, KnownIds known, EntryFindings findings) =>
        ModelJson.Fields.Check(model, known, findings);

    private static void CheckSection<T>(EntrySection<T> section, RuntimeConfiguration configuration, KnownIds known, EntryFindings findings)
        where T : class
    {
        IReadOnlyList<T> entries = section.Get(configuration);
        Dictionary<string, int> own = section.GetIndexes(known);
        for (int index = 0; index < entries.Count; index++)
        {
            findings.Enter(section.Name, index);
            section.Check(entries[index], known, findings);
            if (section.GetId(entries[index]) is { } id && own[id] != index)
            {
                findings.Add("id", $"'{id}' is the id of {section.Name}[{own[id]}] already.");
            }
        }
    }
}
