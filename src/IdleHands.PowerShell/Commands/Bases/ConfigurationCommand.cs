using IdleHands.Configuration;

namespace IdleHands.PowerShell.Commands;

/// <summary>A cmdlet that works with the user's configuration file.</summary>
public abstract class ConfigurationCommand : AsyncPSCmdlet
{
    private bool _read;
    private RuntimeConfiguration? _configuration;

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
            return _configuration = OpenStore().Load();
        }
        catch (IdleHandsException exception)
        {
            WriteFailure(exception);
            return null;
        }
    }
}
