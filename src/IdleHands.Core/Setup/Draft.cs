using IdleHands.Engines;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Setup;

/// <summary>Makes entries of what was found. Functions of their arguments.</summary>
internal static class Draft
{
    /// <summary>Id of this machine, where the configuration has no host for it.</summary>
    public const string LocalHostId = "localhost";

    /// <summary>This machine, where nothing is known of it.</summary>
    public static RuntimeHost BlankHost { get; } = new() { Id = LocalHostId, DisplayName = LocalHostId };

    /// <summary>This machine, as the configuration has it; null where it does not.</summary>
    /// <exception cref="PlanException"><c>NoEligibleHost</c>: it is disabled.</exception>
    public static RuntimeHost? LocalHost(RuntimeConfiguration configuration)
    {
        RuntimeHost? host = configuration.Hosts.Where(known => known.Transport == HostTransport.Local).MaxBy(known => known.Enabled);
        return host is { Enabled: false }
            ? throw new PlanException(
                PlanErrorId.NoEligibleHost,
                FailureKind.InvalidArgument,
                $"Host '{host.Id}', which is this machine, is disabled.",
                $"Enable it with Enable-IHHost -Id {host.Id}.",
                host.Id)
            : host;
    }

    /// <summary>A host with what was found of it.</summary>
    public static RuntimeHost Host(string id, string displayName, HostSurvey survey, bool byEngine) => new()
    {
        Id = id,
        DisplayName = displayName,
        Gpu = survey.KnownGpus.Count == 0 ? null : NameList.From(survey.KnownGpus.Select(gpu => gpu.Name)),
        VramGB = survey.VramGiB,
        Backend = survey.BackendTypes(byEngine),
    };

    /// <summary>A backend of a type. llama.cpp's server and KoboldCpp find out by themselves how much of a model the GPUs take, so it has no arguments.</summary>
    public static RuntimeBackend Backend(string type, string id, HostSurvey survey) => new()
    {
        Id = id,
        DisplayName = type switch { "cuda" => "CUDA", "rocm" => "ROCm", "cpu" => "CPU", "metal" => "Metal", "vulkan" => "Vulkan", _ => id },
        Type = type,
        VerifyCommand = GpuTool.All.FirstOrDefault(tool => tool.BackendType == type && survey.Programs.Contains(tool.Program))?.VerifyCommand,
    };

    /// <summary>
    /// The backends of a type that models may run on here: those of the configuration, or a new one where it has none. None
    /// where the user has put those that are there out of use.
    /// </summary>
    public static IReadOnlyList<RuntimeBackend> Backends(string type, RuntimeConfiguration configuration, RuntimeHost host, HostSurvey survey)
    {
        RuntimeBackend[] known = [.. configuration.Backends.Where(backend => backend.Type == type)];
        return known.Length == 0
            ? [Backend(type, FreeId(type, id => configuration.Backends.Any(backend => backend.Id == id)), survey)]
            : [.. known.Where(backend => backend.Enabled && backend.HostFilter.Admits(host.Id))];
    }

    /// <summary>A model that an engine serves on one host.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="source">Its source.</param>
    /// <param name="file">What its file says; null where that is not known.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="host">The host.</param>
    /// <param name="backendIds">Its backends, best first; empty for none.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="IdleHandsException"><c>EngineSourceInvalid</c>.</exception>
    public static RuntimeModel Model(string id, string source, GgufFile? file, Engine engine, RuntimeHost host, IReadOnlyList<string> backendIds, int port)
    {
        var blank = new RuntimeModel
        {
            Id = id,
            DisplayName = string.IsNullOrWhiteSpace(file?.Name) ? id : file.Name.Trim(),
            Source = source,
            HostPolicy = IdPolicy.Of([host.Id]),
            BackendPolicy = backendIds.Count == 0 ? IdPolicy.Any : IdPolicy.Of(backendIds),
            StartCommand = string.Empty,
            Port = port,
        };
        return new EngineFill(engine, ShellDialects.ShellOf(host, OperatingSystem.IsWindows())).Fill(blank, file);
    }

    /// <summary>An id that is not taken: the one wanted, or it with a number.</summary>
    public static string FreeId(string wanted, Func<string, bool> isTaken) => !isTaken(wanted)
        ? wanted
        : Enumerable.Range(2, int.MaxValue - 2).Select(number => Numbered(wanted, number)).First(id => !isTaken(id));

    private static string Numbered(string id, int number)
    {
        const int Longest = 64;
        string end = FormattableString.Invariant($"-{number}");
        return (id.Length + end.Length <= Longest ? id : id[..(Longest - end.Length)].TrimEnd('-')) + end;
    }
}
