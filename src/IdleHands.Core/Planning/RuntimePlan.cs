using IdleHands.Planning;

namespace IdleHands;

/// <summary>What a select will do, step by step, and why. Made without touching anything.</summary>
public sealed record RuntimePlan
{
    /// <summary>Model id.</summary>
    public required string Id { get; init; }

    /// <summary>Host it will run on.</summary>
    public required string HostId { get; init; }

    /// <summary>Backend it will run with; null for none.</summary>
    public string? BackendId { get; init; }

    /// <summary>Base address for clients once it runs.</summary>
    public required string Endpoint { get; init; }

    /// <summary>True when what runs is kept and only checked.</summary>
    public bool Reuse { get; init; }

    /// <summary>Why it reuses or restarts, and why other hosts and backends were passed over.</summary>
    public NameList Reasons { get; init; } = NameList.Empty;

    /// <summary>What was assumed for a model that is selected by its source, a line each; empty for a model of the configuration.</summary>
    public NameList Assumptions { get; init; } = NameList.Empty;

    /// <summary>What looks wrong but does not prevent the plan.</summary>
    public NameList Warnings { get; init; } = NameList.Empty;

    /// <summary>The steps in order; never empty.</summary>
    public required IReadOnlyList<PlanStep> Steps { get; init; }

    /// <summary>How long it will probably take, from past starts of this model on this host; null where it never started there.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary>Whether the model will fit into its host's memory; null where nothing is to be started.</summary>
    public MemoryFit? Fit { get; init; }

    /// <summary>Hash of the configuration entries that the plan was made from.</summary>
    public required string ConfigurationHash { get; init; }

    /// <summary>Hash of the runtime state that the plan was made from.</summary>
    public required string StateHash { get; init; }

    /// <summary>What was asked: planning it again must give this plan.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The server that the plan takes over instead of starting one; null for none.</summary>
    internal FoundServer? Adopts { get; init; }

    /// <summary>Bytes of the files of the weights; null where they could not be measured.</summary>
    internal long? SourceBytes { get; init; }

    /// <summary>The one of <see cref="Warnings"/> that a check is going to fail with: who carries the plan out hears it as that error.</summary>
    internal string? FailingWarning { get; init; }

    /// <summary>True for the plan of a stop, which starts nothing and has no <see cref="Model"/>.</summary>
    internal bool IsStop => Model is null;

    /// <summary>What the plan stops.</summary>
    internal IEnumerable<ActiveRuntime> Stopped =>
        Steps.Where(step => step.Kind == PlanStepKind.StopModel).Select(step => step.Runtime).OfType<ActiveRuntime>();

    /// <summary>The model as configured.</summary>
    internal RuntimeModel Model { get; init; } = null!;

    /// <summary>The host as configured.</summary>
    internal RuntimeHost Host { get; init; } = null!;

    /// <summary>The backend as configured; null for none.</summary>
    internal RuntimeBackend? Backend { get; init; }

    /// <summary>What runs now, as far as the state tells; null for nothing.</summary>
    internal ActiveRuntime? Active { get; init; }

    /// <summary>Hash of the rendered start command and environment.</summary>
    internal string Fingerprint { get; init; } = string.Empty;

    /// <summary>The host's stop command as rendered for this model, to be recorded with the launch.</summary>
    internal string? StopCommandRendered { get; init; }

    /// <summary>The host's clean-up command as rendered for this model, to be recorded with the launch.</summary>
    internal string? CleanupCommandRendered { get; init; }

    /// <summary>Variables of the backend whose values are secret references.</summary>
    internal EnvironmentMap SecretReferences { get; init; } = EnvironmentMap.Empty;

    /// <summary>The backend's rollback command as rendered; null where it has none, or where the plan applies no backend.</summary>
    internal string? RollbackCommandRendered { get; init; }

    /// <summary>Environment of the rollback command whose values are secret references.</summary>
    internal EnvironmentMap RollbackSecrets { get; init; } = EnvironmentMap.Empty;

    /// <summary>The model's status command as rendered, to be recorded with the launch.</summary>
    internal string? StatusCommandRendered { get; init; }
}

/// <summary>One step of a plan.</summary>
public sealed record PlanStep
{
    /// <summary>Position in the plan, from 1.</summary>
    public required int Order { get; init; }

    /// <summary>One of <see cref="PlanStepKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Host it runs on.</summary>
    public required string HostId { get; init; }

    /// <summary>The user's command as rendered; null where the step is built in. Never holds a secret.</summary>
    public string? Command { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Pause between two tries, where the step tries again; null otherwise.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Description { get; init; }

    /// <summary>How long it usually takes, from past starts; null where nothing is known of it.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary>What a DrainModel, StopModel, CleanupModel or WaitRelease step is about.</summary>
    internal ActiveRuntime? Runtime { get; init; }

    /// <summary>
    /// Files whose presence a CheckSource step checks; of a CopyFile step the file on this machine and where it goes on
    /// the host, relative to the user's home.
    /// </summary>
    internal NameList Paths { get; init; } = NameList.Empty;

    /// <summary>What a CheckSource step has to fail with although the files are there; null for nothing.</summary>
    internal IdleHandsException? KnownProblem { get; init; }

    /// <summary>Port of a CheckPort, WaitRelease, StartModel or ProbeHealth step.</summary>
    internal int Port { get; init; }

    /// <summary>Environment of the step whose values are secret references, to be resolved when it runs.</summary>
    internal EnvironmentMap SecretEnvironment { get; init; } = EnvironmentMap.Empty;

    /// <summary>True when <see cref="Timeout"/> of a ProbeHealth step was derived, and may be extended while the launch works.</summary>
    internal bool TimeoutIsDerived { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Order}. {Kind} {Command ?? Description}";
}

/// <summary>The words of <see cref="PlanStep.Kind"/>.</summary>
public static class PlanStepKind
{
    /// <summary>The model's files are there.</summary>
    public const string CheckSource = nameof(CheckSource);

    /// <summary>The port is free, or held by what the plan stops.</summary>
    public const string CheckPort = nameof(CheckPort);

    /// <summary>The backend's verify command succeeds.</summary>
    public const string VerifyBackend = nameof(VerifyBackend);

    /// <summary>What runs gets time to answer the requests it has begun.</summary>
    public const string DrainModel = nameof(DrainModel);

    /// <summary>What runs is stopped.</summary>
    public const string StopModel = nameof(StopModel);

    /// <summary>A port of this machine is led to the model's port on its host.</summary>
    public const string OpenTunnel = nameof(OpenTunnel);

    /// <summary>The host's clean-up command runs.</summary>
    public const string CleanupModel = nameof(CleanupModel);

    /// <summary>The port and the memory of what was stopped are free again.</summary>
    public const string WaitRelease = nameof(WaitRelease);

    /// <summary>The backend's apply command runs.</summary>
    public const string ApplyBackend = nameof(ApplyBackend);

    /// <summary>A file the model needs is copied to its host.</summary>
    public const string CopyFile = nameof(CopyFile);

    /// <summary>The model's start command is launched.</summary>
    public const string StartModel = nameof(StartModel);

    /// <summary>The model answers.</summary>
    public const string ProbeHealth = nameof(ProbeHealth);

    /// <summary>The backend's rollback command runs.</summary>
    public const string RollbackBackend = nameof(RollbackBackend);
}
