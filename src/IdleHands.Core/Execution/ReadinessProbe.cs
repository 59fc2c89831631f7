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

    /// <summary>Environment of both commands.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EnvironmentMap.Empty;

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
internal sealed class ReadinessProbe(IHostConnection connection, TimeProvider time)
{
    /// <summary>Longer than servers need that answer a health request by generating a token.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);

    private readonly ServerProbe _server = new(connection.Http, time);

    /// <summary>Asks once.</summary>
    public async Task<Readiness> AskAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        ServerAnswer answer = await _server.AskAsync(target.Port, AnswerLimit, cancellationToken).ConfigureAwait(false);
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

        var command = new HostCommand(target.StatusCommand, CommandLimit) { Environment = target.Environment };
        return (await connection.RunAsync(command, cancellationToken).ConfigureAwait(false)).Succeeded;
    }

    private static string Because(string? detail) => detail is null ? string.Empty : $": {detail}";

    private async Task<Readiness> AskCommandAsync(ProbeTarget target, ServerAnswer answer, CancellationToken cancellationToken)
    {
        var command = new HostCommand(target.ProbeCommand!, CommandLimit) { Environment = target.Environment };
        CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        if (result.Succeeded && answer.Status != ProbeStatus.Ready)
        {
            // Somebody may have begun to listen while the command ran: it is that one's answer that must be judged.
            answer = await _server.AskAsync(target.Port, AnswerLimit, cancellationToken).ConfigureAwait(false);
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
    /// Whose the listener is: by its process where the system tells, else by the ids it lists. A list that can't be read
    /// is no evidence against a service that took over.
    /// </summary>
    private async Task<Readiness> IdentifyAsync(ProbeTarget target, Readiness readiness, CancellationToken cancellationToken)
    {
        var holders = await connection.FindPortHoldersAsync(target.Port, cancellationToken).ConfigureAwait(false);
        if (target.Launch is not null)
        {
            var launch = await connection.ObserveAsync(target.Launch, cancellationToken).ConfigureAwait(false);
            if (holders.Any(holder => holder.ProcessId is { } id && launch.ProcessIds.Contains(id)))
            {
                return readiness with { LaunchOwnsPort = true };
            }
        }

        if (!readiness.IsReady)
        {
            return readiness;
        }

        ServerAnswer answer = readiness.Answer;
        bool isOurs = answer.ModelIdsKnown
            ? ModelIdentity.Matches(answer.ModelIds, target.ServedNames)
            : target.HandedOver || target.StatusCommand is not null || holders.All(holder => holder.ProcessId is null);
        return isOurs ? readiness : readiness with { IsReady = false, Stranger = DescribeStranger(answer, holders) };
    }

    private static string DescribeStranger(ServerAnswer answer, IReadOnlyList<PortHolder> holders)
    {
        string who = holders.Count > 0 ? string.Join(", ", holders) : "a process that the system does not name";
        return answer.ModelIdsKnown && answer.ModelIds.Count > 0 ? $"{who}, which serves {answer.ModelIds}" : who;
    }
}
