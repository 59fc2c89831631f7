using System.Management.Automation;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>A cmdlet that takes ids of hosts, of backends or of models.</summary>
public abstract class EntryCommand<T> : ConfigurationCommand
    where T : class
{
    private Dictionary<string, T>? _byName;

    private protected abstract EntryKind<T> Kind { get; }

    /// <summary>
    /// The entries that are meant. A literal id that isn't there is an error; a wildcard without a match is silent.
    /// </summary>
    private protected IEnumerable<T> Resolve(IEnumerable<string> patterns)
    {
        if (ReadConfiguration() is not { } configuration)
        {
            return [];
        }

        IReadOnlyList<T> entries = Kind.Section.Get(configuration);
        return patterns.SelectMany<string, T>(pattern => WildcardPattern.ContainsWildcardCharacters(pattern)
            ? Matches(entries, pattern)
            : Named(entries, pattern));
    }

    private T[] Named(IReadOnlyList<T> entries, string name)
    {
        _byName ??= entries.ToDictionary(Kind.Section.GetId, StringComparer.OrdinalIgnoreCase);
        if (_byName.TryGetValue(name, out T? entry))
        {
            return [entry];
        }

        WriteFailure(Kind.NotFound(name));
        return [];
    }

    private List<T> Matches(IReadOnlyList<T> entries, string pattern)
    {
        try
        {
            var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            return entries.Where(entry => wildcard.IsMatch(Kind.Section.GetId(entry))).ToList();
        }
        catch (WildcardPatternException exception)
        {
            WriteFailure(Failures.BadWildcard(pattern, exception));
            return [];
        }
    }
}
