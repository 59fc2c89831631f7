using IdleHands.Execution;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Diagnostics;

/// <summary>What a look at a host tells. Functions of what was seen.</summary>
internal static class HostRules
{
    private const int ListedFiles = 3;

    /// <summary>Less is the drift of clocks that nobody sets, and matters to nobody.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    /// <summary>All findings. A host that can't be reached is one.</summary>
    public static IEnumerable<DiagnosticFinding> Check(HostNeeds needs, HostLook look, ActiveRuntime? active) => look.Failure is { } failure
        ? [Unreachable(needs.Host, failure)]
        : [
            .. Shell(needs.Host, look),
            .. Unwell(needs.Host, look),
            .. Programs(needs, look),
            .. Files(needs, look),
            .. Ports(needs, look, active),
            .. Backends(needs, look),
            .. look.Answer?.Logs is { } logs
                ? DirectoryRules.Check(logs, Subject.Of(needs.Host), $"host '{needs.Host.Id}'", "Make it writable there for the account that is logged in, or set IDLEHANDS_STATE_DIR in its environment.")
                : [],
            .. Clock(needs.Host, look),
        ];

    private static DiagnosticFinding Unreachable(RuntimeHost host, Exception failure)
    {
        var known = failure as IdleHandsException;
        string otherwise = $"Test-IHHost {host.Id}";
        return known is { ErrorId: "SecretUnavailable" }
            ? SecretRules.Unavailable(Subject.Of(host), $"Host '{host.Id}' can't be logged into: {known.Message}", known, otherwise)
            : DiagnosticRule.HostUnreachable.Find(
                DiagnosticSeverity.Error,
                Subject.Of(host),
                known is null ? $"Host '{host.Id}' could not be looked at: {failure.Message}" : failure.Message,
                known?.Recommendation ?? otherwise);
    }

    private static IEnumerable<DiagnosticFinding> Shell(RuntimeHost host, HostLook look)
    {
        if (look.ShellProblem is { } problem)
        {
            yield return DiagnosticRule.ShellUnusable.Find(DiagnosticSeverity.Error, Subject.Of(host), problem.Message, $"Set-IHHost {host.Id} -Shell sh, or another that is there");
        }
    }

    private static IEnumerable<DiagnosticFinding> Unwell(RuntimeHost host, HostLook look)
    {
        if (look.Check is { Success: false } check)
        {
            yield return DiagnosticRule.HostUnwell.Find(
                DiagnosticSeverity.Warning, Subject.Of(host), $"The check command of host '{host.Id}' fails: {check.Error}", $"Test-IHHost {host.Id} | Format-List shows what it wrote; Set-IHHost {host.Id} -CheckCommand changes it.");
        }
    }

    /// <summary>One finding for each program, whoever needs it.</summary>
    private static IEnumerable<DiagnosticFinding> Programs(HostNeeds needs, HostLook look)
    {
        if (look.Answer is not { } answer)
        {
            return [];
        }

        var missing = answer.Missing.Keys.ToHashSet(StringComparer.Ordinal);
        return needs.Commands
            .SelectMany(command => command.Programs.SelectMany(need => need.Lacking(missing)).Distinct().Select(program => (Program: program, Need: command)))
            .GroupBy(pair => pair.Program, pair => pair.Need)
            .Select(group =>
            {
                CommandNeed[] users = [.. group];
                Subject[] entries = [.. users.Select(user => user.About).Distinct()];
                string who = Wording.Join([.. users.Select(user => $"the {user.Command} command of {user.About}").Distinct()]);
                string state = answer.Missing[group.Key] == "noexec" ? "can't be executed" : "is not found";
                return DiagnosticRule.ProgramMissing.Find(
                    users.Select(user => user.Severity).Aggregate(DiagnosticSeverity.Graver),
                    entries.Length == 1 ? entries[0] : Subject.Of(needs.Host),
                    $"'{group.Key}' {state} on host '{needs.Host.Id}', and {who} {(users.Length == 1 ? "runs" : "run")} it.",
                    Mend(group.Key, state, users[0]));
            });
    }

    private static string Mend(string program, string state, CommandNeed user)
    {
        if (state == "can't be executed")
        {
            return $"chmod +x '{program}' there";
        }

        string parameter = user.Command == "clean-up" ? "-CleanupCommand" : $"-{char.ToUpperInvariant(user.Command[0])}{user.Command[1..]}Command";
        string path = program.Contains('/', StringComparison.Ordinal) ? "correct its path" : "name its whole path";
        return $"Install it there, or {path}: Set-IH{user.About.Resource} {user.About.Id} {parameter} '…'";
    }

    private static IEnumerable<DiagnosticFinding> Files(HostNeeds needs, HostLook look)
    {
        var elsewhere = new List<RuntimeModel>();
        foreach (ModelPlace place in needs.Places)
        {
            FileFact[] unusable = [.. HostNeeds.FilesOf(place.Model).Where(look.Files.ContainsKey).Select(path => look.Files[path]).Where(fact => !IsUsable(fact))];
            if (unusable.Length == 0)
            {
                continue;
            }

            if (place.Severity == DiagnosticSeverity.Information)
            {
                elsewhere.Add(place.Model);
                continue;
            }

            string more = unusable.Length > ListedFiles ? FormattableString.Invariant($", and {unusable.Length - ListedFiles} more") : string.Empty;
            yield return DiagnosticRule.ModelFileMissing.Find(
                place.Severity,
                Subject.Of(place.Model, needs.Host),
                $"Model '{place.Model.Id}' can't be loaded on host '{needs.Host.Id}': {string.Join("; ", unusable.Take(ListedFiles).Select(Describe))}{more}.",
                unusable[0].Exists && unusable[0].Problem == "permission denied"
                    ? $"chmod a+r '{unusable[0].Path}' there, or run the server as another account."
                    : $"Put the file there, correct the path (Set-IHModel {place.Model.Id} -Source /path/to/model.gguf), or keep the model to hosts that have it: Set-IHModel {place.Model.Id} -HostPolicy HOST");
        }

        if (elsewhere.Count > 0)
        {
            yield return DiagnosticRule.ModelFileMissing.Find(
                DiagnosticSeverity.Information,
                Wording.About(needs.Host, elsewhere),
                $"Host '{needs.Host.Id}' lacks the files of {Wording.Models(elsewhere)}, which may run on any host.",
                $"Nothing, where that is meant; else keep them to hosts that have the files: Set-IHModel {elsewhere[0].Id} -HostPolicy HOST");
        }
    }

    private static string Describe(FileFact fact) => IsEmpty(fact) ? $"'{fact.Path}' is empty" : fact.Exists ? $"'{fact.Path}' can't be read ({fact.Problem})" : $"'{fact.Path}' does not exist";

    /// <summary>A directory is a source too: some servers load one.</summary>
    private static bool IsUsable(FileFact fact) => fact.Exists && !IsEmpty(fact) && fact.Problem is null or "is a directory";

    private static bool IsEmpty(FileFact fact) => fact is { Exists: true, Problem: null, Size: 0 };

    private static IEnumerable<DiagnosticFinding> Ports(HostNeeds needs, HostLook look, ActiveRuntime? active)
    {
        foreach ((int port, PortLook seen) in look.Ports.Where(pair => pair.Value.Answer.Listening).OrderBy(pair => pair.Key))
        {
            RuntimeModel[] models = [.. needs.Places.Select(place => place.Model).Where(model => model.EffectivePort == port)];
            ActiveRuntime? own = active is not null && active.HostId == needs.Host.Id && active.Port == port ? active : null;
            if (IsOurs(seen, models, own))
            {
                continue;
            }

            // A list that can't be had is no evidence: it may be one of the models, and is taken over then.
            bool isOpen = !seen.Answer.ModelIdsKnown && (seen.Answer.NeedsKey || seen.Answer.Status is ProbeStatus.Loading or ProbeStatus.Ready);
            string who = seen.Holders.Count > 0 ? string.Join(", ", seen.Holders) : "a process that the system does not name";
            string serves = seen.Answer.ModelIdsKnown ? $", which serves {(seen.Answer.ModelIds.Count > 0 ? seen.Answer.ModelIds : "no model")}"
                : isOpen ? ", which does not tell what it serves"
                : string.Empty;
            yield return DiagnosticRule.PortHeld.Find(
                isOpen ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
                Wording.About(needs.Host, models),
                FormattableString.Invariant($"Port {port} of host '{needs.Host.Id}', which {Wording.Models(models)} {(models.Length == 1 ? "needs" : "need")}, is held by {who}{serves}."),
                FormattableString.Invariant($"End that process, or take another port: Set-IHModel {models[0].Id} -Port {FreePort.After(port, [.. needs.Ports, .. look.Ports.Keys])}. Test-IHHealth -ScanPorts {port} tells more."));
        }
    }

    private static bool IsOurs(PortLook seen, IReadOnlyList<RuntimeModel> models, ActiveRuntime? own) =>
        (own is not null && (seen.Holders.Any(holder => holder.IsOfLaunch) || RuntimePresence.IsAnswerOf(own, seen.Answer)))
        || (seen.Answer.ModelIdsKnown && models.Any(model => ModelIdentity.Matches(seen.Answer.ModelIds, ModelSource.ServedNames(model))));

    private static IEnumerable<DiagnosticFinding> Backends(HostNeeds needs, HostLook look) => look.Backends.Where(result => !result.Success).Select(result =>
    {
        (RuntimeBackend backend, string severity) = needs.Backends.First(one => one.Backend.Id == result.BackendId);
        return DiagnosticRule.BackendUnverified.Find(
            severity,
            Subject.Of(backend, needs.Host),
            $"The verify command of backend '{backend.Id}' fails on host '{needs.Host.Id}': {result.Error}",
            $"Test-IHBackend {backend.Id} -HostId {needs.Host.Id} | Format-List shows what it wrote. Where the backend is not for that host: Set-IHBackend {backend.Id} -HostFilter HOST");
    });

    private static IEnumerable<DiagnosticFinding> Clock(RuntimeHost host, HostLook look)
    {
        if (look.ClockAhead is { } ahead && ahead.Duration() > ClockTolerance)
        {
            yield return DiagnosticRule.ClockOff.Find(
                DiagnosticSeverity.Warning,
                Subject.Of(host),
                FormattableString.Invariant($"The clock of host '{host.Id}' is {ahead.Duration().TotalSeconds:0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of this machine."),
                "Let both keep the time by themselves: timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS), w32tm /resync (Windows).");
        }
    }
}
