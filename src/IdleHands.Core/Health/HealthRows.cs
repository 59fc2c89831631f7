using IdleHands.Hosts;

namespace IdleHands.Health;

/// <summary>Makes the rows of hosts and of servers found. Functions of their arguments.</summary>
internal static class HealthRows
{
    private const int LinesShown = 3;
    private const int LongestOutput = 300;

    /// <summary>The row of a host whose check command was run.</summary>
    public static HealthResult Host(RuntimeHost host, HostCommand command, CommandResult result) => new()
    {
        Section = HealthSection.Host,
        HostId = host.Id,
        Id = host.Id,
        Status = result.Succeeded ? ProbeStatus.Ready : ProbeStatus.Down,
        Latency = result.Duration,
        Detail = result.Succeeded ? null : "check command: " + Describe(result, command.Timeout),
    };

    /// <summary>The row of a host that has no check command.</summary>
    public static HealthResult HostWithoutCommand(RuntimeHost host) => new()
    {
        Section = HealthSection.Host,
        HostId = host.Id,
        Id = host.Id,
        Status = ProbeStatus.Ready,
        Detail = "no check command",
    };

    /// <summary>The row of something on a host that can't be reached, or that can't be asked.</summary>
    public static HealthResult Unreachable(string section, RuntimeHost host, string? id, int? port, Exception cause) => new()
    {
        Section = section,
        HostId = host.Id,
        Id = id,
        Port = port,
        Status = SaysNobodyAnswers(cause) ? ProbeStatus.Down : ProbeStatus.Unknown,
        Detail = cause.Message,
    };

    /// <summary>A host that refuses, or does not answer in time, is down as a port is; one that asks for another key is not.</summary>
    private static bool SaysNobodyAnswers(Exception cause) =>
        cause is IdleHandsException { ErrorId: "ConnectionRefused" or "ConnectionTimeout" or "ConnectionLost" or "HostUnreachable" };

    /// <summary>The row of a port.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="answer">What it answered.</param>
    /// <param name="names">The configured models.</param>
    /// <param name="recorded">The recorded runtime, where it is on this port: it names the model of a server that doesn't.</param>
    public static HealthResult Discovered(
        RuntimeHost host, int port, ServerAnswer answer, ModelIndex names, ActiveRuntime? recorded)
    {
        string[] serves = names.Find(answer.ModelIds).ToArray();
        bool byRecord = recorded is not null && !answer.ModelIdsKnown && answer.Status is ProbeStatus.Ready or ProbeStatus.Loading;
        return new()
        {
            Section = HealthSection.Discovered,
            HostId = host.Id,
            Id = byRecord ? recorded!.Id : serves.Length > 0 ? string.Join(", ", serves) : null,
            Port = port,
            Status = answer.Status,
            ModelIds = answer.ModelIds,
            Unconfigured = NameList.From(answer.Models
                .Where(model => !names.Find(model.Names).Any())
                .SelectMany(model => model.Names)
                .Distinct(StringComparer.Ordinal)),
            Server = answer.Server,
            HttpStatus = answer.HttpStatus,
            Latency = answer.Latency,
            Detail = byRecord ? Join(answer.Detail, "model known from the record of its start") : answer.Detail,
        };
    }

    /// <summary>How a command failed: "exit code 3: last lines of its output".</summary>
    public static string Describe(CommandResult result, TimeSpan timeout)
    {
        string how = result.TimedOut ? $"did not end in {ProbeClassifier.Seconds(timeout)}" : $"exit code {result.ExitCode}";
        string said = EndOf(string.IsNullOrWhiteSpace(result.Error) ? result.Output : result.Error);
        return said.Length == 0 ? how : $"{how}: {said}";
    }

    /// <summary>Two remarks as one.</summary>
    public static string Join(string? first, string second) => string.IsNullOrEmpty(first) ? second : $"{first}; {second}";

    private static string EndOf(string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string end = string.Join(" | ", lines.TakeLast(LinesShown));
        return ReplyText.Clean(end.Length > LongestOutput ? "..." + end[^(LongestOutput - 3)..] : end);
    }
}
