using IdleHands.Engines;
using IdleHands.Planning;

namespace IdleHands.Setup;

/// <summary>What was found on this machine.</summary>
internal sealed record SetupFindings
{
    /// <summary>This machine, as the configuration has it; null where it does not.</summary>
    public RuntimeHost? Host { get; init; }

    /// <summary>Name of the machine.</summary>
    public required string MachineName { get; init; }

    /// <summary>Its engines and GPUs.</summary>
    public required HostSurvey Survey { get; init; }

    /// <summary>The models.</summary>
    public required FoundModels Models { get; init; }

    /// <summary>What was started from here and runs on this machine; null for nothing.</summary>
    public ActiveRuntime? Active { get; init; }

    /// <summary>The servers that run already.</summary>
    public IReadOnlyList<RunningServer> Servers { get; init; } = [];

    /// <summary>Ports that somebody listens on.</summary>
    public IReadOnlyCollection<int> HeldPorts { get; init; } = [];
}

/// <summary>A model that is proposed.</summary>
/// <param name="Entry">The model.</param>
/// <param name="Place">Where it was found.</param>
/// <param name="File">What its file says; null for a running server.</param>
/// <param name="Server">The server that it is; null for a file.</param>
internal sealed record ProposedModel(RuntimeModel Entry, string Place, GgufFile? File, RunningServer? Server = null);

/// <summary>What of the findings is new to the configuration, as entries. Pure: the same findings give the same proposal.</summary>
internal sealed class SetupProposal
{
    private readonly RuntimeConfiguration _configuration;
    private readonly HashSet<string> _ids;
    private readonly HashSet<int> _ports;
    private readonly List<RuntimeBackend> _backends = [];
    private readonly List<ProposedModel> _models = [];
    private readonly List<string> _skipped = [];
    private string? _running;

    private SetupProposal(SetupFindings findings, RuntimeConfiguration configuration)
    {
        _configuration = configuration;
        _ids = configuration.Models.Select(model => model.Id).ToHashSet(StringComparer.Ordinal);
        _ports = [.. configuration.Models.Select(model => model.EffectivePort), .. findings.HeldPorts];
        Findings = findings;
        Engine = EngineChoice.ForFiles(findings.Survey);
    }

    /// <summary>What it was made from.</summary>
    public SetupFindings Findings { get; }

    /// <summary>The engine that serves GGUF files; null where there is none.</summary>
    public Engine? Engine { get; }

    /// <summary>This machine, where the configuration lacks it.</summary>
    public RuntimeHost? NewHost { get; private set; }

    /// <summary>The backends that the configuration lacks.</summary>
    public IReadOnlyList<RuntimeBackend> NewBackends => _backends;

    /// <summary>The models that the configuration lacks: those that run first.</summary>
    public IReadOnlyList<ProposedModel> NewModels => _models;

    /// <summary>How many models were found that the configuration has already.</summary>
    public int KnownModels { get; private set; }

    /// <summary>Why models were left out that no command can name.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>How many models were found that nothing on PATH serves.</summary>
    public int Unservable { get; private set; }

    /// <summary>True where models are there that a new backend is not for, because they name theirs.</summary>
    public bool KeepsBackends => _backends.Count > 0 && _configuration.Models.Any(model => !model.BackendPolicy.IsAny);

    /// <summary>True where nothing is new.</summary>
    public bool IsEmpty => NewHost is null && _backends.Count == 0 && _models.Count == 0;

    /// <summary>Proposes.</summary>
    public static SetupProposal Make(SetupFindings findings, RuntimeConfiguration configuration)
    {
        var proposal = new SetupProposal(findings, configuration);
        bool byEngine = proposal.Engine?.Name == EngineCatalog.ForGguf;
        RuntimeHost host = findings.Host ?? Draft.Host(
            Draft.FreeId(Draft.LocalHostId, id => configuration.Hosts.Any(known => known.Id == id)), findings.MachineName, findings.Survey, byEngine);
        proposal.NewHost = findings.Host is null ? host : null;
        RuntimeBackend[] backends = [.. findings.Survey.BackendTypes(byEngine).SelectMany(type => Draft.Backends(type, configuration, host, findings.Survey))];
        proposal._backends.AddRange(backends.Except(configuration.Backends));
        proposal.AddActive(host);
        proposal.AddServers(host);
        proposal.AddFiles(host, [.. backends.Select(backend => backend.Id)]);
        return proposal;
    }

    /// <summary>A configuration of what is to be added: host and backends, and these of the models.</summary>
    public RuntimeConfiguration Additions(IReadOnlyCollection<ProposedModel> chosen)
    {
        RuntimeModel[] models = [.. chosen.Select(model => model.Entry)];

        // One that is known to be light is something to fall back to; whoever has models already has decided that.
        string? lightest = _configuration.Models.Count > 0 ? null : chosen.Where(model => model.File is not null).MinBy(model => model.File!.SizeBytes)?.Entry.Id;
        return RuntimeConfiguration.Empty with
        {
            Hosts = NewHost is null ? [] : [NewHost],
            Backends = _backends,
            Models = [.. models.Select(model => lightest is null || model.Id == lightest ? model : model with { Fallback = lightest })],
        };
    }

    /// <summary>What was selected by its source is kept as it runs.</summary>
    private void AddActive(RuntimeHost host)
    {
        if (Findings.Active is { Model: { } model } active && active.HostId == host.Id && !_ids.Contains(model.Id) && _configuration.Models.All(known => known.Source != model.Source))
        {
            _ids.Add(model.Id);
            _ports.Add(model.EffectivePort);
            _models.Add(new ProposedModel(model, FormattableString.Invariant($"runs on port {active.Port}"), Findings.Models.Models.FirstOrDefault(found => found.Path == model.Source)?.File));
            _running = model.Source;
        }
    }

    private void AddServers(RuntimeHost host)
    {
        foreach (RunningServer server in Findings.Servers)
        {
            if (server.ToModel(host, _ids.Contains) is { } model)
            {
                _ids.Add(model.Id);
                _ports.Add(model.EffectivePort);
                _models.Add(new ProposedModel(model, FormattableString.Invariant($"runs on port {server.Port}"), null, server));
            }
        }
    }

    private void AddFiles(RuntimeHost host, string[] backends)
    {
        HashSet<string> sources = [.. _configuration.Models.Select(model => model.Source)];
        HashSet<string?> served = [_running, .. _models.Select(model => model.Server?.ModelPath)];
        foreach (FoundModel found in Findings.Models.Models.Where(found => !served.Contains(found.Path)))
        {
            // The store of the service belongs to another user: its files may be read, and its server not be started.
            bool byTag = found.Tag is not null && found.Place == "Ollama" && Findings.Survey.Programs.Contains("ollama");
            if (sources.Contains(found.Path) || (found.Tag is { } tag && (sources.Contains(tag) || sources.Contains("ollama:" + tag))))
            {
                KnownModels++;
            }
            else if ((byTag ? EngineCatalog.Get("ollama") : Engine) is not { } engine)
            {
                Unservable++;
            }
            else if (EngineFill.IdOf(found.Name) is not { Length: > 0 } id)
            {
                _skipped.Add($"no id can be made of the name of {found.Path}: Add-IHModel -Id … -Source '{found.Path}'");
            }
            else
            {
                Add(found, byTag ? "ollama:" + found.Tag : found.Path, engine, Draft.FreeId(id, _ids.Contains), host, backends);
            }
        }
    }

    private void Add(FoundModel found, string source, Engine engine, string id, RuntimeHost host, string[] backends)
    {
        int port = FreePort.After(RuntimeModel.DefaultPort - 1, _ports);
        try
        {
            _models.Add(new ProposedModel(Draft.Model(id, source, found.File, engine, host, backends, port), found.Place, found.File));
            _ids.Add(id);
            _ports.Add(port);
        }
        catch (IdleHandsException exception)
        {
            _skipped.Add(exception.Message);
        }
    }
}
