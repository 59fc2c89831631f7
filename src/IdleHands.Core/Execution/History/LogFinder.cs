using IdleHands.Configuration;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>A log that was found.</summary>
/// <param name="LaunchId">The launch that wrote it.</param>
/// <param name="Path">The log, on its host.</param>
/// <param name="Host">The host; this machine for a launch that is not recorded any more.</param>
/// <param name="Launch">The launch, where it is recorded; null where it is over.</param>
/// <param name="SecretReferences">The secrets that its commands were handed; where it is not recorded any more, those that they may have been.</param>
internal sealed record FoundLog(string LaunchId, string Path, RuntimeHost Host, LaunchRecord? Launch, EnvironmentMap SecretReferences);

/// <summary>
/// Finds the logs of launches. Needs no configuration: the state, the records of launches and the files tell. Of a launch
/// that is not recorded any more, the configuration tells which secrets its log may hold.
/// </summary>
/// <param name="paths">Where the files are.</param>
/// <param name="active">The recorded runtime; null for none.</param>
internal sealed class LogFinder(IdleHandsPaths paths, ActiveRuntime? active)
{
    private static readonly RuntimeHost ThisMachine = new() { Id = "local", DisplayName = "This machine" };

    private readonly Lazy<IReadOnlyList<LaunchLog>> _logs = new(() => List(paths));

    /// <summary>The models that have logs.</summary>
    public IReadOnlyList<string> ModelIds =>
        _logs.Value.Select(log => log.Name.ModelId).Concat(Active is null ? [] : [active!.Id]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();

    /// <summary>The launches that have logs, the newest first.</summary>
    public IReadOnlyList<string> LaunchIds => _logs.Value.Reverse().Select(log => log.Name.LaunchId).ToArray();

    private FoundLog? Active => active is null ? null : Recorded(active);

    /// <summary>The log of what is active; where nothing is, the newest there is.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>.</exception>
    public FoundLog OfActive()
    {
        if (Active is { } own)
        {
            return own;
        }

        if (active is not null)
        {
            throw NotFound(
                $"Model '{active.Id}' is active, and has no log here: IdleHands did not launch it.",
                $"Look for it where the server was started; Get-IHLog {active.Id} shows the log of an earlier launch.",
                active.Id);
        }

        return _logs.Value.Count > 0 ? Past(_logs.Value[^1]) : throw NotFound(
            "No model is active, and there is no log of an earlier launch.",
            "Start a model: Select-IHModel <id>. Its log can be read from then on, also while it loads.",
            paths.LogDirectory);
    }

    /// <summary>The log of a launch or of a model, as the id tells: that of a launch has a capital in it.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>.</exception>
    public FoundLog Of(string id) => IsOfActive(id) || LaunchName.TryParse(id) is not null ? OfLaunch(id) : OfModel(id);

    /// <summary>The log of the active launch of a model; where there is none, that of its newest launch.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>.</exception>
    private FoundLog OfModel(string modelId)
    {
        if (Active is { } own && IsSame(active!.Id, modelId))
        {
            return own;
        }

        return _logs.Value.LastOrDefault(log => IsSame(log.Name.ModelId, modelId)) is { } log ? Past(log) : throw NotFound(
            $"There is no log of a model '{modelId}'. {(ModelIds.Count == 0 ? "No model has one." : $"Models that have one: {string.Join(", ", ModelIds)}.")}",
            $"Select-IHModel {modelId} starts it, if it is configured; its log can be read from then on.",
            modelId);
    }

    /// <summary>The log of one launch.</summary>
    /// <exception cref="IdleHandsException"><c>LogNotFound</c>, <c>LaunchIdInvalid</c>.</exception>
    public FoundLog OfLaunch(string launchId)
    {
        if (IsOfActive(launchId))
        {
            return Active!;
        }

        if (LaunchName.TryParse(launchId) is not { } name)
        {
            throw new IdleHandsException(
                "LaunchIdInvalid",
                FailureKind.InvalidArgument,
                $"'{launchId}' is no id of a launch. One looks like qwen3-20261125T224100-1dc818.",
                "Get-IHHistory and Get-IHRuntime tell the LaunchId of what was started.",
                launchId);
        }

        return _logs.Value.FirstOrDefault(log => log.Name == name) is { } log ? Past(log) : throw NotFound(
            $"There is no log of the launch '{launchId}': only the newest ones are kept.",
            $"Get-IHLog {name.ModelId} shows the newest log of that model.",
            launchId);
    }

    private bool IsOfActive(string launchId) => Active?.LaunchId == launchId;

    private static FoundLog? Recorded(ActiveRuntime runtime) => runtime is { Host: { } host, Launch: { LogPath: { } path } launch }
        ? new FoundLog(launch.LaunchId, path, host, launch, runtime.SecretReferences)
        : null;

    /// <summary>The log of a launch that the state does not hold. It may run nevertheless, by the record of it.</summary>
    private FoundLog Past(LaunchLog log)
    {
        if (new LaunchRecords(paths.LaunchDirectory).ReadAll().FirstOrDefault(record => record.Launch!.LaunchId == log.Name.LaunchId) is { } record
            && Recorded(record) is { } found)
        {
            return found;
        }

        RuntimeConfiguration? configuration = new ConfigurationStore(paths.ConfigurationFile).Inspect().Configuration;
        var (path, host) = log.IsHere ? (log.Path, ThisMachine) : Elsewhere(log, configuration);
        return new FoundLog(log.Name.LaunchId, path, host, null, ConfiguredSecrets(log.Name.ModelId, configuration));
    }

    private static (string Path, RuntimeHost Host) Elsewhere(LaunchLog log, RuntimeConfiguration? configuration)
    {
        string launchId = log.Name.LaunchId;
        RemoteLogNote note = RemoteLogNote.TryRead(log) ?? throw NotFound(
            $"The log of the launch '{launchId}' lies on another host, and the note that tells where can't be read.", "Get-IHHistory tells the host and the path.", launchId);
        return configuration?.Hosts.FirstOrDefault(host => host.Id == note.HostId) is { } host
            ? (note.Path, host)
            : throw NotFound(
                $"The log of the launch '{launchId}' lies on host '{note.HostId}', which is not configured any more: {note.Path}",
                $"Add the host again (Add-IHHost {note.HostId}), or read the file there.",
                launchId);
    }

    /// <summary>The references of every backend that the model may have been started with; of all, where it is not configured any more.</summary>
    private static EnvironmentMap ConfiguredSecrets(string modelId, RuntimeConfiguration? configuration)
    {
        RuntimeModel? model = configuration?.Models.FirstOrDefault(candidate => IsSame(candidate.Id, modelId));
        return new EnvironmentMap(
            from backend in configuration?.Backends ?? []
            where model is null || model.BackendPolicy.Admits(backend.Id)
            from variable in backend.Environment ?? EnvironmentMap.Empty
            where Secret.IsReference(variable.Value)
            select KeyValuePair.Create($"{backend.Id}/{variable.Key}", variable.Value));
    }

    // Ids are lower-case by rule, so what a user types in capitals can mean only one model.
    private static bool IsSame(string id, string asked) => string.Equals(id, asked, StringComparison.OrdinalIgnoreCase);

    private static LaunchLog[] List(IdleHandsPaths paths)
    {
        try
        {
            return new LaunchLogs(paths.LogDirectory).List().Where(log => log.CanBeRead).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdleHandsException(
                "LogUnreadable",
                FailureKind.Permission,
                $"The log directory '{paths.LogDirectory}' can't be read: {e.Message}",
                "Make it readable, or set IDLEHANDS_STATE_DIR to the directory that is yours.",
                paths.LogDirectory,
                e);
        }
    }

    private static IdleHandsException NotFound(string message, string recommendation, object target) =>
        new("LogNotFound", FailureKind.NotFound, message, recommendation, target);
}
