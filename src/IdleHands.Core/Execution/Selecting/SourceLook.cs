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
        if (configuration.Models.FirstOrDefault(model => model.Enabled && model.Source == request.Source && model.HostPolicy.Admits(host.Id)) is { } known)
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
        (int port, string why) = await PortAsync(connection, configuration, active, cancellationToken).ConfigureAwait(false);
        return SourceProposal.Make(
            request,
            configuration,
            new SourceFacts { Host = host, Survey = survey, File = file, IsDirectory = isDirectory, Port = port, WhyPort = why });
    }

    /// <summary>The host that is asked for; else the first of the configuration that is this machine, or this machine as it is.</summary>
    /// <exception cref="PlanException"><c>HostNotFound</c>.</exception>
    private static RuntimeHost HostOf(PlanRequest request, RuntimeConfiguration configuration)
    {
        if (request.HostId is { } id)
        {
            return configuration.Hosts.FirstOrDefault(host => host.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                ?? (id == Draft.LocalHostId ? Draft.BlankHost : throw SelectionResolver.HostNotFound(id, configuration));
        }

        return configuration.Hosts.FirstOrDefault(host => host is { Enabled: true, Transport: HostTransport.Local })
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
    private static async Task<(int Port, string Why)> PortAsync(IHostConnection connection, RuntimeConfiguration configuration, ActiveRuntime? active, CancellationToken cancellationToken)
    {
        HashSet<int> taken = [.. configuration.Models.Select(model => model.EffectivePort)];
        if (active is { Port: > 0 } && active.HostId == connection.HostId && !taken.Contains(active.Port))
        {
            return (active.Port, $"which {active.Id} has that runs now");
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
