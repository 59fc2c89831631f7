using System.Globalization;
using IdleHands.Gguf;

namespace IdleHands.Planning;

/// <summary>Lays out the steps of one plan: everything that can fail without harm comes before the first stop.</summary>
internal sealed class PlanBuilder(PlanSelection selection, ActiveRuntime? active, PlanFacts facts)
{
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ApplyLimit = TimeSpan.FromSeconds(120);

    private readonly PlanCommands _commands = new(selection, facts.IsWindows);
    private readonly StepList _steps = new(selection.Host.Id);
    private readonly List<string> _warnings = [.. selection.Warnings];
    private readonly RuntimeModel _model = selection.Model;
    private readonly PlanRequest _request = selection.Request;
    private readonly string _hostId = selection.Host.Id;
    private string? _fingerprint;

    /// <summary>The plan of a stop.</summary>
    public static RuntimePlan BuildStop(ActiveRuntime active, IReadOnlyList<ActiveRuntime> leftovers, bool force)
    {
        var steps = new StepList(active.HostId);
        foreach (ActiveRuntime runtime in (ActiveRuntime[])[active, .. leftovers])
        {
            steps.AddStop(runtime, force);
        }

        return new RuntimePlan
        {
            Id = active.Id,
            HostId = active.HostId,
            BackendId = active.BackendId,
            Endpoint = active.Endpoint,
            Steps = steps.Steps,
            ConfigurationHash = string.Empty,
            StateHash = PlanHash.OfState(active, new PlanFacts { Leftovers = leftovers }),
            Request = new PlanRequest(active.Id) { Force = force },
            Active = active,
        };
    }

    /// <summary>The plan.</summary>
    /// <exception cref="PlanException">A command can't be rendered.</exception>
    public RuntimePlan Build()
    {
        List<string> restartReasons = PlanReasons.ForRestart(selection, active, Fingerprint);
        FoundServer? adopts = IsRestartAsked ? null : facts.Found;
        bool reuse = restartReasons.Count == 0 || adopts is not null;
        if (reuse)
        {
            AddVerify(_commands.Verify);
            AddStops(adopts is null || (IsOnItsPort(active) && !adopts.IsRecordAlive) ? null : active);
        }
        else
        {
            AddRestart();
        }

        AddProbe(reuse);
        AddTunnel();
        WarnOfMemory(reuse);

        // With nothing applied there is nothing to roll back; else a rollback that can't be written is found out here,
        // while it does no harm.
        bool applies = _steps.Has(PlanStepKind.ApplyBackend);
        return new RuntimePlan
        {
            Id = _model.Id,
            HostId = _hostId,
            BackendId = selection.Backend?.Id,
            Endpoint = _commands.Endpoint,
            Reuse = reuse,
            Reasons = NameList.From(Reasons(restartReasons, adopts).Concat(selection.PassedOver)),
            Warnings = NameList.From(_warnings),
            Steps = _steps.Steps,
            EstimatedDuration = reuse ? null : facts.LoadTime,
            Fit = reuse ? null : facts.Fit,
            SourceBytes = facts.SourceBytes,
            FailingWarning = reuse || !WillFail(facts.SourceProblem) ? null : facts.SourceProblem!.Message,
            ConfigurationHash = PlanHash.OfConfiguration(_model, selection.Host, selection.Backend),
            StateHash = PlanHash.OfState(active, facts),
            Request = _request,
            Model = _model,
            Host = selection.Host,
            Backend = selection.Backend,
            Active = active,
            Adopts = adopts,
            Fingerprint = Fingerprint,
            StopCommandRendered = _commands.Stop,
            CleanupCommandRendered = _commands.Cleanup,
            StatusCommandRendered = _commands.Status,
            SecretReferences = _commands.Secrets,
            RollbackCommandRendered = applies ? _commands.Rollback : null,
            RollbackSecrets = applies ? _commands.SecretsOf(selection.Backend?.RollbackCommand) : EnvironmentMap.Empty,
        };
    }

    private List<string> Reasons(List<string> restartReasons, FoundServer? adopts)
    {
        if (adopts is not null)
        {
            return [$"{adopts.Description} serves {_model.Id} already and is taken over", .. active is null ? [] : restartReasons];
        }

        return restartReasons.Count > 0 ? restartReasons : [$"{_model.Id} is {active!.Status} with the same start command"];
    }

    private void AddRestart()
    {
        string? verify = _commands.Verify;
        string? apply = IsBackendChanged ? _commands.Apply : null;
        AddChecks();
        if (apply is null)
        {
            AddVerify(verify);
        }

        // Before anything is stopped: a file that is missing here, or a full disk there, must not leave nothing running.
        AddCopy();
        AddStops(active);
        if (apply is not null)
        {
            _steps.Add(PlanStepKind.ApplyBackend, ApplyLimit, $"switch host {_hostId} to backend {selection.Backend!.Id}", step => step with
            {
                Command = apply,
                SecretEnvironment = _commands.SecretsOf(selection.Backend.ApplyCommand),
            });
            AddVerify(verify);
        }

        _steps.Add(PlanStepKind.StartModel, StepList.StepLimit, $"start {_model.Id} on host {_hostId}", step => step with
        {
            Command = _commands.Start,
            Port = _model.EffectivePort,
            SecretEnvironment = _commands.SecretsOf(_model.StartCommand),
        });
    }

    // What was applied to another host says nothing of this one.
    private bool IsBackendChanged =>
        active is null || active.BackendId != selection.Backend?.Id || active.HostId != _hostId;

    /// <summary>True for the record of a model whose port a found server has.</summary>
    private bool IsOnItsPort(ActiveRuntime? runtime) =>
        runtime is not null && runtime.Id == _model.Id && runtime.HostId == _hostId && runtime.Port == _model.EffectivePort;

    private void AddChecks()
    {
        if (ModelSource.IsPath(_model.Source))
        {
            NameList paths = ShardSet.PathsOf(_model.Source);
            string what = paths.Count == 1 ? paths[0] : Invariant($"all {paths.Count} files of {_model.Source}");
            _steps.Add(PlanStepKind.CheckSource, CheckLimit, $"check that {what} can be read on host {_hostId}", step => step with { Paths = paths, KnownProblem = IsFatal(facts.SourceProblem) ? facts.SourceProblem : null });
            WarnOfTilde();
            if (facts.SourceProblem is { } problem)
            {
                _warnings.Add(problem.Message);
            }
        }

        ActiveRuntime? holder = Stopped(active).FirstOrDefault(runtime => runtime.HostId == _hostId && runtime.Port == _model.EffectivePort);
        string orOurs = holder is null ? string.Empty : $", or held by {holder.Id}, which is stopped";
        _steps.Add(
            PlanStepKind.CheckPort,
            CheckLimit,
            Invariant($"check that port {_model.EffectivePort} is free on host {_hostId}{orOurs}"),
            step => step with { Port = _model.EffectivePort, Runtime = holder });
    }

    private void AddVerify(string? verify)
    {
        if (verify is not null)
        {
            _steps.Add(PlanStepKind.VerifyBackend, StepList.StepLimit, $"verify backend {selection.Backend!.Id} on host {_hostId}", step => step with
            {
                Command = verify,
                SecretEnvironment = _commands.SecretsOf(selection.Backend.VerifyCommand),
            });
        }
    }

    private void AddStops(ActiveRuntime? running)
    {
        foreach (ActiveRuntime runtime in Stopped(running))
        {
            _steps.AddStop(runtime, _request.Force);
        }
    }

    /// <summary>What has to go. A server that was found at work is stopped only where a restart of this model is asked.</summary>
    private IEnumerable<ActiveRuntime> Stopped(ActiveRuntime? running)
    {
        ActiveRuntime? found = IsRestartAsked && facts.Found is { } server ? Describe(server) : null;
        return ((ActiveRuntime?[])[running, .. facts.Leftovers, found]).OfType<ActiveRuntime>();
    }

    private bool IsRestartAsked => _request.Restart || _request.Force;

    private ActiveRuntime Describe(FoundServer found) => new()
    {
        Id = _model.Id,
        HostId = _hostId,
        BackendId = selection.Backend?.Id,
        Endpoint = _commands.Endpoint,
        Port = _model.EffectivePort,
        Status = RuntimeStatus.Unknown,
        StartedAt = (found.Launch?.StartedAt ?? default).LocalDateTime,
        Fingerprint = Fingerprint,
        Launch = found.Launch,
        HandedOver = found.Launch is null,
        Host = selection.Host,
        ServedNames = ModelSource.ServedNames(_model),
        StopCommand = _commands.Stop,
        CleanupCommand = _commands.Cleanup,
        StatusCommand = _commands.Status,
        SecretReferences = _commands.Secrets,
    };

    private string Fingerprint => _fingerprint ??= PlanHash.OfLaunch(_commands.Shell, _commands.Start, _commands.SecretsOf(_model.StartCommand));

    private void AddCopy()
    {
        if (_commands.TemplateTarget is { } target)
        {
            _steps.Add(
                PlanStepKind.CopyFile,
                StepList.StepLimit,
                $"copy the chat template {_model.ChatTemplate} to {target} on host {_hostId}",
                step => step with { Paths = new NameList(_model.ChatTemplate!, target) });
        }
    }

    private void AddTunnel()
    {
        if (!_request.Tunnel)
        {
            return;
        }

        if (selection.Host.Transport != HostTransport.Ssh)
        {
            throw new PlanException(
                PlanErrorId.TunnelNotAvailable,
                FailureKind.InvalidArgument,
                $"A tunnel was asked for, and host '{_hostId}' is reached by '{selection.Host.Transport}': only the ssh transport has one.",
                selection.Host.Transport == HostTransport.Local
                    ? "A model on this machine needs none: leave -Tunnel out."
                    : $"Leave -Tunnel out, and lead the port by the platform's own means (kubectl port-forward, docker run -p {_model.EffectivePort}:{_model.EffectivePort}).",
                _hostId);
        }

        _steps.Add(
            PlanStepKind.OpenTunnel,
            StepList.StepLimit,
            Invariant($"lead a port of this machine to port {_model.EffectivePort} of host {_hostId}"),
            step => step with { Port = _model.EffectivePort });
    }

    private void AddProbe(bool reuse)
    {
        WeightSize size = WeightSize.Of(facts.SourceBytes, _model.Source);
        ProbeTiming derived = ProbeTiming.For(size.GiB);
        TimeSpan? explicitTimeout = _request.ProbeTimeout
            ?? (_model.ProbeTimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        TimeSpan timeout = explicitTimeout ?? derived.Timeout;
        TimeSpan interval = _model.ProbeIntervalMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : derived.Interval;
        string why = _request.ProbeTimeout is not null ? "asked for"
            : _model.ProbeTimeoutSec is not null ? "set by the model"
            : size.ToString();
        string usually = facts.LoadTime is { } loadTime ? $", usually {StepList.Seconds(Rounded(loadTime))}" : string.Empty;
        string until = Invariant($"{_model.Id} answers on port {_model.EffectivePort} of host {_hostId}");
        string description = reuse ? $"check that {until}" : $"wait until {until}{usually}, at most {StepList.Seconds(timeout)} ({why})";
        string? command = _commands.Probe;
        _steps.Add(PlanStepKind.ProbeHealth, timeout, description, step => step with
        {
            Command = command,
            Interval = interval,
            Port = _model.EffectivePort,
            SecretEnvironment = _commands.SecretsOf(_model.ProbeCommand),
            TimeoutIsDerived = explicitTimeout is null,
            EstimatedDuration = reuse ? null : facts.LoadTime,
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

    private static bool WillFail(IdleHandsException? problem) => IsFatal(problem) || problem?.Kind is FailureKind.NotFound or FailureKind.Permission;

    /// <summary>A file that is cut off can't be loaded. What else is wrong may be a novelty that the server knows.</summary>
    private static bool IsFatal(IdleHandsException? problem) => problem?.ErrorId is GgufErrors.TruncatedId;

    /// <exception cref="PlanException"><c>ModelDoesNotFit</c>, where that was required.</exception>
    private void WarnOfMemory(bool reuse)
    {
        if (reuse || facts.Fit is not { } fit)
        {
            return;
        }

        if (fit.Status == FitStatus.DoesNotFit)
        {
            string message = $"Model '{_model.Id}' does not fit on host '{_hostId}': {fit.Figures}.";
            const string Remedy = "A smaller -ContextWindow (which the start command has to ask for), a cache of 8 bits (-ctk q8_0 -ctv q8_0), a smaller quantization, or layers left to the processor need less; -Placement Fit looks for another host.";
            if (_request.RequireFit)
            {
                throw new PlanException(PlanErrorId.ModelDoesNotFit, FailureKind.Unavailable, message, Remedy, _model.Id);
            }

            _warnings.Add($"{message} {Remedy}");
        }
        else if (_request.RequireFit && fit.Status == FitStatus.Unknown)
        {
            _warnings.Add($"Whether model '{_model.Id}' fits on host '{_hostId}' can't be told: {string.Join("; ", [fit.Figures, .. fit.Notes])}.");
        }
    }

    /// <summary>To what people can use: whole seconds from ten on, else tenths.</summary>
    private static TimeSpan Rounded(TimeSpan span) =>
        TimeSpan.FromSeconds(Math.Round(span.TotalSeconds, span.TotalSeconds < 10 ? 1 : 0));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
