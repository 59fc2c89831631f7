using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>A cmdlet that works with the user's configuration file.</summary>
public abstract class ConfigurationCommand : AsyncPSCmdlet
{
    private bool _read;
    private RuntimeConfiguration? _configuration;

    /// <summary>Where the configuration and the state are, by the environment as it is now.</summary>
    private protected IdleHandsPaths Paths { get; } = IdleHandsPaths.FromEnvironment();

    /// <summary>
    /// The configuration as this command found it first. Null where it can't be read, which is said once: nothing can
    /// be done with any id then.
    /// </summary>
    private protected RuntimeConfiguration? ReadConfiguration()
    {
        if (!_read)
        {
            _read = true;
            Run(async token => _configuration = await new ConfigurationStore(Paths).LoadAsync(token).ConfigureAwait(false));
        }

        return _configuration;
    }

    /// <summary>
    /// The ids that are meant, as they are written in the configuration. A literal id that isn't there is an error; a
    /// wildcard without a match is silent.
    /// </summary>
    private protected IEnumerable<string> Resolve(EntryKind kind, RuntimeConfiguration configuration, IEnumerable<string> patterns)
    {
        foreach (string pattern in patterns)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                if (kind.Ids(configuration).FirstOrDefault(id => id.Equals(pattern, StringComparison.OrdinalIgnoreCase)) is { } id)
                {
                    yield return id;
                }
                else
                {
                    WriteFailure(kind.NotFound(pattern));
                }

                continue;
            }

            foreach (string id in Matches(kind, configuration, pattern))
            {
                yield return id;
            }
        }
    }

    private List<string> Matches(EntryKind kind, RuntimeConfiguration configuration, string pattern)
    {
        try
        {
            var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            return kind.Ids(configuration).Where(wildcard.IsMatch).ToList();
        }
        catch (WildcardPatternException exception)
        {
            WriteFailure(Failures.BadWildcard(pattern, exception));
            return [];
        }
    }
}
