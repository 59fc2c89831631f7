using IdleHands.Hosts;

namespace IdleHands;

/// <summary>The model that was started last, as the state file tells it, or as a look at it told.</summary>
public sealed record ActiveRuntime
{
    /// <summary>Model id.</summary>
    public required string Id { get; init; }

    /// <summary>Host it runs on.</summary>
    public required string HostId { get; init; }

    /// <summary>Backend it runs with; null for none.</summary>
    public string? BackendId { get; init; }

    /// <summary>Base address for clients, e.g. <c>http://127.0.0.1:8080/v1</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>One of <see cref="RuntimeStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was started, in local time.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>How long ago that is.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>Process id of the launch; null where nothing was launched, or it is not known.</summary>
    public int? ProcessId => Launch?.ProcessId;

    /// <summary>Id of the launch, which names its log.</summary>
    public string? LaunchId => Launch?.LaunchId;

    /// <summary>Log file of the launch on its host.</summary>
    public string? LogPath => Launch?.LogPath;

    /// <summary>Exit code of its start command, where it was looked at, has ended and the code is known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What was seen when it was looked at; null where it wasn't.</summary>
    public string? Detail { get; init; }

    /// <summary>Port of this machine that leads to it; null where there is no tunnel.</summary>
    public int? TunnelPort => Tunnel?.Port;

    /// <summary>What it took of its host's memory when it had become ready; null where that was not measured.</summary>
    public MeasuredMemory? Memory { get; init; }

    /// <summary>Port its server listens on.</summary>
    public int Port { get; init; }

    /// <summary>Hash of the rendered start command and environment.</summary>
    internal string? Fingerprint { get; init; }

    /// <summary>The launch; null for what other tools started.</summary>
    internal LaunchRecord? Launch { get; init; }

    /// <summary>What leads a port of this machine to it; null for nothing.</summary>
    internal RuntimeTunnel? Tunnel { get; init; }

    /// <summary>
    /// True when something else than the launch runs the server (docker, systemd); null while that isn't known yet:
    /// then a start command that ended with 0 and left nothing running has handed over.
    /// </summary>
    internal bool? HandedOver { get; init; }

    /// <summary>Variables whose values are secret references, for the commands recorded here.</summary>
    internal EnvironmentMap SecretReferences { get; init; } = EnvironmentMap.Empty;

    /// <summary>The host as it was then: what stopping needs when it has left the configuration. Holds no secret in clear.</summary>
    internal RuntimeHost? Host { get; init; }

    /// <summary>The backend as it was then; null for none.</summary>
    internal RuntimeBackend? Backend { get; init; }

    /// <summary>The model as it was then: what a restore starts again. Null for what other tools started.</summary>
    internal RuntimeModel? Model { get; init; }

    /// <summary>What ran and worked before it, while it has not answered yet: what a restore goes back to when it never does.</summary>
    internal ActiveRuntime? Previous { get; init; }

    /// <summary>Ids that its server may answer with.</summary>
    internal NameList ServedNames { get; init; } = NameList.Empty;

    /// <summary>The host's stop command as rendered for this model.</summary>
    internal string? StopCommand { get; init; }

    /// <summary>The host's clean-up command as rendered for this model.</summary>
    internal string? CleanupCommand { get; init; }

    /// <summary>The model's status command as rendered.</summary>
    internal string? StatusCommand { get; init; }

    /// <summary>Those of the references that its recorded commands may need: none where it has no command, so that no vault is asked in vain.</summary>
    internal EnvironmentMap CommandSecrets =>
        (StopCommand ?? CleanupCommand ?? StatusCommand) is null ? EnvironmentMap.Empty : SecretReferences;

    /// <summary>A configuration with what it runs by: a model that was selected by its source, its host and its backend stand nowhere else.</summary>
    internal RuntimeConfiguration AddTo(RuntimeConfiguration configuration) => configuration with
    {
        Hosts = Host is null || configuration.Hosts.Any(host => host.Id == Host.Id) ? configuration.Hosts : [.. configuration.Hosts, Host],
        Backends = Backend is null || configuration.Backends.Any(backend => backend.Id == Backend.Id) ? configuration.Backends : [.. configuration.Backends, Backend],
        Models = Model is null || configuration.Models.Any(model => model.Id == Model.Id) ? configuration.Models : [.. configuration.Models, Model],
    };

    /// <summary>The host to stop it on.</summary>
    /// <exception cref="IdleHandsException"><c>HostNotFound</c>: the original CLI wrote it down, and its host is not configured any more.</exception>
    internal RuntimeHost RequireHost() => Host ?? throw new IdleHandsException(
        "HostNotFound",
        FailureKind.NotFound,
        $"Model '{Id}' was started on host '{HostId}', which the configuration does not have and the state does not describe.",
        $"Add-IHHost {HostId}, then Stop-IHRuntime.",
        HostId);
}

/// <summary>A port of this machine that leads to a runtime's port on its host.</summary>
/// <param name="Port">The port of this machine, on 127.0.0.1.</param>
/// <param name="Launch">The ssh client that keeps it so.</param>
internal sealed record RuntimeTunnel(int Port, LaunchRecord Launch);

/// <summary>The words of <see cref="ActiveRuntime.Status"/>.</summary>
public static class RuntimeStatus
{
    /// <summary>Launched, or about to be; not seen ready.</summary>
    public const string Starting = "starting";

    /// <summary>It answered its probe.</summary>
    public const string Ready = "ready";

    /// <summary>It answered once and did not when asked again.</summary>
    public const string Stale = "stale";

    /// <summary>A stop of it was begun.</summary>
    public const string Stopping = "stopping";

    /// <summary>Looked at: its server says that it loads.</summary>
    public const string Loading = "loading";

    /// <summary>Looked at: it runs no more.</summary>
    public const string Exited = "exited";

    /// <summary>Nothing certain can be said of it.</summary>
    public const string Unknown = "unknown";
}
