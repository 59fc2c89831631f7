namespace IdleHands.Diagnostics;

/// <summary>A rule that the diagnosis knows.</summary>
/// <param name="Id">Stable PascalCase id.</param>
/// <param name="Reason">Why what it finds matters.</param>
/// <param name="NeedsHost">True where hosts have to be looked at.</param>
internal sealed record DiagnosticRule(string Id, string Reason, bool NeedsHost = false)
{
    public static readonly DiagnosticRule NothingConfigured = new(nameof(NothingConfigured),
        "There is nothing to run, or nowhere to run it.");

    public static readonly DiagnosticRule ModelUnservable = new(nameof(ModelUnservable),
        "Selecting the model is refused before anything is looked at.");

    public static readonly DiagnosticRule BackendUndeclared = new(nameof(BackendUndeclared),
        "The host says what it can do, and this is not among it: either the list is out of date, or the backend will not work there.");

    public static readonly DiagnosticRule SharedPort = new(nameof(SharedPort),
        "Only one of them can run on that host at a time, which is what a switch is for; two that shall run side by side need ports of their own.");

    public static readonly DiagnosticRule NoFallback = new(nameof(NoFallback),
        "When a start fails and nothing ran before, nothing runs afterwards; -OnFailure Fallback has nowhere to go.");

    public static readonly DiagnosticRule FallbackDisabled = new(nameof(FallbackDisabled),
        "Only an enabled model is started, so the chain of fallbacks ends before it.");

    public static readonly DiagnosticRule CommandUnrenderable = new(nameof(CommandUnrenderable),
        "A value that can't be made one literal argument is not run at all: a select, a stop or a probe that needs the command is refused.");

    public static readonly DiagnosticRule StartPortMismatch = new(nameof(StartPortMismatch),
        "The server listens where nobody asks: the probe and the endpoint go by the model's port, so the start ends at its time limit.");

    public static readonly DiagnosticRule ProbePortMismatch = new(nameof(ProbePortMismatch),
        "The answer of another port decides whether this model is ready: it may never be, or another server is taken for it.");

    public static readonly DiagnosticRule StopCommandTooBroad = new(nameof(StopCommandTooBroad),
        "It ends processes by a name that others have, too: servers of other users, of other tools, of another port. With -f the pattern matches the shell that runs it as well, which then is killed before it has told what it did.");

    public static readonly DiagnosticRule StopCommandMissing = new(nameof(StopCommandMissing),
        "The start command hands over to a service and leaves nothing behind that could be signalled, so without a stop command the model is never stopped, and keeps its port and memory.");

    public static readonly DiagnosticRule StatusCommandMissing = new(nameof(StatusCommandMissing),
        "The start command hands over to a service and ends. Without a status command nothing tells that the service has failed, and a start that fails is waited for until its time limit.");

    public static readonly DiagnosticRule PasswordInClear = new(nameof(PasswordInClear),
        "Whoever reads the file, its backups or its history in version control has the password.");

    public static readonly DiagnosticRule SecretUnavailable = new(nameof(SecretUnavailable),
        "A command that needs the secret is not run without it.");

    public static readonly DiagnosticRule FilesOpenToOthers = new(nameof(FilesOpenToOthers),
        "Other users of this machine read which hosts there are and how they are logged into, and in the logs what was asked of the models.");

    public static readonly DiagnosticRule FilesWritableByOthers = new(nameof(FilesWritableByOthers),
        "The file holds commands that are run as you: whoever may write it may run anything as you, on every host.");

    public static readonly DiagnosticRule DirectoryUnwritable = new(nameof(DirectoryUnwritable),
        "A launch is written down, and its log opened, before it is let go. Where that can't be, nothing is started or stopped.", NeedsHost: true);

    public static readonly DiagnosticRule LowDiskSpace = new(nameof(LowDiskSpace),
        "A log that can't be written hides why a server fails, and may end it; state that can't be written keeps the next switch from beginning.", NeedsHost: true);

    public static readonly DiagnosticRule ChatTemplateMissing = new(nameof(ChatTemplateMissing),
        "The template lies on this machine and is copied to its host before the start, which fails without it.");

    public static readonly DiagnosticRule HostUnreachable = new(nameof(HostUnreachable),
        "Nothing can be run, started or stopped there, and nothing else of the host could be looked at.", NeedsHost: true);

    public static readonly DiagnosticRule HostUnwell = new(nameof(HostUnwell),
        "The host's own check command says so.", NeedsHost: true);

    public static readonly DiagnosticRule ShellUnusable = new(nameof(ShellUnusable),
        "Every command of the host, its models and backends is handed to this shell.", NeedsHost: true);

    public static readonly DiagnosticRule ProgramMissing = new(nameof(ProgramMissing),
        "The command ends with 127, command not found. What counts is the PATH of a shell that is not interactive: what ~/.bashrc adds is often not seen there.", NeedsHost: true);

    public static readonly DiagnosticRule ModelFileMissing = new(nameof(ModelFileMissing),
        "A select checks the files first and refuses where one lacks; of a split model every part is needed.", NeedsHost: true);

    public static readonly DiagnosticRule PortHeld = new(nameof(PortHeld),
        "What was not launched from here is left alone, so a select that needs the port is refused.", NeedsHost: true);

    public static readonly DiagnosticRule BackendUnverified = new(nameof(BackendUnverified),
        "The verify command runs on every select with this backend, which ends when it fails.", NeedsHost: true);

    public static readonly DiagnosticRule ClockOff = new(nameof(ClockOff),
        "Times of logs and of starts on that host can't be compared with those of this machine, and certificates and tokens may be refused.", NeedsHost: true);

    /// <summary>All rules, in the order of the documentation.</summary>
    public static IReadOnlyList<DiagnosticRule> All { get; } =
    [
        HostUnreachable, ShellUnusable, HostUnwell, ProgramMissing, ModelFileMissing, PortHeld, BackendUnverified, DirectoryUnwritable, LowDiskSpace, ClockOff,
        ModelUnservable, CommandUnrenderable, StartPortMismatch, ProbePortMismatch, StopCommandTooBroad, StopCommandMissing, StatusCommandMissing, ChatTemplateMissing,
        BackendUndeclared, SharedPort, NoFallback, FallbackDisabled, PasswordInClear, SecretUnavailable, FilesOpenToOthers, FilesWritableByOthers, NothingConfigured,
    ];

    /// <summary>Rules that speak although they were not asked for: where they find something, the silence of the others means nothing.</summary>
    public bool Blinds => this == HostUnreachable || this == ShellUnusable;

    /// <summary>A finding of this rule.</summary>
    public DiagnosticFinding Find(string severity, Subject about, string message, string recommendation) => new()
    {
        Severity = severity,
        RuleId = Id,
        Resource = about.Resource,
        Id = about.Id,
        HostId = about.HostId,
        Message = message,
        Reason = Reason,
        Recommendation = recommendation,
    };
}

/// <summary>What a finding is about.</summary>
internal sealed record Subject(string Resource, string? Id, string? HostId = null)
{
    /// <summary>The files of this machine.</summary>
    public static Subject Machine { get; } = new(DiagnosticResource.Machine, null);

    /// <summary>A host.</summary>
    public static Subject Of(RuntimeHost host) => new(DiagnosticResource.Host, host.Id, host.Id);

    /// <summary>A backend.</summary>
    public static Subject Of(RuntimeBackend backend, RuntimeHost? host = null) => new(DiagnosticResource.Backend, backend.Id, host?.Id);

    /// <summary>A model.</summary>
    public static Subject Of(RuntimeModel model, RuntimeHost? host = null) => new(DiagnosticResource.Model, model.Id, host?.Id);

    /// <summary>"model 'qwen'".</summary>
    public override string ToString() => $"{Resource.ToLowerInvariant()} '{Id}'";
}
