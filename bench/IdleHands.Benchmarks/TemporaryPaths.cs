using IdleHands.Configuration;

namespace IdleHands.Benchmarks;

/// <summary>Configuration and state in a directory of its own, named in the environment of this process; gone on dispose.</summary>
internal sealed class TemporaryPaths : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("idlehands-bench-");

    public TemporaryPaths()
    {
        Environment.SetEnvironmentVariable("IDLEHANDS_CONFIG_DIR", Path.Combine(_root.FullName, "config"));
        Environment.SetEnvironmentVariable("IDLEHANDS_STATE_DIR", Path.Combine(_root.FullName, "state"));
        Paths = IdleHandsPaths.FromEnvironment();
    }

    public IdleHandsPaths Paths { get; }

    /// <summary>A file beside the configuration.</summary>
    public string FilePath(string name) => Path.Combine(_root.FullName, name);

    /// <summary>Writes a configuration as the product does.</summary>
    public Task WriteAsync(RuntimeConfiguration configuration) =>
        new ConfigurationStore(Paths.ConfigurationFile).UpdateAsync(_ => configuration);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("IDLEHANDS_CONFIG_DIR", null);
        Environment.SetEnvironmentVariable("IDLEHANDS_STATE_DIR", null);
        _root.Delete(recursive: true);
    }
}
