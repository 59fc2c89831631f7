namespace IdleHands.Configuration;

/// <summary>Entries of one section while several are added or changed; finds each by its id at once.</summary>
internal sealed class EntryBatch<T>
    where T : class
{
    private readonly EntrySection<T> _section;
    private readonly RuntimeConfiguration _configuration;
    private readonly IReadOnlyList<T> _before;
    private readonly List<T?> _entries;
    private readonly KnownIds _known;
    private readonly Dictionary<string, int> _indexes;
    private readonly SortedSet<int> _touched = [];

    public EntryBatch(EntrySection<T> section, RuntimeConfiguration configuration)
    {
        _section = section;
        _configuration = configuration;
        _before = section.Get(configuration);
        _entries = [.. _before];
        _known = KnownIds.Of(configuration);
        _indexes = section.GetIndexes(_known);
    }

    /// <summary>True when there is an entry of this id. An entry without id is refused later, by the rules.</summary>
    public bool Contains(string? id) => id is not null && _indexes.ContainsKey(id);

    /// <summary>The entry of this id as it is now.</summary>
    public T Get(string id) => _entries[_indexes[id]]!;

    /// <summary>Adds an entry at the end.</summary>
    public void Add(T entry)
    {
        if (_section.GetId(entry) is { } id)
        {
            _indexes.Add(id, _entries.Count);
        }

        _touched.Add(_entries.Count);
        _entries.Add(entry);
    }

    /// <summary>Puts an entry in the place of the one with its id.</summary>
    public void Replace(T entry)
    {
        int index = _indexes[_section.GetId(entry)];
        _entries[index] = entry;
        _touched.Add(index);
    }

    /// <summary>Undoes what breaks a rule. What is undone may have been referred to, so it looks again until nothing is found.</summary>
    public void DropInvalid(Action<T, IReadOnlyList<ConfigurationFinding>> onInvalid)
    {
        while (FindInvalid() is { Count: > 0 } invalid)
        {
            foreach ((int index, IReadOnlyList<ConfigurationFinding> findings) in invalid)
            {
                T entry = _entries[index]!;
                _touched.Remove(index);
                Undo(index, entry);
                onInvalid(entry, findings);
            }
        }
    }

    /// <summary>The configuration with what was added and changed; the same one where nothing was.</summary>
    public RuntimeConfiguration ToConfiguration() =>
        _touched.Count == 0 ? _configuration : _section.With(_configuration, [.. _entries.OfType<T>()]);

    private void Undo(int index, T entry)
    {
        if (index < _before.Count)
        {
            _entries[index] = _before[index];
            return;
        }

        // Its place stays empty, so that the others keep theirs.
        _entries[index] = null;
        if (_section.GetId(entry) is { } id)
        {
            _indexes.Remove(id);
        }
    }

    private List<(int Index, IReadOnlyList<ConfigurationFinding> Findings)> FindInvalid()
    {
        var invalid = new List<(int, IReadOnlyList<ConfigurationFinding>)>();
        EntryFindings findings = Begin();
        foreach (int index in _touched)
        {
            _section.Check(_entries[index]!, _known, findings);
            if (findings.List.Count > 0)
            {
                invalid.Add((index, findings.List));
                findings = Begin();
            }
        }

        return invalid.Count > 0 ? invalid : FindCycles();
    }

    /// <summary>For the findings of one entry, whose paths begin in it.</summary>
    private EntryFindings Begin()
    {
        var findings = new EntryFindings();
        findings.Enter(_section.Name, -1);
        return findings;
    }

    // What was there before has no cycle, so each goes through an entry of this batch.
    private List<(int Index, IReadOnlyList<ConfigurationFinding> Findings)> FindCycles()
    {
        if (_entries is not List<RuntimeModel?> models)
        {
            return [];
        }

        return FallbackCycle.FindAll(models, _known.Models)
            .Select(cycle => (
                cycle.ModelIndexes.First(_touched.Contains),
                (IReadOnlyList<ConfigurationFinding>)[new ConfigurationFinding("fallback", cycle.Message, ConfigurationFinding.Error)]))
            .ToList();
    }
}
