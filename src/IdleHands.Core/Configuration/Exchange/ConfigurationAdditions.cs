using IdleHands.Configuration.Json;

namespace IdleHands.Configuration.Exchange;

/// <summary>Adds entries to a configuration, and tells what it added as an import does.</summary>
internal sealed class ConfigurationAdditions(ConfigurationStore store, RuntimeConfiguration entries, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>What would be added.</summary>
    public IReadOnlyList<ConfigurationChange> Changes => Describe(entries, null);

    /// <summary>Adds them, under one lock with one write. The file as it was is kept. What another has added by the same id meanwhile stays.</summary>
    /// <param name="onFailure">Hears of each entry that can't be added.</param>
    /// <param name="cancellationToken">Ends the wait for the lock.</param>
    /// <returns>What was added.</returns>
    /// <exception cref="ConfigurationException">The file can't be read, used or written.</exception>
    public async Task<IReadOnlyList<ConfigurationChange>> ApplyAsync(Action<IdleHandsException> onFailure, CancellationToken cancellationToken)
    {
        RuntimeConfiguration added = entries;
        string? backup = null;
        var backups = new ConfigurationBackups(store.Path, _clock);
        await store.UpdateAsync(
            (current, _) =>
            {
                RuntimeConfiguration after = EntryEdits.Add(EntrySection.Hosts, current, entries.Hosts.Except(current.Hosts), (_, failure) => onFailure(failure));
                after = EntryEdits.Add(EntrySection.Backends, after, entries.Backends.Except(current.Backends), (_, failure) => onFailure(failure));
                after = EntryEdits.Add(EntrySection.Models, after, entries.Models.Except(current.Models), (_, failure) => onFailure(failure));
                added = RuntimeConfiguration.Empty with
                {
                    Hosts = [.. after.Hosts.Skip(current.Hosts.Count)],
                    Backends = [.. after.Backends.Skip(current.Backends.Count)],
                    Models = [.. after.Models.Skip(current.Models.Count)],
                };
                return Task.FromResult(after);
            },
            cancellationToken,
            text => backup = backups.Keep(text)).ConfigureAwait(false);
        return Describe(added, backup);
    }

    private List<ConfigurationChange> Describe(RuntimeConfiguration added, string? backup) =>
    [
        .. added.Hosts.Select(host => Change("Host", host.Id, differences => HostJson.Fields.Compare(null, host, differences), backup)),
        .. added.Backends.Select(backend => Change("Backend", backend.Id, differences => BackendJson.Fields.Compare(null, backend, differences), backup)),
        .. added.Models.Select(model => Change("Model", model.Id, differences => ModelJson.Fields.Compare(null, model, differences), backup)),
    ];

    private ConfigurationChange Change(string section, string id, Action<List<PropertyChange>> compare, string? backup)
    {
        var differences = new List<PropertyChange>();
        compare(differences);
        differences.RemoveAll(change => change.Property == "id");
        return new ConfigurationChange
        {
            Action = ConfigurationAction.Add,
            Section = section,
            Id = id,
            Difference = new ItemList<PropertyChange>(differences),
            Path = store.Path,
            BackupPath = backup,
        };
    }
}
