using System.Globalization;
using IdleHands.Engines;
using IdleHands.Planning;

namespace IdleHands.Setup;

/// <summary>Makes a plan's ground of nothing but a source: a model, and where the configuration has none, a host and a backend. Pure.</summary>
internal sealed record SourceProposal
{
    /// <summary>The request, by the id of the model.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The configuration with what was proposed.</summary>
    public required RuntimeConfiguration Configuration { get; init; }

    /// <summary>What was assumed, a line each.</summary>
    public NameList Assumptions { get; init; } = NameList.Empty;

    /// <summary>What looks wrong and does not prevent it.</summary>
    public NameList Warnings { get; init; } = NameList.Empty;

    /// <summary>Proposes.</summary>
    /// <param name="request">What is asked for, with its source.</param>
    /// <param name="configuration">The configuration as it is.</param>
    /// <param name="facts">What was found out.</param>
    /// <exception cref="IdleHandsException"><c>EngineNotFound</c>, <c>EngineSourceInvalid</c>, <c>MissingId</c>.</exception>
    public static SourceProposal Make(PlanRequest request, RuntimeConfiguration configuration, SourceFacts facts)
    {
        string source = request.Source!;
        RuntimeHost host = facts.Host;
        Engine engine = EngineChoice.For(source, facts.IsDirectory, facts.Survey, host.Id);
        bool byEngine = engine.Name == EngineCatalog.ForGguf;
        bool isNewHost = configuration.Hosts.All(known => known.Id != host.Id);
        host = isNewHost ? Draft.Host(host.Id, host.DisplayName, facts.Survey, byEngine) : host;

        string type = facts.Survey.BackendTypes(byEngine)[0];
        RuntimeBackend? backend = request.BackendId is { } asked
            ? configuration.Backends.FirstOrDefault(known => known.Id == asked) ?? (BackendType.All.Contains(asked) ? Draft.Backend(asked, asked, facts.Survey) : null)
            : Draft.Backends(type, configuration, host, facts.Survey) is [var best, ..] ? best : null;
        RuntimeModel model = Draft.Model(IdOf(source, configuration, facts.ActiveId), source, facts.File, engine, host, request.BackendId is { } id ? [id] : backend is null ? [] : [backend.Id], facts.Port);
        bool isNewBackend = backend is not null && !configuration.Backends.Contains(backend);
        return new SourceProposal
        {
            Request = request with { ModelId = model.Id, HostId = host.Id },
            Configuration = configuration with
            {
                Hosts = isNewHost ? [.. configuration.Hosts, host] : configuration.Hosts,
                Backends = isNewBackend ? [.. configuration.Backends, backend!] : configuration.Backends,
                Models = [.. configuration.Models, model],
            },
            Assumptions = NameList.From(Assume(request, model, host, backend, engine, facts)),
            Warnings = facts.Survey.KnownGpus.Count == 0 ? facts.Survey.Remarks : facts.Survey.IsEngineBlind && byEngine
                ? new NameList($"llama-server on PATH of host '{host.Id}' was built for the processor alone, and does not use {facts.Survey.Gpus[0].Name}: a build with {string.Join(" or ", facts.Survey.BackendTypes(byEngine: false))} would")
                : NameList.Empty,
        };
    }

    private static IEnumerable<string> Assume(PlanRequest request, RuntimeModel model, RuntimeHost host, RuntimeBackend? backend, Engine engine, SourceFacts facts)
    {
        yield return $"id {model.Id}, by the name of the source";
        if (request.HostId is null)
        {
            yield return $"host {host.Id}, which is this machine";
        }

        yield return $"engine {engine.Name}, found on PATH as {engine.Program}";
        if (request.BackendId is null)
        {
            yield return backend is null ? "no backend, because the one of its type is disabled, or may not run here" : $"backend {backend.Id}, {WhyBackend(backend, facts.Survey, engine)}";
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"port {model.EffectivePort}, {facts.WhyPort}");
        if (model.ContextWindow is { } context)
        {
            yield return facts.File?.ContextLength > context
                ? string.Create(CultureInfo.InvariantCulture, $"context window {context}, of {facts.File.ContextLength} tokens that it was trained for")
                : string.Create(CultureInfo.InvariantCulture, $"context window {context}, which it was trained for");
        }
    }

    private static string WhyBackend(RuntimeBackend backend, HostSurvey survey, Engine engine)
    {
        bool byEngine = engine.Name == EngineCatalog.ForGguf && survey.EngineDevices is not null;
        FoundGpu? device = (byEngine ? survey.EngineDevices! : survey.KnownGpus).FirstOrDefault(gpu => gpu.BackendType == backend.Type);
        return device is null ? byEngine ? "because llama-server lists no other device" : "because no GPU was found"
            : byEngine ? $"because llama-server lists {device.Name}" : $"because of {device.Name}";
    }

    private static string IdOf(string source, RuntimeConfiguration configuration, string? activeId)
    {
        string name = source[(ModelSource.IsPath(source) ? 0 : source.IndexOf(':', StringComparison.Ordinal) + 1)..];
        string id = EngineFill.IdOf(name);
        return id.Length == 0
            ? throw new IdleHandsException(
                "MissingId",
                FailureKind.InvalidArgument,
                $"No id can be made of '{source}': its name has no letter of a to z and no digit.",
                "Add it with an id of your own: Add-IHModel -Id … -Source …",
                source)
            : Draft.FreeId(id, taken => taken == activeId || configuration.Models.Any(model => model.Id == taken));
    }
}

/// <summary>What was found out for a source.</summary>
internal sealed record SourceFacts
{
    /// <summary>The host that is to serve it.</summary>
    public required RuntimeHost Host { get; init; }

    /// <summary>What that host has.</summary>
    public required HostSurvey Survey { get; init; }

    /// <summary>Id of what runs of another source; null for nothing.</summary>
    public string? ActiveId { get; init; }

    /// <summary>What the file says; null where it is no GGUF file.</summary>
    public GgufFile? File { get; init; }

    /// <summary>True where the source is a directory of the host.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>The port to serve it on.</summary>
    public required int Port { get; init; }

    /// <summary>Why that port.</summary>
    public required string WhyPort { get; init; }
}
