namespace IdleHands.Diagnostics;

/// <summary>Programs that a command runs.</summary>
/// <param name="Alternatives">
/// Ways through the command, of which one is enough (<c>docker start x || docker run x</c>); of a way, all programs are
/// needed.
/// </param>
internal sealed record ProgramNeed(IReadOnlyList<NameList> Alternatives)
{
    /// <summary>All programs that are named.</summary>
    public IEnumerable<string> Programs => Alternatives.SelectMany(way => way).Distinct(StringComparer.Ordinal);

    /// <summary>Those of the first way that lack, when every way lacks one; empty otherwise.</summary>
    public IReadOnlyList<string> Lacking(IReadOnlySet<string> missing) =>
        Alternatives.All(way => way.Any(missing.Contains)) ? [.. Alternatives[0].Where(missing.Contains).Distinct(StringComparer.Ordinal)] : [];
}

/// <summary>Collects the programs of a command while it is read.</summary>
internal sealed class ProgramNeeds
{
    private readonly List<ProgramNeed> _needs = [];
    private readonly List<NameList> _ways = [];
    private readonly List<string> _way = [];
    private bool _isGuarded;

    /// <summary>Adds a program that is run here, unless a test before it decides whether it is.</summary>
    public void Add(string program)
    {
        if (!_isGuarded)
        {
            _way.Add(program);
        }
    }

    /// <summary>A test: what is joined to it by "and" may never be run.</summary>
    public void Guard() => _isGuarded = true;

    /// <summary>Another way begins (||).</summary>
    public void Otherwise()
    {
        _ways.Add(NameList.From(_way));
        _way.Clear();
        _isGuarded = false;
    }

    /// <summary>The list of commands ends (;).</summary>
    public void EndList()
    {
        Otherwise();
        if (_ways.TrueForAll(way => way.Count > 0))
        {
            _needs.Add(new ProgramNeed([.. _ways]));
        }

        _ways.Clear();
    }

    /// <summary>What was collected, an unfinished list included.</summary>
    public IReadOnlyList<ProgramNeed> Finish()
    {
        EndList();
        return _needs;
    }
}
