using System.Globalization;
using System.Text.RegularExpressions;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Diagnostics;

/// <summary>What the commands of the entries tell as they are written. Functions of the configuration.</summary>
internal static partial class CommandRules
{
    /// <summary>All findings.</summary>
    public static IEnumerable<DiagnosticFinding> Check(RuntimeConfiguration configuration, ModelPlaces places) =>
    [
        .. places.All.SelectMany(Unrenderable).DistinctBy(finding => (finding.Resource, finding.Id, finding.Message)),
        .. places.All.DistinctBy(place => place.Model.Id).SelectMany(Ports),
        .. places.All.SelectMany(Services).DistinctBy(finding => (finding.RuleId, finding.Id, finding.HostId)),
        .. configuration.Hosts.Where(host => host.Enabled).SelectMany(StopCommandTooBroad),
    ];

    /// <summary>A select renders the commands of the model and its backend; a stop those of the host.</summary>
    private static IEnumerable<DiagnosticFinding> Unrenderable(ModelPlace place)
    {
        PlanCommands commands = place.Commands;
        (Func<string?> Render, Subject About)[] all =
        [
            (() => commands.Start, Subject.Of(place.Model, place.Host)),
            (() => commands.Probe, Subject.Of(place.Model, place.Host)),
            (() => commands.Status, Subject.Of(place.Model, place.Host)),
            (() => commands.Stop, Subject.Of(place.Host)),
            (() => commands.Cleanup, Subject.Of(place.Host)),
            .. place.Selection.Backend is { } backend
                ? new (Func<string?>, Subject)[] { (() => commands.Apply, Subject.Of(backend, place.Host)), (() => commands.Verify, Subject.Of(backend, place.Host)), (() => commands.Rollback, Subject.Of(backend, place.Host)) }
                : [],
        ];
        foreach ((Func<string?> render, Subject about) in all)
        {
            TemplateException? failure = null;
            try
            {
                render();
            }
            catch (TemplateException e)
            {
                failure = e;
            }

            if (failure is not null)
            {
                yield return DiagnosticRule.CommandUnrenderable.Find(place.Severity, about, failure.Message, failure.Recommendation ?? "Get-Help about_IdleHands tells what a command may hold.");
            }
        }
    }

    private static IEnumerable<DiagnosticFinding> Ports(ModelPlace place)
    {
        RuntimeModel model = place.Model;
        if (ModelPlace.TryRender(() => place.Commands.Start) is { } start && OptionPort(start) is { } started && !Names(start, model.EffectivePort))
        {
            yield return DiagnosticRule.StartPortMismatch.Find(
                DiagnosticSeverity.Warning,
                Subject.Of(model),
                FormattableString.Invariant($"The start command of model '{model.Id}' names port {started}, and the model's port is {model.EffectivePort}."),
                $"Write {{port}} in the start command (Set-IHModel {model.Id} -StartCommand '… --port {{port}} …'), or: Set-IHModel {model.Id} -Port {started}");
        }

        foreach ((string what, string parameter, Func<string?> render) in ((string, string, Func<string?>)[])
            [("probe", "-ProbeCommand", () => place.Commands.Probe), ("status", "-StatusCommand", () => place.Commands.Status)])
        {
            if (ModelPlace.TryRender(render) is { } command && AddressPort(command, place.Commands.Address) is { } asked && !Names(command, model.EffectivePort))
            {
                yield return DiagnosticRule.ProbePortMismatch.Find(
                    DiagnosticSeverity.Warning,
                    Subject.Of(model),
                    FormattableString.Invariant($"The {what} command of model '{model.Id}' asks port {asked}, and the model's port is {model.EffectivePort}."),
                    $"Write {{port}} in it: Set-IHModel {model.Id} {parameter} '… {{port}} …'. Without a probe command the model's port is asked over HTTP: Set-IHModel {model.Id} -ProbeCommand $null");
            }
        }
    }

    /// <summary>The port that an option of the server names.</summary>
    private static int? OptionPort(string command) => Number(PortOption().Match(command));

    /// <summary>The port that an address of the host itself names.</summary>
    private static int? AddressPort(string command, string address) =>
        Number(LoopbackPort().Match(command)) ?? Number(Regex.Match(command, @"(?<![\w.-])" + Regex.Escape(address) + @"[:/ ](?<port>\d{2,5})(?!\d)", RegexOptions.CultureInvariant));

    private static int? Number(Match match) =>
        match.Success && int.TryParse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : null;

    /// <summary>A command that names the right port, too, is for a proxy or a container, and knows what it does.</summary>
    private static bool Names(string command, int port) =>
        Regex.IsMatch(command, string.Create(CultureInfo.InvariantCulture, $@"(?<!\d){port}(?!\d)"), RegexOptions.CultureInvariant);

    private static IEnumerable<DiagnosticFinding> Services(ModelPlace place)
    {
        RuntimeModel model = place.Model;
        if (ServiceStart().Match(model.StartCommand) is not { Success: true } service)
        {
            yield break;
        }

        string starter = string.Join(' ', service.Groups["starter"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (string.IsNullOrWhiteSpace(model.StatusCommand))
        {
            string example = starter.Contains("systemctl", StringComparison.Ordinal) ? "systemctl is-active --quiet NAME" : "docker top NAME";
            yield return DiagnosticRule.StatusCommandMissing.Find(
                DiagnosticSeverity.Information,
                Subject.Of(model),
                $"The start command of model '{model.Id}' hands over to a service ({starter}), and no status command tells whether that runs.",
                $"Set-IHModel {model.Id} -StatusCommand '{example}'");
        }

        if (string.IsNullOrWhiteSpace(place.Host.StopCommand))
        {
            string example = starter.Contains("systemctl", StringComparison.Ordinal) ? "systemctl stop NAME" : "docker rm -f {model_id}";
            yield return DiagnosticRule.StopCommandMissing.Find(
                DiagnosticSeverity.Warning,
                Subject.Of(model, place.Host),
                $"The start command of model '{model.Id}' hands over to a service ({starter}), and host '{place.Host.Id}' has no stop command.",
                $"Set-IHHost {place.Host.Id} -StopCommand '{example}'");
        }
    }

    private static IEnumerable<DiagnosticFinding> StopCommandTooBroad(RuntimeHost host)
    {
        foreach ((string? command, string what, string parameter) in ((string?, string, string)[])[(host.StopCommand, "stop", "-StopCommand"), (host.CleanupCommand, "clean-up", "-CleanupCommand")])
        {
            if (command is not null && BroadKill.Find(command) is { } kill)
            {
                yield return DiagnosticRule.StopCommandTooBroad.Find(
                    DiagnosticSeverity.Warning,
                    Subject.Of(host),
                    $"The {what} command of host '{host.Id}' ends whatever is called so: {kill}",
                    $"Set-IHHost {host.Id} {parameter} $null: what was launched from here is then stopped by its recorded session, and nothing else. For a service, name the one that is meant, e.g. by {{port}} or {{model_id}}.");
            }
        }
    }

    [GeneratedRegex(@"(?<![\w-])--port[= ]\s*['""]?(?<port>\d{1,5})(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex PortOption();

    [GeneratedRegex(@"(?<![\w.-])(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\]|::1)[:/ ](?<port>\d{2,5})(?!\d)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex LoopbackPort();

    [GeneratedRegex(
        // The options of a run end at the image: what stands behind it is for the server.
        @"(?<![\w.-])(?<starter>(?:docker|podman|nerdctl)\s+(?:container\s+)?run(?=(?:\s+-\S+(?:\s+(?!-)\S+)?)*?\s+(?:-[itP]*d[itP]*|--detach)(?:=true)?\s)"
        + @"|(?:docker|podman|nerdctl)\s+(?:start|restart)(?=\s)|(?:docker|podman)[ -]compose(?:\s+-\S+(?:\s+(?!-|up\s)\S+)?)*\s+up(?=\s(?:.*\s)?(?:-d|--detach)(?:\s|$))"
        + @"|systemctl(?:\s+-\S+)*\s+(?:start|restart)(?=\s)|service\s+\S+\s+(?:start|restart)(?=\s|$)|launchctl\s+(?:kickstart|start|load|bootstrap)(?=\s))",
        RegexOptions.CultureInvariant)]
    private static partial Regex ServiceStart();
}
