using IdleHands.Gguf;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Diagnostics;

/// <summary>A command of an entry, the programs that it runs, and how grave it is that they lack.</summary>
internal sealed record CommandNeed(Subject About, string Command, string Severity, IReadOnlyList<ProgramNeed> Programs);

/// <summary>What the entries of the configuration need of one host. A function of the configuration.</summary>
internal sealed record HostNeeds
{
    /// <summary>The host.</summary>
    public required RuntimeHost Host { get; init; }

    /// <summary>The models that can be selected there.</summary>
    public required IReadOnlyList<ModelPlace> Places { get; init; }

    /// <summary>The backends whose verify command is to be run there, with how grave it is that it fails.</summary>
    public required IReadOnlyList<(RuntimeBackend Backend, string Severity)> Backends { get; init; }

    /// <summary>What the commands need.</summary>
    public required IReadOnlyList<CommandNeed> Commands { get; init; }

    /// <summary>All programs, each once.</summary>
    public IReadOnlyList<string> Programs => [.. Commands.SelectMany(command => command.Programs).SelectMany(need => need.Programs).Distinct(StringComparer.Ordinal)];

    /// <summary>All files of models, each once.</summary>
    public IReadOnlyList<string> Files => [.. Places.SelectMany(place => FilesOf(place.Model)).Distinct(StringComparer.Ordinal)];

    /// <summary>All ports of models, each once.</summary>
    public IReadOnlyList<int> Ports => [.. Places.Select(place => place.Model.EffectivePort).Distinct()];

    /// <summary>The files of a model; none where its source is no path.</summary>
    public static NameList FilesOf(RuntimeModel model) => ModelSource.IsPath(model.Source) ? ShardSet.PathsOf(model.Source) : NameList.Empty;

    /// <summary>What is needed of a host.</summary>
    public static HostNeeds Of(RuntimeHost host, RuntimeConfiguration configuration, ModelPlaces all)
    {
        IReadOnlyList<ModelPlace> places = all.On(host);
        (RuntimeBackend Backend, string Severity)[] backends = [.. configuration.Backends
            .Where(backend => backend.Enabled && backend.HostFilter.Admits(host.Id) && IsDeclared(host, backend))
            .Select(backend => (backend, SeverityOf(backend, places)))];
        ShellDialect dialect = ShellDialects.Parse(ShellDialects.ShellOf(host, OperatingSystem.IsWindows()));
        return new HostNeeds
        {
            Host = host,
            Places = places,
            Backends = backends,
            Commands = [.. CommandsOf(host, places, backends)
                .DistinctBy(one => (one.About, one.Name, one.Command))
                .Select(one => new CommandNeed(one.About, one.Name, one.Severity, CommandPrograms.Of(one.Command, dialect)))],
        };
    }

    private static IEnumerable<(Subject About, string Name, string Severity, string Command)> CommandsOf(
        RuntimeHost host, IReadOnlyList<ModelPlace> places, IReadOnlyList<(RuntimeBackend Backend, string Severity)> backends)
    {
        var found = new List<(Subject, string, string, string?)>();
        foreach (ModelPlace place in places)
        {
            var model = Subject.Of(place.Model, host);
            string lesser = place.IsPreferred ? DiagnosticSeverity.Warning : place.Severity;
            found.Add((model, "start", place.Severity, ModelPlace.TryRender(() => place.Commands.Start)));
            found.Add((model, "probe", place.Severity, ModelPlace.TryRender(() => place.Commands.Probe)));
            found.Add((model, "status", lesser, ModelPlace.TryRender(() => place.Commands.Status)));

            // Where the stop command does not work, what was launched is stopped by its session.
            found.Add((Subject.Of(host), "stop", DiagnosticSeverity.Warning, ModelPlace.TryRender(() => place.Commands.Stop)));
            found.Add((Subject.Of(host), "clean-up", DiagnosticSeverity.Warning, ModelPlace.TryRender(() => place.Commands.Cleanup)));
        }

        foreach ((RuntimeBackend backend, string severity) in backends)
        {
            var about = Subject.Of(backend, host);
            PlanCommands commands = places.FirstOrDefault(place => place.Selection.Backend?.Id == backend.Id)?.Commands ?? ModelCommands.Without(host, backend);
            found.Add((about, "apply", severity, ModelPlace.TryRender(() => commands.Apply)));
            found.Add((about, "verify", severity, ModelPlace.TryRender(() => commands.Verify)));
            found.Add((about, "rollback", severity == DiagnosticSeverity.Error ? DiagnosticSeverity.Warning : severity, ModelPlace.TryRender(() => commands.Rollback)));
        }

        return found.Where(one => one.Item4 is not null).Select(one => (one.Item1, one.Item2, one.Item3, one.Item4!));
    }

    /// <summary>A host that says what it can do is not asked for the rest.</summary>
    private static bool IsDeclared(RuntimeHost host, RuntimeBackend backend) =>
        host.Backend is not { Count: > 0 } declared || declared.Contains(backend.Id) || declared.Contains(backend.Type);

    private static string SeverityOf(RuntimeBackend backend, IReadOnlyList<ModelPlace> places)
    {
        ModelPlace[] users = [.. places.Where(place => place.Selection.Backend?.Id == backend.Id)];
        string least = backend.HostFilter.IsAny ? DiagnosticSeverity.Information : DiagnosticSeverity.Warning;
        return users.Select(place => place.Severity).Append(least).Aggregate(DiagnosticSeverity.Graver);
    }
}
