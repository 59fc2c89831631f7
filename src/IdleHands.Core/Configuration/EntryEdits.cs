namespace IdleHands.Configuration;

/// <summary>
/// Additions, changes and removals of entries of any section, as functions that make a new configuration. Failures go to
/// a callback, one for each entry, and the others go on; each entry is looked at once, so adding thousands stays linear.
/// </summary>
internal static class EntryEdits
{
    /// <summary>Adds entries at the end, each that can be. One may refer to another that is added with it.</summary>
    public static RuntimeConfiguration Add<T>(
        EntrySection<T> section,
        RuntimeConfiguration configuration,
        IEnumerable<T> entries,
        Action<T, IdleHandsException> onFailure)
        where T : class
    {
        var batch = new EntryBatch<T>(section, configuration);
        foreach (T entry in entries)
        {
            if (batch.Contains(section.GetId(entry)))
            {
                onFailure(entry, EntryErrors.Exists(section, section.GetId(entry)));
            }
            else
            {
                batch.Add(entry);
            }
        }

        batch.DropInvalid((entry, findings) => onFailure(entry, EntryErrors.Invalid(section, entry, "added", findings)));
        return batch.ToConfiguration();
    }

    /// <summary>Adds a model with its host and backend, each where it is not there yet; another one of its id is an error.</summary>
    /// <exception cref="IdleHandsException">One of them can't be added.</exception>
    public static RuntimeConfiguration AddNew(RuntimeConfiguration configuration, RuntimeHost host, RuntimeBackend? backend, RuntimeModel model)
    {
        configuration = AddNew(EntrySection.Hosts, configuration, host, known => known.Transport == host.Transport && known.HostName == host.HostName);
        configuration = backend is null ? configuration : AddNew(EntrySection.Backends, configuration, backend, known => known.Type == backend.Type);
        return AddNew(EntrySection.Models, configuration, model, known => known.Source == model.Source);
    }

    private static RuntimeConfiguration AddNew<T>(EntrySection<T> section, RuntimeConfiguration configuration, T entry, Func<T, bool> isSame)
        where T : class =>
        section.Get(configuration).Any(known => section.GetId(known) == section.GetId(entry) && isSame(known))
            ? configuration
            : Add(section, configuration, [entry], (_, failure) => throw failure);

    /// <summary>Changes entries where they stand, each that can be.</summary>
    public static RuntimeConfiguration Change<T>(
        EntrySection<T> section,
        RuntimeConfiguration configuration,
        IEnumerable<string> ids,
        Func<T, T> change,
        Action<string, IdleHandsException> onFailure)
        where T : class
    {
        var batch = new EntryBatch<T>(section, configuration);
        foreach (string id in ids)
        {
            if (!batch.Contains(id))
            {
                onFailure(id, EntryErrors.NotFound(section, id));
                continue;
            }

            T before = batch.Get(id);
            T after = change(before);
            if (section.GetId(after) != id)
            {
                onFailure(id, EntryErrors.Renamed(section, id, section.GetId(after)));
            }
            else if (!after.Equals(before))
            {
                batch.Replace(after);
            }
        }

        batch.DropInvalid((entry, findings) => onFailure(section.GetId(entry), EntryErrors.Invalid(section, entry, "changed", findings)));
        return batch.ToConfiguration();
    }

    /// <summary>
    /// Removes entries, each that can be, and with <paramref name="removeReferences"/> their ids from all that refers to
    /// them. Entries that refer only to each other go together.
    /// </summary>
    public static RuntimeConfiguration Remove<T>(
        EntrySection<T> section,
        RuntimeConfiguration configuration,
        IEnumerable<string> ids,
        bool removeReferences,
        Action<string, IdleHandsException> onFailure)
        where T : class
    {
        var known = section.Get(configuration).Select(section.GetId).ToHashSet(StringComparer.Ordinal);
        var going = new HashSet<string>(StringComparer.Ordinal);
        foreach (string id in ids)
        {
            if (known.Contains(id))
            {
                going.Add(id);
            }
            else
            {
                onFailure(id, EntryErrors.NotFound(section, id));
            }
        }

        KeepNeeded(section, configuration, going, removeReferences, onFailure);
        if (going.Count == 0)
        {
            return configuration;
        }

        RuntimeConfiguration without = section.With(
            configuration,
            [.. section.Get(configuration).Where(entry => !going.Contains(section.GetId(entry)))]);
        return removeReferences ? EntryReferences.Drop(section, without, going) : without;
    }

    /// <summary>Takes out of <paramref name="going"/> what can't go. What stays may need another, so it looks again.</summary>
    private static void KeepNeeded<T>(
        EntrySection<T> section,
        RuntimeConfiguration configuration,
        HashSet<string> going,
        bool removeReferences,
        Action<string, IdleHandsException> onFailure)
        where T : class
    {
        while (going.Count > 0)
        {
            ILookup<string, EntryReference> needed = EntryReferences.Find(section, configuration, going)
                .Where(reference => !removeReferences || reference.IsLast)
                .ToLookup(reference => reference.Id, StringComparer.Ordinal);
            if (needed.Count == 0)
            {
                return;
            }

            foreach (IGrouping<string, EntryReference> references in needed)
            {
                going.Remove(references.Key);
                onFailure(references.Key, EntryErrors.InUse(section, references.Key, references, removeReferences));
            }
        }
    }
}
