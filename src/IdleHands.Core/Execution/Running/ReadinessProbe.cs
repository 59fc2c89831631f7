using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>What is asked whether it is ready.</summary>
internal sealed record ProbeTarget
{
    /// <summary>Port its server listens on.</summary>
    public required int Port { get; init; }

    /// <summary>The model's probe command as rendered; null: HTTP alone decides.</summary>
    public string? ProbeCommand { get; init; }

    /// <summary>The model's status command as rendered.</summary>
    public string? StatusCommand { get; init; }

    /// <summary>Environment of the probe command.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EnvironmentMap.Empty;

    /// <summary>Environment of the status command.</summary>
    public IReadOnlyDictionary<string, string> StatusEnvironment { get; init; } = EnvironmentMap.Empty;

    /// <summary>Ids its server may answer with.</summary>
    public required NameList ServedNames { get; init; }

    /// <summary>Its launch; null for what this module did not launch.</summary>
    public LaunchRecord? Launch { get; init; }

    /// <summary>True when a service runs it, and not the launch.</summary>
    public bool HandedOver { get; init; }
}

/// <summary>What a probe found.</summary>
/// <param name="IsReady">It answers as it should.</param>
/// <param name="Answer">What the port said.</param>
/// <param name="Detail">Why it is or isn't ready.</param>
internal sealed record Readiness(bool IsReady, ServerAnswer Answer, string Detail)
{
    /// <summary>Who has the port instead; null when it is the model's own server.</summary>
    public string? Stranger { get; init; }

    /// <summary>True when the launch was seen to own the port.</summary>
    public bool LaunchOwnsPort { get; init; }
}

/// <summary>Asks once whether a model is ready, and whether it is the model that answers.</summary>
internal sealed class ReadinessProbe(IHostConnection connection, TimeProvider time, SecretResolver secrets)
{
    /// <summary>Longer than servers need that answer a health request by generating a token.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);

    private readonly ServerProbe _server = new(connection.Http, time);

    /// <summary>Asks once.</summary>
    public async Task<Readiness> AskAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        ServerAnswer answer = await AskServerAsync(target, cancellationToken).ConfigureAwait(false);
        Readiness readiness = target.ProbeCommand is null || answer.Status == ProbeStatus.Loading
            ? new Readiness(answer.Status == ProbeStatus.Ready, answer, $"port {target.Port} is {answer.Status}{Because(answer.Detail)}")
            : await AskCommandAsync(target, answer, cancellationToken).ConfigureAwait(false);
        return readiness.Answer.Listening ? await IdentifyAsync(target, readiness, cancellationToken).ConfigureAwait(false) : readiness;
    }

    /// <summary>True when the service that took over runs, or nothing tells otherwise.</summary>
    public async Task<bool> AskServiceAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        if (target.StatusCommand is null)
        {
            return true;
        }

        var command = new HostCommand(target.StatusCommand, CommandLimit) { Environment = target.StatusEnvironment };
        return (await connection.RunAsync(command, cancellationToken).ConfigureAwait(false)).Succeeded;
    }

    private async Task<ServerAnswer> AskServerAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        ServerAnswer answer = await _server.AskAsync(target.Port, AnswerLimit, cancellationToken).ConfigureAwait(false);
        return answer with { Detail = secrets.Redact(answer.Detail) };
    }

    private static string Because(string? detail) => detail is null ? string.Empty : $": {detail}";

    private async Task<Readiness> AskCommandAsync(ProbeTarget target, ServerAnswer answer, CancellationToken cancellationToken)
    {
        var command = new HostCommand(target.ProbeCommand!, CommandLimit) { Environment = target.Environment };
        CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        if (result.Succeeded && answer.Status != ProbeStatus.Ready)
        {
            // Somebody may have begun to listen while the command ran: it is that one's answer that must be judged.
            answer = await AskServerAsync(target, cancellationToken).ConfigureAwait(false);
        }

        string detail = result switch
        {
            { TimedOut: true } => $"the probe command took over {CommandLimit.TotalSeconds:0} s",
            { Succeeded: true } => "the probe command succeeded",
            _ => $"the probe command ended with {result.ExitCode}{Because(LastLine(result.Error) ?? LastLine(result.Output))}",
        };
        return new Readiness(result.Succeeded && answer.Status != ProbeStatus.Loading, answer, $"{detail}; port {target.Port} is {answer.Status}");
    }

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();

    /// <summary>
    /// Whose the listener is: the launch's by its process where the system tells. Else the ids it lists must be the
    /// model's; and a process that is known not to be the launch's is only believed where a service may have taken over.
    /// </summary>
    private async Task<Readiness> IdentifyAsync(ProbeTarget target, Readiness readiness, CancellationToken cancellationToken)
    {
        PortHolder[] holders = await PortGuard.FindReachedAsync(connection, target.Port, target.Launch, cancellationToken).ConfigureAwait(false);
        if (Array.Exists(holders, holder => holder.IsOfLaunch))
        {
            return readiness with { LaunchOwnsPort = true };
        }

        if (!readiness.IsReady)
        {
            return readiness;
        }

        bool mayBeOurs = target.HandedOver || target.StatusCommand is not null || Array.TrueForAll(holders, holder => holder.ProcessId is null);
        bool isOurs = mayBeOurs
            && await AskServiceAsync(target, cancellationToken).ConfigureAwait(false)
            && IsEvidenceFor(target, readiness.Answer);
        return isOurs ? readiness : readiness with { IsReady = false, Stranger = DescribeStranger(readiness.Answer, holders) };
    }

    /// <summary>The listed ids decide; where they can't be had, a key or a status command that succeeded has to speak for it.</summary>
    private static bool IsEvidenceFor(ProbeTarget target, ServerAnswer answer) => answer.ModelIdsKnown
        ? ModelIdentity.Matches(answer.ModelIds, target.ServedNames)
        : answer.NeedsKey || target.StatusCommand is not null;

    private static string DescribeStranger(ServerAnswer answer, PortHolder[] holders)
    {
        string who = holders.Length > 0 ? string.Join(", ", holders.AsEnumerable()) : "a process that the system does not name";
        return answer.ModelIdsKnown && answer.ModelIds.Count > 0 ? $"{who}, which serves {answer.ModelIds}" : who;
    }
}
