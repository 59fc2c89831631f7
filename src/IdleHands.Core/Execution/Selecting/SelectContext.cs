using System.Collections.Concurrent;
using IdleHands.Configuration;
using IdleHands.Hosts;
using IdleHands.Setup;

namespace IdleHands.Execution;

/// <summary>What all parts of a select share: where things are written down, the ways to hosts, the secrets, the clock.</summary>
internal sealed class SelectContext
{
    private readonly ConfigurationStore _configuration;
    private readonly ConcurrentDictionary<string, Task<HostSurvey>> _surveys = new(StringComparer.Ordinal);

    /// <summary>Works on the configuration and state of these paths.</summary>
    public SelectContext(IdleHandsPaths paths, Func<RuntimeHost, IHostConnection> connect, TimeProvider time, SecretResolver secrets)
    {
        _configuration = new ConfigurationStore(paths.ConfigurationFile);
        Paths = paths;
        Connect = connect;
        Time = time;
        Secrets = secrets;
        Ledger = new RuntimeLedger(new ActiveRuntimeStore(paths.ActiveRuntimeFile), new LaunchRecords(paths.LaunchDirectory));
        Viewer = new RuntimeViewer(Ledger, connect, time, secrets);
        LoadTimes = new LoadTimes(paths.LoadTimesFile);
        MemoryUses = new MemoryUses(paths.MemoryUseFile);
    }

    /// <summary>Where the files are.</summary>
    public IdleHandsPaths Paths { get; }

    /// <summary>Opens the way to a host.</summary>
    public Func<RuntimeHost, IHostConnection> Connect { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Reads the secrets of the commands.</summary>
    public SecretResolver Secrets { get; }

    /// <summary>What is written down of what runs.</summary>
    public RuntimeLedger Ledger { get; }

    /// <summary>Holds what is written down against the launches.</summary>
    public RuntimeViewer Viewer { get; }

    /// <summary>The leases that the run at hand holds; null outside of one.</summary>
    public HostLeases? Leases { get; set; }

    /// <summary>How long models took to load.</summary>
    public LoadTimes LoadTimes { get; }

    /// <summary>What models took of memory.</summary>
    public MemoryUses MemoryUses { get; }

    /// <summary>What a host has to serve with: looked at once, however often is planned.</summary>
    /// <exception cref="IdleHandsException">The host can't be reached, or its shell does not run.</exception>
    public Task<HostSurvey> SurveyAsync(IHostConnection connection, RuntimeHost host, CancellationToken cancellationToken) =>
        _surveys.GetOrAdd(host.Id, _ => HostSurveyor.TakeAsync(connection, host, cancellationToken));

    /// <summary>The configuration.</summary>
    /// <exception cref="ConfigurationException">It can't be used.</exception>
    public RuntimeConfiguration LoadConfiguration() => _configuration.Load();

    /// <summary>The configuration; an empty one where it is broken: the state knows enough to stop what runs.</summary>
    public RuntimeConfiguration LoadConfigurationOrEmpty() => _configuration.Inspect().Configuration ?? RuntimeConfiguration.Empty;
}
