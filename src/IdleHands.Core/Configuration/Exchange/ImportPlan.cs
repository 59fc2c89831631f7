using System.Text;
using System.Text.Json;
using IdleHands.Configuration.Json;

namespace IdleHands.Configuration.Exchange;

/// <summary>What files to import make of a configuration: a function of both, without effects.</summary>
internal sealed class ImportPlan
{
    /// <summary>The one key that the reader itself misses where it is not there; the rules miss the others.</summary>
    private const string RequiredKey = ".enabled";

    private readonly RuntimeConfiguration _before;
    private readonly IReadOnlyList<ImportSource> _sources;
    private readonly bool _isReplacing;
    private readonly List<ImportFinding> _findings = [];
    private readonly List<ConfigurationChange> _changes = [];
    private readonly Dictionary<string, List<Origin?>> _origins = new(StringComparer.Ordinal);

    /// <summary>Entries of the files that change one that is there, and need not be whole.</summary>
    private readonly HashSet<(ImportSource, string)> _parts = [];

    private ImportPlan(RuntimeConfiguration before, IReadOnlyList<ImportSource> sources, bool isReplacing)
    {
        _before = before;
        _sources = sources;
        _isReplacing = isReplacing;
        After = before;
    }

    /// <summary>The configuration as it is then.</summary>
    public RuntimeConfiguration After { get; private set; }

    /// <summary>What becomes of each entry that the files name, and of those that go.</summary>
    public IReadOnlyList<ConfigurationChange> Changes => _changes;

    /// <summary>All that is wrong or odd, in the order of the files.</summary>
    public IReadOnlyList<ImportFinding> Findings => _findings;

    /// <summary>True when the result can't be used.</summary>
    public bool IsBroken => _findings.Exists(found => found.Finding.Severity == ConfigurationFinding.Error);

    /// <summary>True when something would be written.</summary>
    public bool HasChanges => _changes.Exists(change => change.Action != ConfigurationAction.None);

    /// <summary>Works out what becomes of the configuration.</summary>
    /// <param name="before">The configuration as it is.</param>
    /// <param name="sources">The files.</param>
    /// <param name="isReplacing">
    /// False: entries and values are added and changed, and what the files don't name stays (a value that is null is
    /// removed). True: the configuration becomes just what the files say.
    /// </param>
    public static ImportPlan Make(RuntimeConfiguration before, IReadOnlyList<ImportSource> sources, bool isReplacing)
    {
        var plan = new ImportPlan(before, sources, isReplacing);
        plan.AddSection(EntrySection.Hosts, HostJson.Fields);
        plan.AddSection(EntrySection.Backends, BackendJson.Fields);
        plan.AddSection(EntrySection.Models, ModelJson.Fields);
        plan.Check();
        return plan;
    }

    private void AddSection<T, TDraft>(EntrySection<T> section, EntryFields<T, TDraft> fields)
        where T : class
        where TDraft : struct, IEntryDraft<T>
    {
        IReadOnlyList<T> old = section.Get(_before);
        Dictionary<string, int> oldIndexes = section.GetIndexes(KnownIds.Of(_before));
        List<T> entries = _isReplacing ? [] : [.. old];
        List<Origin?> origins = [.. entries.Select(_ => (Origin?)null)];
        var seen = new Dictionary<string, Origin>(StringComparer.Ordinal);
        foreach (Origin origin in Origins(section))
        {
            T entry = section.Get(origin.Source.Configuration)[origin.Index];
            string? id = section.GetId(entry);
            int at = id is not null && oldIndexes.TryGetValue(id, out int known) ? known : -1;
            if (at >= 0 && !_isReplacing)
            {
                _parts.Add((origin.Source, origin.Path + RequiredKey));
            }

            if (id is not null && !seen.TryAdd(id, origin))
            {
                Report(origin, "id", $"'{id}' is the id of {seen[id]} already.");
                continue;
            }

            if (at >= 0)
            {
                entry = Combine(old[at], entry, origin, fields);
            }

            AddChange(section, fields, at >= 0 ? old[at] : null, entry, id);
            if (at >= 0 && !_isReplacing)
            {
                (entries[at], origins[at]) = (entry, origin);
            }
            else
            {
                entries.Add(entry);
                origins.Add(origin);
            }
        }

        if (_isReplacing)
        {
            NoteOrder(section, [.. old.Select(section.GetId).Where(seen.ContainsKey)]);
            foreach (T gone in old.Where(entry => !seen.ContainsKey(section.GetId(entry))))
            {
                AddChange(section, fields, gone, null, section.GetId(gone));
            }
        }

        _origins[section.Name] = origins;
        After = section.With(After, entries.SequenceEqual(old) ? old : entries);
    }

    private IEnumerable<Origin> Origins<T>(EntrySection<T> section)
        where T : class =>
        _sources.SelectMany(source => Enumerable.Range(0, section.Get(source.Configuration).Count)
            .Select(index => new Origin(source, section.Name, index)));

    /// <summary>The entry as it is then; the very same object where nothing changes.</summary>
    private T Combine<T, TDraft>(T old, T entry, Origin origin, EntryFields<T, TDraft> fields)
        where T : class
        where TDraft : struct, IEntryDraft<T>
    {
        if (!_isReplacing)
        {
            TDraft draft = default;
            fields.Overlay(old, entry, new SaidKeys(key => origin.Source.Says($"{origin.Path}.{key}"), key => origin.Source.IsNull($"{origin.Path}.{key}")), ref draft);
            entry = draft.ToEntry();
        }

        if (entry is RuntimeModel { SplitPolicy: { } split } model && old is RuntimeModel { SplitPolicy: { } kept } && MeansTheSame(split, kept))
        {
            entry = (T)(object)(model with { SplitPolicy = kept });
        }

        return entry.Equals(old) ? old : entry;
    }

    /// <summary>A split policy is kept as it was written; another spacing is no change.</summary>
    private static bool MeansTheSame(SplitPolicy left, SplitPolicy right)
    {
        var one = new Utf8JsonReader(Encoding.UTF8.GetBytes(left.Json));
        var other = new Utf8JsonReader(Encoding.UTF8.GetBytes(right.Json));
        while (one.Read())
        {
            bool isText = one.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
            bool isSame = other.Read() && one.TokenType == other.TokenType
                && (isText ? one.GetString() == other.GetString() : one.ValueSpan.SequenceEqual(other.ValueSpan) || IsSameNumber(one, other));
            if (!isSame)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>2.5e3 is 2500.</summary>
    private static bool IsSameNumber(Utf8JsonReader one, Utf8JsonReader other) =>
        one.TokenType == JsonTokenType.Number && one.TryGetDecimal(out decimal left) && other.TryGetDecimal(out decimal right) && left == right;

    private void AddChange<T, TDraft>(EntrySection<T> section, EntryFields<T, TDraft> fields, T? before, T? after, string? id)
        where T : class
    {
        var difference = new List<PropertyChange>();
        if (!ReferenceEquals(before, after))
        {
            fields.Compare(before, after, difference);
            difference.RemoveAll(change => change.Property == "id");
        }

        _changes.Add(new ConfigurationChange
        {
            Action = before is null ? ConfigurationAction.Add
                : after is null ? ConfigurationAction.Remove
                : ReferenceEquals(before, after) ? ConfigurationAction.None
                : ConfigurationAction.Change,
            Section = section.Noun,
            Id = id ?? string.Empty,
            Difference = new ItemList<PropertyChange>(difference),
        });
    }

    /// <summary>The order of entries has a meaning (where any host will do, the first is taken), so a new one is a change.</summary>
    private void NoteOrder<T>(EntrySection<T> section, List<string> before)
        where T : class
    {
        int rank = 0;
        var ranks = before.Select((id, index) => (id, index)).ToDictionary(pair => pair.id, pair => pair.index, StringComparer.Ordinal);
        for (int index = 0; index < _changes.Count; index++)
        {
            ConfigurationChange change = _changes[index];
            if (change.Section == section.Noun && ranks.TryGetValue(change.Id, out int old) && old != rank++)
            {
                _changes[index] = change with
                {
                    Action = ConfigurationAction.Change,
                    Difference = new ItemList<PropertyChange>(change.Difference.Append(new PropertyChange("(position)", old + 1, rank))),
                };
            }
        }
    }

    private void Check()
    {
        var explained = new HashSet<(string?, string)>();
        foreach (ImportSource source in _sources)
        {
            foreach (ConfigurationFinding found in source.Findings.Where(finding => !IsMadeGood(source, finding)))
            {
                ConfigurationFinding finding = _isReplacing ? Misspelled(found) : found;
                _findings.Add(new ImportFinding(source.File, finding));
                explained.Add((source.File, finding.Path));
            }
        }

        foreach (ConfigurationFinding finding in ConfigurationValidator.Validate(After))
        {
            ImportFinding placed = Place(finding);
            string path = placed.Finding.Path;
            while (path.Length > 0 && !explained.Contains((placed.File, path)))
            {
                path = path[..Math.Max(path.LastIndexOfAny(['.', '[']), 0)];
            }

            if (path.Length == 0)
            {
                _findings.Add(placed);
            }
        }

        // As the files stand; what is about entries that are there already comes last.
        List<string?> order = [.. _sources.Select(source => source.File), null];
        ImportFinding[] sorted = [.. _findings.OrderBy(found => order.IndexOf(found.File)).ThenBy(found => found.Finding.Line).ThenBy(found => found.Finding.Column)];
        _findings.Clear();
        _findings.AddRange(sorted);
    }

    /// <summary>A section whose name has a slip is not there, and to replace would remove all its entries.</summary>
    private static ConfigurationFinding Misspelled(ConfigurationFinding finding) =>
        finding.Severity == ConfigurationFinding.Warning
        && new[] { EntrySection.Hosts.Name, EntrySection.Backends.Name, EntrySection.Models.Name }.FirstOrDefault(name => IsSlipOf(finding.Path, name)) is { } meant
            ? finding with { Severity = ConfigurationFinding.Error, Message = $"\"{finding.Path}\" is not a key that is known here, and \"{meant}\" may be meant, all of whose entries would be removed." }
            : finding;

    /// <summary>True where at most two signs have to be put in, left out or changed.</summary>
    private static bool IsSlipOf(string text, string name)
    {
        const int Most = 2;
        int[] row = [.. Enumerable.Range(0, name.Length + 1)];
        foreach (char sign in text.ToLowerInvariant())
        {
            int diagonal = row[0]++;
            for (int at = 1; at <= name.Length; at++)
            {
                (row[at], diagonal) = (Math.Min(Math.Min(row[at], row[at - 1]) + 1, diagonal + (name[at - 1] == sign ? 0 : 1)), row[at]);
            }
        }

        return row[^1] <= Most;
    }

    /// <summary>What an entry lacks that is there already, it keeps.</summary>
    private bool IsMadeGood(ImportSource source, ConfigurationFinding finding) =>
        _parts.Contains((source, finding.Path)) && !source.Says(finding.Path);

    /// <summary>A finding about the result, at its place in the file that it comes from.</summary>
    private ImportFinding Place(ConfigurationFinding finding)
    {
        int open = finding.Path.IndexOf('[', StringComparison.Ordinal);
        int close = finding.Path.IndexOf(']', StringComparison.Ordinal);
        if (open > 0
            && int.TryParse(finding.Path.AsSpan(open + 1, close - open - 1), out int index)
            && _origins.TryGetValue(finding.Path[..open], out List<Origin?>? origins)
            && origins[index] is { } origin)
        {
            string path = origin.Path + finding.Path[(close + 1)..];
            SourcePosition position = origin.Source.Find(path);
            return new ImportFinding(origin.Source.File, finding with { Path = path, Line = position.Line, Column = position.Column });
        }

        return new ImportFinding(null, finding);
    }

    private void Report(Origin origin, string key, string message)
    {
        string path = $"{origin.Path}.{key}";
        SourcePosition position = origin.Source.Find(path);
        _findings.Add(new ImportFinding(
            origin.Source.File,
            new ConfigurationFinding(path, message, ConfigurationFinding.Error) { Line = position.Line, Column = position.Column }));
    }

    /// <summary>An entry of a file to import.</summary>
    private readonly record struct Origin(ImportSource Source, string Section, int Index)
    {
        public string Path => FormattableString.Invariant($"{Section}[{Index}]");

        public override string ToString() => $"{Path} in {System.IO.Path.GetFileName(Source.File)}";
    }
}
