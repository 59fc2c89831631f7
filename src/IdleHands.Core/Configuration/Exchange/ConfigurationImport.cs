namespace IdleHands.Configuration.Exchange;

/// <summary>Applies files to a configuration: worked out first, then done under one lock with one write, or not at all.</summary>
internal sealed class ConfigurationImport(ConfigurationStore store, IReadOnlyList<ImportSource> sources, bool isReplacing, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Works out what would be done. Nothing is locked and nothing changed.</summary>
    /// <exception cref="ConfigurationException">The configuration can't be read or used.</exception>
    public ImportPlan Plan() => ImportPlan.Make(store.Load(), sources, isReplacing);

    /// <summary>Does what was worked out, on the configuration as it is by now.</summary>
    /// <param name="agreed">What was agreed to. An entry whose removal is not part of it is not removed.</param>
    /// <param name="cancellationToken">Ends the wait for the lock.</param>
    /// <returns>What was done to each entry, with the place of the backup.</returns>
    /// <exception cref="IdleHandsException"><c>ConfigurationMoved</c>, and those of the store.</exception>
    public async Task<IReadOnlyList<ConfigurationChange>> ApplyAsync(ImportPlan agreed, CancellationToken cancellationToken)
    {
        HashSet<(string, string)> removals = [.. Removals(agreed)];
        ImportPlan done = agreed;
        string? backup = null;
        var backups = new ConfigurationBackups(store.Path, _clock);
        await store.UpdateAsync(
            (current, _) =>
            {
                done = ImportPlan.Make(current, sources, isReplacing);
                foreach (ImportFinding broken in done.Findings.Where(found => found.Finding.Severity == ConfigurationFinding.Error))
                {
                    throw ConfigurationException.NotImportable(broken.File, broken.Finding);
                }

                return Removals(done).FirstOrDefault(removal => !removals.Contains(removal)) is { Id: { } id } unseen
                    ? throw Moved(unseen.Section, id)
                    : Task.FromResult(done.After);
            },
            cancellationToken,
            text => backup = backups.Keep(text)).ConfigureAwait(false);
        return [.. done.Changes.Select(change => change with { Path = store.Path, BackupPath = backup })];
    }

    private static IEnumerable<(string Section, string Id)> Removals(ImportPlan plan) =>
        plan.Changes.Where(change => change.Action == ConfigurationAction.Remove).Select(change => (change.Section, change.Id));

    private static IdleHandsException Moved(string section, string id) => new(
        "ConfigurationMoved",
        FailureKind.Busy,
        $"Nothing was imported: the {section.ToLowerInvariant()} '{id}', which the import would remove, was added while it was being worked out.",
        "Look again with Import-IHConfiguration -Replace -WhatIf.",
        id);
}
