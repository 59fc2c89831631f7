using System.Globalization;
using IdleHands.Configuration;
using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>A configuration and state of their own, with the sample server as the server of every model.</summary>
public sealed class SelectFixture : IAsyncDisposable, ISelectObserver
{
    private readonly RuntimeHost _here = new() { Id = "here", DisplayName = "Here", Shell = "sh" };
    private readonly string _directory;
    private readonly List<LaunchRecord> _launches = [];
    private readonly HostConnections _hosts;
    private readonly TestTransport _transport;
    private RuntimeConfiguration _configuration;

    public SelectFixture(TestTransport? transport = null)
    {
        _transport = transport ?? new LocalTransport();

        // It may skip the test, and what was made before would stay: nobody disposes what was never made.
        _here = _transport.Reach(_here);
        _directory = Directory.CreateTempSubdirectory("ih-select-").FullName;
        Weights = new SampleModelFile("it's tiny.gguf");
        _configuration = RuntimeConfiguration.Empty with { Hosts = [_here] };
        var variables = new Dictionary<string, string?> { ["IDLEHANDS_CONFIG_DIR"] = Path.Combine(_directory, "config with space") };
        Paths = IdleHandsPaths.FromEnvironment(variables.GetValueOrDefault, _directory, isWindows: false);
        _hosts = _transport.Connections(Paths.LogDirectory);
        Selector = new ModelSelector(Paths, _hosts.Open);
        Store = new ActiveRuntimeStore(Paths.ActiveRuntimeFile);
    }

    public IdleHandsPaths Paths { get; }

    public ModelSelector Selector { get; }

    public ActiveRuntimeStore Store { get; }

    /// <summary>Where launches write their logs.</summary>
    public string LogDirectory => _transport.LogDirectory ?? Paths.LogDirectory;

    public SampleModelFile Weights { get; }

    public List<string> Warnings { get; } = [];

    public List<string> Lines { get; } = [];

    /// <summary>Called with the kind of each step as it begins, and "Waiting".</summary>
    public Action<string>? OnStep { get; set; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static int Port => SampleServerProcess.FindFreePort();

    /// <summary>A start command that runs the sample server with further arguments.</summary>
    public static string Serve(string arguments = "") =>
        $"'{SampleServerProcess.ExecutablePath}' -m {{source}} --port {{port}} --alias {{model_id}} --lifetime 120 {arguments}";

    public RuntimeModel Add(string id, string arguments = "", Func<RuntimeModel, RuntimeModel>? change = null)
    {
        var model = new RuntimeModel
        {
            Id = id,
            DisplayName = id,
            Source = Weights.FilePath,
            StartCommand = Serve(arguments),
            Port = Port,
            ProbeIntervalMs = 150,
            ProbeTimeoutSec = 60,
        };
        model = change?.Invoke(model) ?? model;
        Change(configuration => configuration with { Models = [.. configuration.Models.Where(other => other.Id != id), model] });
        return model;
    }

    public void AddBackend(RuntimeBackend backend) =>
        Change(configuration => configuration with { Backends = [.. configuration.Backends.Where(other => other.Id != backend.Id), backend] });

    public void Remove(string id) =>
        Change(configuration => configuration with { Models = [.. configuration.Models.Where(other => other.Id != id)] });

    public void ChangeHost(Func<RuntimeHost, RuntimeHost> change) =>
        Change(configuration => configuration with { Hosts = [change(configuration.Hosts[0])] });

    public Task<SelectResult> SelectAsync(
        string id, Func<PlanRequest, PlanRequest>? change = null, CancellationToken? cancellation = null, string onFailure = OnFailure.Stop)
    {
        var request = new PlanRequest(id);
        return Selector.SelectAsync(change?.Invoke(request) ?? request, onFailure, new LockWait(TimeSpan.FromSeconds(10), TakeOver: false), this, cancellation ?? Token);
    }

    public async Task<SelectResult> StartAsync(string id)
    {
        SelectResult result = await SelectAsync(id);
        Assert.True(result.Status == SelectStatus.Started, result.Error);
        return result;
    }

    public Task<ActiveRuntime?> StopAsync(bool force = false) =>
        Selector.StopAsync(force, new LockWait(TimeSpan.FromSeconds(10), TakeOver: false), this, Token);

    /// <summary>The launch that the state holds now; its processes are ended when the test is over.</summary>
    public LaunchRecord Launch()
    {
        LaunchRecord launch = Store.Read()!.Launch!;
        _launches.Add(launch);
        return launch;
    }

    public async Task<LaunchObservation> ObserveAsync(LaunchRecord launch)
    {
        await using IHostConnection connection = Connect();
        return await connection.ObserveAsync(launch, Token);
    }

    /// <summary>The way to this machine, whatever the configuration says of it by now.</summary>
    public IHostConnection Connect() => Open(_here);

    /// <summary>The way to a host.</summary>
    public IHostConnection Open(RuntimeHost host) => _hosts.Open(host);

    /// <summary>Kills what was launched, as a crash would, and waits until it is gone.</summary>
    public async Task KillAsync(LaunchRecord launch)
    {
        await using IHostConnection connection = Connect();
        while ((await connection.ObserveAsync(launch, Token)).IsAlive)
        {
            await connection.SignalAsync(launch, LaunchSignal.Kill, Token);
            await Task.Delay(10, Token);
        }
    }

    /// <summary>The id that the server on a port answers with; null when nobody answers.</summary>
    public static async Task<string?> ServedAsync(int port)
    {
        using var client = new HttpClient();
        try
        {
            string text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/v1/models"), Token);
            using var document = System.Text.Json.JsonDocument.Parse(text);
            return document.RootElement.GetProperty("data")[0].GetProperty("id").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Nothing of this fixture runs, and the state says so.</summary>
    public async Task AssertNothingRunsAsync(params int[] ports)
    {
        Assert.Null(Store.Read());
        foreach (int port in ports)
        {
            Assert.Null(await ServedAsync(port));
        }

        Assert.Empty(RunningLaunches());
    }

    /// <summary>Command lines of all processes of a launch.</summary>
    public async Task<string> ReadCommandLineAsync(LaunchRecord launch)
    {
        var lines = (await ObserveAsync(launch)).ProcessIds.Select(id => File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' '));
        return string.Join('\n', lines);
    }

    /// <summary>The launches that have a process, each once.</summary>
    public IReadOnlyList<string> RunningLaunchIds()
    {
        var table = new IdleHands.Hosts.Local.LinuxProcessTable();
        return RunningLaunches()
            .Select(id => table.TryReadEnvironment(id, "IDLEHANDS_LAUNCH_ID", out string? launchId) ? launchId : null)
            .OfType<string>()
            .Distinct()
            .ToArray();
    }

    /// <summary>Processes that carry a launch id of this fixture's models.</summary>
    public IReadOnlyList<int> RunningLaunches()
    {
        var table = new IdleHands.Hosts.Local.LinuxProcessTable();
        string logs = LogDirectory;
        return Directory.Exists(logs)
            ? Directory.EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out _))
                .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
                .Where(id => table.Find(id) is not null
                    && table.TryReadEnvironment(id, "IDLEHANDS_LAUNCH_ID", out string? launchId)
                    && launchId is not null && File.Exists(Path.Combine(logs, launchId + ".log")))
                .ToArray()
            : [];
    }

    public void WaitingForLock(LockHolder? holder) => Lines.Add($"lock held by {holder}");

    public void Planned(RuntimePlan plan) => Lines.Add($"plan {(plan.Reuse ? "reuse" : "start")}: {plan.Reasons}");

    public void StepStarted(RuntimePlan plan, PlanStep step)
    {
        Lines.Add(step.Kind);
        OnStep?.Invoke(step.Kind);
    }

    public void StepEnded(StepOutcome outcome) => Lines.Add(outcome.ToString());

    public void Waiting(PlanStep step, TimeSpan elapsed, TimeSpan limit, string? remark) => OnStep?.Invoke("Waiting");

    public void Warn(string message) => Warnings.Add(message);

    public async ValueTask DisposeAsync()
    {
        if (SafeRead()?.Launch is { } launch)
        {
            _launches.Add(launch);
        }

        foreach (LaunchRecord started in _launches)
        {
            await KillAsync(started);
        }

        await _hosts.DisposeAsync();
        Weights.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private ActiveRuntime? SafeRead()
    {
        try
        {
            return Store.Read();
        }
        catch (IdleHandsException)
        {
            return null;
        }
    }

    private void Change(Func<RuntimeConfiguration, RuntimeConfiguration> change)
    {
        _configuration = change(_configuration);
        new ConfigurationStore(Paths.ConfigurationFile).UpdateAsync(_ => _configuration, CancellationToken.None).GetAwaiter().GetResult();
    }
}
