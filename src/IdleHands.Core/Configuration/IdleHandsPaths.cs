namespace IdleHands.Configuration;

/// <summary>Where the files of this user live.</summary>
public sealed class IdleHandsPaths
{
    private const string ConfigurationVariable = "IDLEHANDS_CONFIG_DIR";
    private const string StateVariable = "IDLEHANDS_STATE_DIR";
    private const string FolderName = "idlehands";

    private IdleHandsPaths(string configurationDirectory, string stateDirectory)
    {
        ConfigurationDirectory = configurationDirectory;
        StateDirectory = stateDirectory;
    }

    /// <summary><c>IDLEHANDS_CONFIG_DIR</c>, else <c>$XDG_CONFIG_HOME/idlehands</c>, else <c>~/.config/idlehands</c> (Windows: <c>%APPDATA%\idlehands</c>).</summary>
    public string ConfigurationDirectory { get; }

    /// <summary>The hosts, backends and models: <c>runtimes.json</c>.</summary>
    public string ConfigurationFile => Path.Combine(ConfigurationDirectory, "runtimes.json");

    /// <summary>Holds the <c>endpoint</c> of sessions without an active runtime: <c>config.json</c>.</summary>
    public string EndpointFile => Path.Combine(ConfigurationDirectory, "config.json");

    /// <summary>
    /// <c>IDLEHANDS_STATE_DIR</c>, else <c>$XDG_STATE_HOME/idlehands</c>, else the <c>state</c> folder of
    /// <c>IDLEHANDS_CONFIG_DIR</c>, else <c>~/.local/state/idlehands</c> (Windows: <c>%LOCALAPPDATA%\idlehands</c>).
    /// </summary>
    public string StateDirectory { get; }

    /// <summary>Logs of launches.</summary>
    public string LogDirectory => Path.Combine(StateDirectory, "logs");

    /// <summary>A record of each launch that may still run, by its id; what the state is made of again when it is lost.</summary>
    public string LaunchDirectory => Path.Combine(StateDirectory, "launches");

    /// <summary>Past selects and stops: <c>journal.jsonl</c>.</summary>
    public string JournalFile => Path.Combine(StateDirectory, "journal.jsonl");

    /// <summary>How long models took to load: <c>load-times.json</c>.</summary>
    public string LoadTimesFile => Path.Combine(StateDirectory, "load-times.json");

    /// <summary>What models took of the memory of their hosts: <c>memory-use.json</c>.</summary>
    public string MemoryUseFile => Path.Combine(StateDirectory, "memory-use.json");

    /// <summary>What runs: <c>runtime-active.json</c>.</summary>
    public string ActiveRuntimeFile => Path.Combine(StateDirectory, "runtime-active.json");

    /// <summary>Held by the one select that runs: <c>runtime.lock</c>.</summary>
    public string LockFile => Path.Combine(StateDirectory, "runtime.lock");

    /// <summary>The paths by the environment of this process.</summary>
    /// <exception cref="IdleHandsException"><c>HomeDirectoryUnknown</c>.</exception>
    public static IdleHandsPaths FromEnvironment() => FromEnvironment(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        OperatingSystem.IsWindows());

    /// <summary>The paths by this environment. An empty variable counts as unset; ~/ at its start is the home directory; a relative one starts at the current directory.</summary>
    internal static IdleHandsPaths FromEnvironment(Func<string, string?> getEnvironmentVariable, string homeDirectory, bool isWindows)
    {
        string? Read(string name) => getEnvironmentVariable(name) is { Length: > 0 } value ? Expand(value, homeDirectory) : null;
        string? Folder(string name) => Read(name) is { } parent ? Path.Combine(parent, FolderName) : null;

        string? ownDirectory = Read(ConfigurationVariable);
        string configuration = ownDirectory
            ?? Folder("XDG_CONFIG_HOME")
            ?? (isWindows ? Folder("APPDATA") : null)
            ?? UnderHome(homeDirectory, isWindows ? ["AppData", "Roaming"] : [".config"]);
        string state = Read(StateVariable)
            ?? Folder("XDG_STATE_HOME")
            ?? (ownDirectory is null ? null : Path.Combine(ownDirectory, "state"))
            ?? (isWindows ? Folder("LOCALAPPDATA") : null)
            ?? UnderHome(homeDirectory, isWindows ? ["AppData", "Local"] : [".local", "state"]);
        return new IdleHandsPaths(Path.GetFullPath(configuration), Path.GetFullPath(state));
    }

    /// <summary>A shell expands <c>~/</c>, but neither PowerShell in quotes nor a service's unit file does.</summary>
    private static string Expand(string path, string homeDirectory) =>
        homeDirectory.Length > 0 && path[0] == '~' && (path.Length == 1 || path[1] == '/' || path[1] == Path.DirectorySeparatorChar)
            ? homeDirectory + path[1..]
            : path;

    private static string UnderHome(string homeDirectory, string[] folders)
    {
        if (homeDirectory.Length == 0)
        {
            throw new IdleHandsException(
                "HomeDirectoryUnknown",
                FailureKind.Unavailable,
                $"The home directory is not known, so there is no place for the files of IdleHands, and neither {ConfigurationVariable} nor {StateVariable} names one.",
                $"Set {ConfigurationVariable} to a directory.");
        }

        return Path.Combine([homeDirectory, .. folders, FolderName]);
    }
}
