using System.Globalization;
using IdleHands.Gguf;

namespace IdleHands.Planning;

/// <summary>Lays out the steps of one plan: everything that can fail without harm comes before the first stop.</summary>
internal sealed class PlanBuilder(PlanSelection selection, ActiveRuntime? active, PlanFacts facts)
{
    /// <summary>Limit of a step whose length nothing tells.</summary>
    internal static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ApplyLimit = TimeSpan.FromSeconds(120);

    private readonly PlanCommands _commands = new(selection, facts.IsWindows);
    private readonly List<PlanStep> _steps = [];
    private readonly List<string> _warnings = [.. selection.Warnings];
    private readonly RuntimeModel _model = selection.Model;
    private readonly string _hostId = selection.Host.Id;

    /// <summary>The plan.</summary>
    /// <exception cref="PlanException">A command can't be rendered.</exception>
    public RuntimePlan Build()
    {
        string start = _commands.Start;
        EnvironmentMap startSecrets = _commands.SecretsOf(_model.StartCommand);
        string fingerprint = PlanHash.OfLaunch(_commands.Shell, start, startSecrets);
        List<string> restartReasons = PlanReasons.ForRestart(selection, active, fingerprint);
        bool reuse = restartReasons.Count == 0;
        if (reuse)
        {
            AddVerify(_commands.Verify);
        }
        else
        {
            AddRestart(start, startSecrets);
        }

        AddProbe(reuse);

        // With nothing applied there is nothing to roll back; else a rollback that can't be written is found out here,
        // while it does no harm.
        bool applies = _steps.Exists(step => step.Kind == PlanStepKind.ApplyBackend);
        IEnumerable<string> reasons = reuse ? [$"{_model.Id} is {active!.Status} with the same start command"] : restartReasons;
        return new RuntimePlan
        {
            Id = _model.Id,
            HostId = _hostId,
            BackendId = selection.Backend?.Id,
            Endpoint = _commands.Endpoint,
            Reuse = reuse,
            Reasons = NameList.From(reasons.Concat(selection.PassedOver)),
            Warnings = NameList.From(_warnings),
            Steps = _steps.AsReadOnly(),
            ConfigurationHash = PlanHash.OfConfiguration(_model, selection.Host, selection.Backend),
            StateHash = PlanHash.OfState(active),
            Request = selection.Request,
            Model = _model,
            Host = selection.Host,
            Backend = selection.Backend,
            Active = active,
            Fingerprint = fingerprint,
            StopCommandRendered = _commands.Stop,
            CleanupCommandRendered = _commands.Cleanup,
            StatusCommandRendered = _commands.Status,
            SecretReferences = _commands.Secrets,
            RollbackCommandRendered = applies ? _commands.Rollback : null,
            RollbackSecrets = applies ? _commands.SecretsOf(selection.Backend?.RollbackCommand) : EnvironmentMap.Empty,
        };
    }

    private void AddRestart(string start, EnvironmentMap startSecrets)
    {
        string? verify = _commands.Verify;
        string? apply = IsBackendChanged ? _commands.Apply : null;
        AddChecks();
        if (apply is null)
        {
            AddVerify(verify);
        }

        AddStop();
        if (apply is not null)
        {
            Add(PlanStepKind.ApplyBackend, ApplyLimit, $"switch host {_hostId} to backend {selection.Backend!.Id}", step => step with
            {
                Command = apply,
                SecretEnvironment = _commands.SecretsOf(selection.Backend.ApplyCommand),
            });
            AddVerify(verify);
        }

        AddCopy();
        Add(PlanStepKind.StartModel, StepLimit, $"start {_model.Id} on host {_hostId}", step => step with
        {
            Command = start,
            Port = _model.EffectivePort,
            SecretEnvironment = startSecrets,
        });
    }

    // What was applied to another host says nothing of this one.
    private bool IsBackendChanged =>
        active is null || active.BackendId != selection.Backend?.Id || active.HostId != _hostId;

    private void AddChecks()
    {
        if (ModelSource.IsPath(_model.Source))
        {
            NameList paths = ShardSet.PathsOf(_model.Source);
            string what = paths.Count == 1 ? paths[0] : Invariant($"all {paths.Count} files of {_model.Source}");
            Add(PlanStepKind.CheckSource, CheckLimit, $"check that {what} can be read on host {_hostId}", step => step with { Paths = paths });
            WarnOfTilde();
        }

        string orOurs = active is not null && active.HostId == _hostId && active.Port == _model.EffectivePort
            ? $", or held by {active.Id}, which is stopped"
            : string.Empty;
        Add(
            PlanStepKind.CheckPort,
            CheckLimit,
            Invariant($"check that port {_model.EffectivePort} is free on host {_hostId}{orOurs}"),
            step => step with { Port = _model.EffectivePort });
    }

    private void AddVerify(string? verify)
    {
        if (verify is not null)
        {
            Add(PlanStepKind.VerifyBackend, StepLimit, $"verify backend {selection.Backend!.Id} on host {_hostId}", step => step with
            {
                Command = verify,
                SecretEnvironment = _commands.SecretsOf(selection.Backend.VerifyCommand),
            });
        }
    }

    private void AddStop()
    {
        if (active is null)
        {
            return;
        }

        string hostId = active.HostId;
        Add(PlanStepKind.StopModel, StepLimit, $"stop {active.Id} on host {hostId}", step => step with
        {
            HostId = hostId,
            Command = active.StopCommand,
            Port = active.Port,
        });
        if (!string.IsNullOrWhiteSpace(active.CleanupCommand))
        {
            Add(PlanStepKind.CleanupModel, StepLimit, $"clean up behind {active.Id} on host {hostId}", step => step with
            {
                HostId = hostId,
                Command = active.CleanupCommand,
            });
        }

        string release = active.Port == 0 ? $"{active.Id} is gone" : Invariant($"port {active.Port} is free");
        Add(PlanStepKind.WaitRelease, StepLimit, $"wait until {release} on host {hostId}, at most {Seconds(StepLimit)}", step => step with
        {
            HostId = hostId,
            Port = active.Port,
        });
    }

    private void AddCopy()
    {
        if (_commands.TemplateTarget is { } target)
        {
            Add(
                PlanStepKind.CopyFile,
                StepLimit,
                $"copy the chat template {_model.ChatTemplate} to {target} on host {_hostId}",
                step => step with { Paths = new NameList(_model.ChatTemplate!, target) });
        }
    }

    private void AddProbe(bool reuse)
    {
        WeightSize size = WeightSize.Of(facts.SourceBytes, _model.Source);
        ProbeTiming derived = ProbeTiming.For(size.GiB);
        TimeSpan? explicitTimeout = selection.Request.ProbeTimeout
            ?? (_model.ProbeTimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        TimeSpan timeout = explicitTimeout ?? derived.Timeout;
        TimeSpan interval = _model.ProbeIntervalMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : derived.Interval;
        string why = selection.Request.ProbeTimeout is not null ? "asked for"
            : _model.ProbeTimeoutSec is not null ? "set by the model"
            : size.ToString();
        string until = Invariant($"{_model.Id} answers on port {_model.EffectivePort} of host {_hostId}");
        string description = reuse ? $"check that {until}" : $"wait until {until}, at most {Seconds(timeout)} ({why})";
        string? command = _commands.Probe;
        Add(PlanStepKind.ProbeHealth, timeout, description, step => step with
        {
            Command = command,
            Interval = interval,
            Port = _model.EffectivePort,
            SecretEnvironment = _commands.SecretsOf(_model.ProbeCommand),
            TimeoutIsDerived = explicitTimeout is null,
        });
    }

    // A value is handed over literally, so no shell turns ~ into the home directory.
    private void WarnOfTilde()
    {
        if (_model.Source.StartsWith('~'))
        {
            _warnings.Add(
                $"the source of model '{_model.Id}' starts with ~, which reaches the server as it is: write the whole path with "
                + $"Set-IHModel -Id {_model.Id} -Source");
        }
    }

    private void Add(string kind, TimeSpan timeout, string description, Func<PlanStep, PlanStep> complete) => _steps.Add(complete(new PlanStep
    {
        Order = _steps.Count + 1,
        Kind = kind,
        HostId = _hostId,
        Timeout = timeout,
        Description = description,
    }));

    private static string Seconds(TimeSpan span) => Invariant($"{span.TotalSeconds:0.###} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
