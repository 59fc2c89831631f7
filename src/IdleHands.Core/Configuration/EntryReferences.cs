using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>One place that refers to an entry.</summary>
/// <param name="Id">The id referred to.</param>
/// <param name="Referrer">Who refers to it, in words: <c>host_policy of model 'a'</c>.</param>
/// <param name="IsLast">True when the list there would be empty without the ids that are to go.</param>
internal readonly record struct EntryReference(string Id, string Referrer, bool IsLast);

/// <summary>Who refers to the entries of a section, and how they are without it.</summary>
internal static class EntryReferences
{
    /// <summary>All references to these ids from entries that stay.</summary>
    public static List<EntryReference> Find<T>(EntrySection<T> section, RuntimeConfiguration configuration, HashSet<string> ids)
        where T : class
    {
        var found = new List<EntryReference>();
        bool isHost = ReferenceEquals(section, EntrySection.Hosts);
        bool isModel = ReferenceEquals(section, EntrySection.Models);
        foreach (RuntimeBackend backend in isHost ? configuration.Backends : [])
        {
            AddList(found, ids, backend.HostFilter.IsAny ? [] : backend.HostFilter, "host_filters", $"backend '{backend.Id}'");
        }

        foreach (RuntimeModel model in configuration.Models)
        {
            if (isModel)
            {
                AddFallback(found, ids, model);
                continue;
            }

            IdPolicy policy = isHost ? model.HostPolicy : model.BackendPolicy;
            AddList(found, ids, policy.IsAny ? [] : policy, isHost ? "host_policy" : "backend_policy", $"model '{model.Id}'");
            if (isHost && model.SplitPolicy is { } split)
            {
                AddList(found, ids, split.Hosts, "split_policy", $"model '{model.Id}'");
            }
        }

        return found;
    }

    /// <summary>The configuration whose entries name none of these ids.</summary>
    public static RuntimeConfiguration Drop<T>(EntrySection<T> section, RuntimeConfiguration configuration, HashSet<string> ids)
        where T : class
    {
        if (ReferenceEquals(section, EntrySection.Hosts))
        {
            return configuration with
            {
                Backends = [.. configuration.Backends.Select(backend => DropHosts(backend, ids))],
                Models = [.. configuration.Models.Select(model => DropHosts(model, ids))],
            };
        }

        if (ReferenceEquals(section, EntrySection.Backends))
        {
            return configuration with { Models = [.. configuration.Models.Select(model => DropBackends(model, ids))] };
        }

        return configuration with
        {
            Models = [.. configuration.Models.Select(model => model.Fallback is { } id && ids.Contains(id) ? model with { Fallback = null } : model)],
        };
    }

    private static void AddFallback(List<EntryReference> found, HashSet<string> ids, RuntimeModel model)
    {
        if (model.Fallback is { } id && ids.Contains(id) && !ids.Contains(model.Id))
        {
            found.Add(new EntryReference(id, $"fallback of model '{model.Id}'", IsLast: false));
        }
    }

    private static void AddList(List<EntryReference> found, HashSet<string> ids, IReadOnlyList<string> list, string key, string referrer)
    {
        bool isLast = list.All(ids.Contains);
        foreach (string id in list.Where(ids.Contains).Distinct(StringComparer.Ordinal))
        {
            found.Add(new EntryReference(id, $"{key} of {referrer}", isLast));
        }
    }

    private static RuntimeBackend DropHosts(RuntimeBackend backend, HashSet<string> ids)
    {
        IdPolicy filter = Without(backend.HostFilter, ids);
        return ReferenceEquals(filter, backend.HostFilter) ? backend : backend with { HostFilter = filter };
    }

    private static RuntimeModel DropHosts(RuntimeModel model, HashSet<string> ids)
    {
        IdPolicy policy = Without(model.HostPolicy, ids);
        SplitPolicy? split = model.SplitPolicy is { } own && own.Hosts.Any(ids.Contains)
            ? SplitPolicyText.RemoveHosts(own, ids.Contains)
            : model.SplitPolicy;
        bool isSame = ReferenceEquals(policy, model.HostPolicy) && ReferenceEquals(split, model.SplitPolicy);
        return isSame ? model : model with { HostPolicy = policy, SplitPolicy = split };
    }

    private static RuntimeModel DropBackends(RuntimeModel model, HashSet<string> ids)
    {
        IdPolicy policy = Without(model.BackendPolicy, ids);
        return ReferenceEquals(policy, model.BackendPolicy) ? model : model with { BackendPolicy = policy };
    }

    private static IdPolicy Without(IdPolicy policy, HashSet<string> ids) =>
        policy.IsAny || !policy.Any(ids.Contains) ? policy : IdPolicy.Of(policy.Where(id => !ids.Contains(id)));
}
