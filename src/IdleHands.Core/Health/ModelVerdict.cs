using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Health;

/// <summary>
/// Judges a model on a host from what its port answered, what its probe command said, and what is recorded as started
/// there. A function of its arguments.
/// </summary>
internal static class ModelVerdict
{
    private const int IdsShown = 3;

    /// <summary>The row of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="host">The host.</param>
    /// <param name="answer">What its port answered.</param>
    /// <param name="probe">How its probe command ended; null where it has none.</param>
    /// <param name="recorded">The recorded runtime, where it is on this port of this host.</param>
    public static HealthResult Row(
        RuntimeModel model, RuntimeHost host, ServerAnswer answer, CommandResult? probe, ActiveRuntime? recorded)
    {
        Verdict byHttp = JudgeByHttp(model, answer, recorded);
        Verdict verdict = probe is null ? byHttp : Combine(byHttp, probe);
        return new()
        {
            Section = HealthSection.Model,
            HostId = host.Id,
            Id = model.Id,
            Port = model.EffectivePort,
            Status = verdict.Status,
            ModelIds = answer.ModelIds,
            Server = answer.Server,
            HttpStatus = answer.HttpStatus,
            Latency = answer.Latency,
            Detail = verdict.Detail,
        };
    }

    private static Verdict JudgeByHttp(RuntimeModel model, ServerAnswer answer, ActiveRuntime? recorded)
    {
        if (answer.Status is not (ProbeStatus.Ready or ProbeStatus.Loading))
        {
            return new(answer.Status, answer.Detail);
        }

        return answer.Status == ProbeStatus.Ready && answer.ModelIdsKnown
            ? JudgeByList(model, answer, recorded)
            : JudgeByRecord(model, answer, recorded);
    }

    private static Verdict JudgeByList(RuntimeModel model, ServerAnswer answer, ActiveRuntime? recorded)
    {
        NameList expected = ModelSource.ServedNames(model);
        if (recorded?.Id == model.Id)
        {
            expected = NameList.From(expected.Concat(recorded.ServedNames));
        }

        if (!ModelIdentity.Matches(answer.ModelIds, expected))
        {
            return new(ProbeStatus.Down, $"port {model.EffectivePort} serves {Shorten(answer.ModelIds)}");
        }

        return answer.StateOf(expected) switch
        {
            null => new(ProbeStatus.Ready, answer.Detail),
            "loaded" => new(ProbeStatus.Ready, null),
            "sleeping" => new(ProbeStatus.Ready, "sleeping: the next request wakes it"),
            "loading" => new(ProbeStatus.Loading, "the router loads it"),
            "unloaded" => new(ProbeStatus.Down, "the router lists it and has not loaded it"),
            { } other => new(ProbeStatus.Unknown, $"the router calls it '{other}'"),
        };
    }

    /// <summary>A server that lists no ids is the recorded model, where one is recorded on its port.</summary>
    private static Verdict JudgeByRecord(RuntimeModel model, ServerAnswer answer, ActiveRuntime? recorded)
    {
        if (recorded is null)
        {
            return new(answer.Status, HealthRows.Join(answer.Detail, "which model it is can't be told"));
        }

        return recorded.Id == model.Id
            ? new(answer.Status, answer.Detail)
            : new(ProbeStatus.Down, $"port {model.EffectivePort} is held by {recorded.Id} ({answer.Status})");
    }

    private static Verdict Combine(Verdict byHttp, CommandResult probe)
    {
        string command = "probe command: " + (probe.Succeeded ? "ready" : HealthRows.Describe(probe, probe.Duration));
        string http = $"HTTP: {byHttp.Status}" + (byHttp.Detail is null ? string.Empty : $" ({byHttp.Detail})");
        string both = $"{command}; {http}";
        return (probe.Succeeded, byHttp.Status) switch
        {
            (true, ProbeStatus.Ready) => byHttp,

            // HTTP that can't tell does not contradict the command.
            (true, ProbeStatus.Unknown) => new(ProbeStatus.Ready, both),
            (false, ProbeStatus.Loading or ProbeStatus.Down) => new(byHttp.Status, both),
            _ => new(ProbeStatus.Unknown, both),
        };
    }

    private static string Shorten(NameList ids) => ids.Count switch
    {
        0 => "no models",
        <= IdsShown => ids.ToString(),
        _ => $"{string.Join(", ", ids.Take(IdsShown))} and {ids.Count - IdsShown} more",
    };

    private sealed record Verdict(string Status, string? Detail);
}
