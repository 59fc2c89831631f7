using IdleHands.Engines;
using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.Planning;
using IdleHands.Setup;

namespace IdleHands.Execution;

/// <summary>Finds out what it takes to serve a source that the configuration does not name. Changes nothing.</summary>
internal sealed class SourceLook(SelectContext context)
{
    private const int MostPorts = 1000;

    /// <summary>Looks, and proposes.</summary>
    /// <param name="request">What is asked for, with its source.</param>
    /// <param name="configuration">The configuration as it is.</param>
    /// <param name="active">What runs; null for nothing.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The host can't be reached, the file can't be read, or nothing serves it.</exception>
    public async Task<SourceProposal> TakeAsync(PlanRequest request, RuntimeConfiguration configuration, ActiveRuntime? active, CancellationToken cancellationToken)
    {
        RuntimeHost host = HostOf(request, configuration);
        RuntimeModel[] entries = [.. configuration.Models.Where(model => model.Enabled && EngineFill.IsSameSource(model.Source, request.Source!) && model.HostPolicy.Admits(host.Id))];
        if ((entries.FirstOrDefault(model => model.Id == active?.Id) ?? entries.FirstOrDefault()) is { } known)
        {
            return new SourceProposal
            {
                Request = request with { ModelId = known.Id, Source = null },
                Configuration = configuration,
                Assumptions = new NameList($"model {known.Id}, whose source it is in the configuration"),
            };
        }

        await using IHostConnection connection = context.Connect(host);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        (GgufFile? file, bool isDirectory) = await ReadAsync(connection, request.Source!, cancellationToken).ConfigureAwait(false);
        HostSurvey survey = await context.SurveyAsync(connection, host, cancellationToken).ConfigureAwait(false);
        (int port, string why) = await PortAsync(connection, request.Source!, configuration, active, cancellationToken).ConfigureAwait(false);
        return SourceProposal.Make(
            request,
            configuration,
            new SourceFacts { ActiveId = active?.Model is { } running && running.Source != request.Source ? active.Id : null, Host = host, Survey = survey, File = file, IsDirectory = isDirectory, Port = port, WhyPort = why });
    }

    /// <summary>The host that is asked for; else the first of the configuration that is this machine, or this machine as it is.</summary>
    /// <exception cref="PlanException"><c>HostNotFound</c>.</exception>
    private static RuntimeHost HostOf(PlanRequest request, RuntimeConfiguration configuration)
    {
        if (request.HostId is { } id)
        {
            return configuration.Hosts.FirstOrDefault(host => host.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                ?? (id.Equals(Draft.LocalHostId, StringComparison.OrdinalIgnoreCase) ? Draft.LocalHost(configuration) ?? Draft.BlankHost : throw SelectionResolver.HostNotFound(id, configuration));
        }

        return Draft.LocalHost(configuration)
            ?? Draft.BlankHost with { Id = Draft.FreeId(Draft.LocalHostId, taken => configuration.Hosts.Any(host => host.Id == taken)) };
    }

    private static async Task<(GgufFile? File, bool IsDirectory)> ReadAsync(IHostConnection connection, string source, CancellationToken cancellationToken)
    {
        if (!ModelSource.IsPath(source) || ShardSet.IsSidecar(source))
        {
            return (null, false); // The engine says what is wrong with a sidecar.
        }

        FileFact fact = (await connection.StatAsync([source], cancellationToken).ConfigureAwait(false))[0];
        return fact.Problem == "is a directory"
            ? (null, true)
            : (await new ModelFileReader(new MemoryRequest()).ReadAsync(connection, source, cancellationToken).ConfigureAwait(false), false);
    }

    /// <summary>
    /// The port of what the select stops, so that clients need not be told anew; else the first from 8080 on that no model
    /// of the configuration has and nobody listens on.
    /// </summary>
    private static async Task<(int Port, string Why)> PortAsync(IHostConnection connection, string source, RuntimeConfiguration configuration, ActiveRuntime? active, CancellationToken cancellationToken)
    {
        HashSet<int> taken = [.. configuration.Models.Select(model => model.EffectivePort)];
        bool isOwn = active?.Model?.Source == source;
        if (active is { Port: > 0 } && active.HostId == connection.HostId && (isOwn || !taken.Contains(active.Port))
            && (await connection.FindPortHoldersAsync(active.Port, active.Launch, cancellationToken).ConfigureAwait(false)).All(holder => !holder.IsReached || holder.IsOfLaunch))
        {
            return (active.Port, $"which {active.Id} has that was started last");
        }

        foreach (int port in Enumerable.Range(RuntimeModel.DefaultPort, MostPorts).Where(port => !taken.Contains(port)))
        {
            if (!await connection.IsListeningAsync(port, cancellationToken).ConfigureAwait(false))
            {
                return (port, "the first that is free");
            }
        }

        throw new IdleHandsException(
            "PortInUse",
            FailureKind.Busy,
            $"No port from {RuntimeModel.DefaultPort} to {RuntimeModel.DefaultPort + MostPorts - 1} is free on host '{connection.HostId}'.",
            "Name one: Add-IHModel -Source … -Port …",
            connection.HostId);
    }
}
