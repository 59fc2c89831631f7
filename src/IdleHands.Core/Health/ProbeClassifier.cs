using System.Globalization;

namespace IdleHands.Health;

/// <summary>
/// Tells from what <c>/health</c> and <c>/v1/models</c> answered what listens on a port. A function of its arguments;
/// the first rule that applies decides.
/// </summary>
internal static class ProbeClassifier
{
    private const string NoModelServer = "no model server";
    private const string NeedsKey = "needs a key";

    /// <summary>Classifies two replies.</summary>
    /// <param name="health">What <c>/health</c> answered.</param>
    /// <param name="models">What <c>/v1/models</c> answered.</param>
    /// <param name="timeout">The limit both had, for the words.</param>
    public static ServerAnswer Classify(ProbeReply health, ProbeReply models, TimeSpan timeout)
    {
        ServerAnswer answer = Unreachable(health, models)
            ?? Loading(health, models)
            ?? NotAnswered(health, models, timeout)
            ?? Unhealthy(health, models)
            ?? Listing(health, models, timeout)
            ?? HealthyWithoutList(health, models, timeout)
            ?? Unknown(health, models, timeout);
        return answer with { Server = ServerKind.Of(health, models) };
    }

    /// <summary>"5 s".</summary>
    public static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private static ServerAnswer? Unreachable(ProbeReply health, ProbeReply models)
    {
        // One refusal is enough: a server that is going away may still hold an older connection.
        if (First(health, models, reply => reply.Outcome == ReplyOutcome.Refused) is { } refused)
        {
            return new() { Status = ProbeStatus.Down, Latency = refused.Latency, Detail = "connection refused" };
        }

        return health.Outcome == ReplyOutcome.NotAccepted && models.HttpStatus is null
            ? new() { Status = ProbeStatus.Down, Latency = health.Latency, Detail = "the connection was not accepted in time" }
            : null;
    }

    private static ServerAnswer? Loading(ProbeReply health, ProbeReply models) =>
        First(health, models, reply => reply.SaysLoading) is { } loading
            ? From(loading, ProbeStatus.Loading, loading.ErrorMessage ?? loading.HealthWord)
            : null;

    private static ServerAnswer? NotAnswered(ProbeReply health, ProbeReply models, TimeSpan timeout) =>
        health.Outcome == ReplyOutcome.NoAnswer && models.Outcome is ReplyOutcome.NoAnswer or ReplyOutcome.NotAsked
            ? From(health, ProbeStatus.Down, $"no answer in {Seconds(timeout)}")
            : null;

    /// <summary>A server that calls itself unwell is not ready, whatever it lists.</summary>
    private static ServerAnswer? Unhealthy(ProbeReply health, ProbeReply models) =>
        health.HttpStatus >= 500 && models.List is not null
            ? From(health, ProbeStatus.Unknown, $"/health answers {health.HttpStatus}{Quoted(health.ErrorMessage)}")
            : null;

    private static ServerAnswer? Listing(ProbeReply health, ProbeReply models, TimeSpan timeout)
    {
        if (!models.IsOk || models.List is not { } list)
        {
            return null;
        }

        bool isHealthSilent = health.Outcome is ReplyOutcome.NoAnswer or ReplyOutcome.Unfinished;
        string? detail = isHealthSilent
            ? $"/health gives no answer in {Seconds(timeout)}"
            : DescribeList(list, ServerKind.Of(health, models));
        return From(models, ProbeStatus.Ready, detail) with
        {
            Models = list.Models,
            ModelIds = NameList.From(list.Models.SelectMany(model => model.Names).Distinct(StringComparer.Ordinal)),
            ModelIdsKnown = true,
        };
    }

    private static string? DescribeList(ModelList list, string? kind)
    {
        int routed = list.Models.Count(model => model.State is not null);
        if (routed > 0)
        {
            return $"router: {list.Models.Count(model => model.State == "loaded")} of {routed} models loaded";
        }

        if (ServerKind.ListsWhatCouldBeLoaded(kind))
        {
            return $"{kind} lists what it can load, not what is loaded";
        }

        return list.Models.Count == 0 ? "lists no models" : null;
    }

    /// <summary>
    /// A sound <c>/health</c> speaks for a list that can't be had. One that is empty (vLLM's) does so only where the
    /// list asks for a key: any web server can answer 200 with nothing.
    /// </summary>
    private static ServerAnswer? HealthyWithoutList(ProbeReply health, ProbeReply models, TimeSpan timeout)
    {
        bool isWell = health.IsOk && health.HealthWord is "ok" or "healthy";
        if (models.WantsKey && health.IsOk && (isWell || health.IsEmpty))
        {
            return From(health, ProbeStatus.Ready, "needs a key to list its models") with { NeedsKey = true };
        }

        string? whyNoList = models switch
        {
            { Outcome: ReplyOutcome.NoAnswer or ReplyOutcome.Unfinished } => $"/v1/models gives no answer in {Seconds(timeout)}",
            { IsTooLong: true, HttpStatus: 200, IsHtml: false } => "/v1/models is too long to read",
            { HttpStatus: 404 or 405 or 501 } => $"/v1/models answers {models.HttpStatus}",
            _ => null,
        };
        return isWell && whyNoList is not null ? From(health, ProbeStatus.Ready, $"lists no models: {whyNoList}") : null;
    }

    private static ServerAnswer Unknown(ProbeReply health, ProbeReply models, TimeSpan timeout)
    {
        if (First(models, health, reply => reply.WantsKey) is { } locked)
        {
            return From(locked, ProbeStatus.Unknown, NeedsKey) with { NeedsKey = true };
        }

        ProbeReply decides = models.Outcome == ReplyOutcome.NotAsked ? health : models;
        return From(decides, ProbeStatus.Unknown, Describe(decides, timeout));
    }

    private static string Describe(ProbeReply reply, TimeSpan timeout) => reply switch
    {
        { Outcome: ReplyOutcome.Broken } => reply.Problem ?? "the connection broke off",
        { Outcome: ReplyOutcome.Unfinished } => $"the answer did not end in {Seconds(timeout)}",
        { Outcome: not ReplyOutcome.Answered } => $"no answer in {Seconds(timeout)}",
        { IsTooLong: true } => $"{NoModelServer}: the answer is too long to be a list of models",
        { HttpStatus: not 200 } => $"{NoModelServer}: it answers {reply.HttpStatus}{Quoted(reply.ErrorMessage)}",
        { IsHtml: true } => $"{NoModelServer}: it answers with a web page",
        { IsEmpty: true } => $"{NoModelServer}: it answers with nothing",
        { IsJson: true } => $"{NoModelServer}: its JSON is not a list of models{Quoted(reply.ErrorMessage)}",
        _ => $"{NoModelServer}: its answer is not JSON",
    };

    private static ServerAnswer From(ProbeReply reply, string status, string? detail) => new()
    {
        Status = status,
        Listening = true,
        HttpStatus = reply.HttpStatus,
        Latency = reply.Latency,
        Detail = detail,
    };

    private static ProbeReply? First(ProbeReply one, ProbeReply other, Func<ProbeReply, bool> applies) =>
        applies(one) ? one : applies(other) ? other : null;

    private static string Quoted(string? message) => message is null ? string.Empty : $" \"{message}\"";
}
