using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Selecting;

namespace IdleHands.PowerShell.Commands;

/// <summary>A cmdlet that works with the user's configuration file.</summary>
public abstract class ConfigurationCommand : AsyncPSCmdlet
{
    private readonly Dictionary<EntryKind, object> _byName = [];
    private readonly Lazy<ActiveRuntime?> _recorded;
    private bool _read;
    private RuntimeConfiguration? _configuration;

    /// <summary>Reads nothing yet.</summary>
    private protected ConfigurationCommand() => _recorded = new Lazy<ActiveRuntime?>(() => RecordedRuntime.ReadOrWarn(this));

    /// <summary>What is written down as running; a warning says, once, where that can't be understood.</summary>
    private protected ActiveRuntime? Recorded => _recorded.Value;

    /// <summary>True for a command that is about what runs, and so also about a model that runs without being in the configuration.</summary>
    private protected virtual bool KnowsRunning => false;

    /// <summary>The configuration file, by the environment as it is now.</summary>
    private protected static ConfigurationStore OpenStore() => new(IdleHandsPaths.FromEnvironment().ConfigurationFile);

    /// <summary>
    /// The configuration as this command found it first. Null where it can't be read, which is said once: nothing can
    /// be done with any id then.
    /// </summary>
    private protected RuntimeConfiguration? ReadConfiguration()
    {
        if (_read)
        {
            return _configuration;
        }

        _read = true;
        try
        {
            RuntimeConfiguration configuration = OpenStore().Load();
            return _configuration = (KnowsRunning ? Recorded?.AddTo(configuration) : null) ?? configuration;
        }
        catch (IdleHandsException exception)
        {
            WriteFailure(exception);
            return null;
        }
    }

    /// <summary>
    /// The entries that are meant. A literal id that isn't there is an error; a wildcard without a match is silent.
    /// </summary>
    private protected IEnumerable<T> Resolve<T>(EntryKind<T> kind, IEnumerable<string> patterns)
        where T : class
    {
        if (ReadConfiguration() is not { } configuration)
        {
            return [];
        }

        IReadOnlyList<T> entries = kind.Section.Get(configuration);
        return patterns.SelectMany<string, T>(pattern => WildcardPattern.ContainsWildcardCharacters(pattern)
            ? Matches(entries, kind.Section.GetId, pattern)
            : Named(kind, entries, pattern));
    }

    private T[] Named<T>(EntryKind<T> kind, IReadOnlyList<T> entries, string name)
        where T : class
    {
        if (!_byName.TryGetValue(kind, out object? index))
        {
            _byName[kind] = index = entries.ToDictionary(kind.Section.GetId, StringComparer.OrdinalIgnoreCase);
        }

        if (((Dictionary<string, T>)index).TryGetValue(name, out T? entry))
        {
            return [entry];
        }

        WriteFailure(EntryErrors.NotFound(kind.Section, name));
        return [];
    }
}
