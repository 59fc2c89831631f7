namespace IdleHands.Configuration;

/// <summary>Collects what is wrong with entries. Nothing is allocated while nothing is.</summary>
internal sealed class EntryFindings
{
    private static readonly IReadOnlyList<ConfigurationFinding> _none = [];
    private List<ConfigurationFinding>? _list;
    private string _section = string.Empty;
    private int _index;

    /// <summary>All that was found.</summary>
    public IReadOnlyList<ConfigurationFinding> List => _list ?? _none;

    /// <summary>The command template that was found sound last: thousands of models may share one, and it is read once.</summary>
    public string? SoundCommand { get; set; }

    /// <summary>What follows is about this entry; an index of -1 leaves section and index out of the paths.</summary>
    public void Enter(string section, int index)
    {
        _section = section;
        _index = index;
    }

    /// <summary>Notes that a value breaks a rule.</summary>
    public void Add(string key, string message) => (_list ??= []).Add(new ConfigurationFinding(
        _index < 0 ? key : $"{_section}[{_index}].{key}",
        message,
        ConfigurationFinding.Error));
}
