using System.Globalization;
using System.Security.Cryptography;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>
/// Carries a plan out, step by step, and keeps the state file true at every moment: whatever interrupts it, the next
/// select finds written down what may run.
/// </summary>
internal sealed class PlanExecutor(
    RuntimePlan plan,
    Func<RuntimeHost, IHostConnection> connect,
    ActiveRuntimeStore store,
    ISelectObserver observer,
    TimeProvider time)
{
    private const int ReuseTries = 3;
    private const int OutputLines = 8;
    private static readonly TimeSpan ReusePause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReleasePause = TimeSpan.FromMilliseconds(50);

    private readonly List<StepOutcome> _outcomes = [];
    private readonly List<string> _warnings = [.. plan.Warnings];
    private readonly long _start = time.GetTimestamp();
    private ActiveRuntime? _started;
    private bool _isStopping;
    private bool _hasApplied;
    private int? _exitCode;

    /// <summary>Runs the steps. A failure is told in the result, after what was started has been stopped again.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public async Task<SelectResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            foreach (PlanStep step in plan.Steps)
            {
                await RunStepAsync(step, cancellationToken).ConfigureAwait(false);
            }

            return Result(plan.Reuse ? SelectStatus.Reused : SelectStatus.Started, failure: null);
        }
        catch (IdleHandsException e)
        {
            await RecoverAsync().ConfigureAwait(false);
            return Result(SelectStatus.Failed, e);
        }
        catch
        {
            await RecoverAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What can fail without harm and is no step of its own: secrets, the shell, the log directory.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (PlanStep step in plan.Steps)
        {
            _ = SecretResolver.Resolve(step.SecretEnvironment);
        }

        foreach (string warning in plan.Warnings)
        {
            observer.Warn(warning);
        }

        await using IHostConnection connection = connect(plan.Host);
        if (plan.Active?.Host is { } activeHost && activeHost.Id != plan.HostId)
        {
            await using IHostConnection other = connect(activeHost);
        }

        if (!plan.Reuse)
        {
            await connection.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunStepAsync(PlanStep step, CancellationToken cancellationToken)
    {
        observer.StepStarted(plan, step);
        long start = time.GetTimestamp();
        _exitCode = null;
        string status = "failed";
        string? detail = null;
        try
        {
            detail = await DispatchAsync(step, cancellationToken).ConfigureAwait(false);
            status = "ok";
        }
        catch (IdleHandsException e)
        {
            detail = e.Message;
            throw;
        }
        catch (OperationCanceledException)
        {
            status = "canceled";
            throw;
        }
        finally
        {
            var outcome = new StepOutcome
            {
                Order = step.Order,
                Kind = step.Kind,
                HostId = step.HostId,
                Status = status,
                Duration = time.GetElapsedTime(start),
                ExitCode = _exitCode,
                Detail = detail,
            };
            _outcomes.Add(outcome);
            observer.StepEnded(outcome);
        }
    }

    private async Task<string?> DispatchAsync(PlanStep step, CancellationToken cancellationToken)
    {
        RuntimeHost host = step.HostId == plan.HostId ? plan.Host : plan.Active?.Host ?? plan.Host;
        await using IHostConnection connection = connect(host);
        switch (step.Kind)
        {
            case PlanStepKind.CheckSource:
                return await CheckSourceAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CheckPort:
                return await new PortGuard(connection, time).CheckAsync(plan, step.Port, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.VerifyBackend:
                return await RunCommandAsync(connection, step, "VerifyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.StopModel:
                return await StopAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.CleanupModel:
                return await CleanUpAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.WaitRelease:
                return await WaitReleaseAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ApplyBackend:
                _hasApplied = true;
                return await RunCommandAsync(connection, step, "ApplyFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.RollbackBackend:
                return await RunCommandAsync(connection, step, "RollbackFailed", cancellationToken).ConfigureAwait(false);
            case PlanStepKind.StartModel:
                return await StartAsync(connection, step, cancellationToken).ConfigureAwait(false);
            case PlanStepKind.ProbeHealth:
                return plan.Reuse
                    ? await ProbeReuseAsync(connection, step, cancellationToken).ConfigureAwait(false)
                    : await ProbeStartAsync(connection, step, cancellationToken).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"The step {step.Kind} can't be carried out on this host.");
        }
    }

    private async Task<string> CheckSourceAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        var facts = await connection.StatAsync(step.Paths, cancellationToken).ConfigureAwait(false);
        string[] problems = facts
            .Where(fact => !fact.Exists || (fact.Problem is not null && fact.Problem != "is a directory"))
            .Select(fact => fact.Exists ? $"'{fact.Path}' can't be read: {fact.Problem}" : $"'{fact.Path}' does not exist")
            .ToArray();
        return problems.Length == 0
            ? $"{facts.Count} file(s), {facts.Sum(fact => fact.Size ?? 0) / (double)(1 << 30):0.00} GiB"
            : throw new IdleHandsException(
                "SourceMissing",
                FailureKind.NotFound,
                $"Model '{plan.Id}' can't be started on host '{plan.HostId}': {string.Join("; ", problems)}. Nothing was stopped.",
                $"Put the file there, or correct the path: Set-IHModel {plan.Id} -Source",
                plan.Id);
    }

    private async Task<string?> RunCommandAsync(IHostConnection connection, PlanStep step, string errorId, CancellationToken cancellationToken)
    {
        var command = new HostCommand(step.Command!, step.Timeout) { Environment = SecretResolver.Resolve(step.SecretEnvironment) };
        CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        _exitCode = result.ExitCode;
        if (result.Succeeded)
        {
            return LastLines(result.Output);
        }

        string how = result.TimedOut ? $"did not end within {step.Timeout.TotalSeconds:0} s" : $"ended with exit code {result.ExitCode}";
        string output = LastLines(result.Error) ?? LastLines(result.Output) ?? "it printed nothing";
        throw new IdleHandsException(
            errorId,
            result.TimedOut ? FailureKind.Timeout : FailureKind.Failed,
            $"{step.Description} on host '{step.HostId}' failed: the command {how}: {output}{Environment.NewLine}    command: {step.Command}",
            $"Run the command on that host and mend what it says, then: Test-IHBackend {plan.BackendId}",
            plan.BackendId);
    }

    private async Task<string> StopAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ActiveRuntime active = plan.Active!;
        _isStopping = true;
        store.Write(active with { Status = RuntimeStatus.Stopping });
        var patience = (plan.Request.Force ? StopPatience.Short : StopPatience.Usual) with { CommandLimit = step.Timeout };
        string how = await new RuntimeStopper(connection, time).StopAsync(active, step.Command, patience, cancellationToken).ConfigureAwait(false);
        store.Write(null);
        _isStopping = false;
        return how;
    }

    /// <summary>A clean-up that fails is no reason to leave nothing running: it is told, and the plan goes on.</summary>
    private async Task<string?> CleanUpAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        try
        {
            return await RunCommandAsync(connection, step, "CleanupFailed", cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e)
        {
            Warn(e.Message);
            return e.Message;
        }
    }

    private async Task<string> WaitReleaseAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            var holders = await connection.FindPortHoldersAsync(step.Port, cancellationToken).ConfigureAwait(false);
            if (holders.Count == 0)
            {
                return $"port {step.Port} is free";
            }

            if (time.GetElapsedTime(start) >= step.Timeout)
            {
                return step.Port == plan.Model.EffectivePort
                    ? throw PortGuard.InUse(plan.Model, plan.HostId, step.Port, holders, new ServerAnswer { Status = ProbeStatus.Unknown })
                    : $"port {step.Port} is now held by {string.Join(", ", holders)}";
            }

            observer.Waiting(step, time.GetElapsedTime(start), step.Timeout, null);
            await Task.Delay(ReleasePause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> StartAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        string stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        string launchId = $"{plan.Id}-{stamp}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var request = new LaunchRequest(launchId, step.Command!) { Environment = SecretResolver.Resolve(step.SecretEnvironment) };
        LaunchRecord launch = await connection.LaunchAsync(request, Record, cancellationToken).ConfigureAwait(false);
        return $"session {launch.ProcessId}, log {launch.LogPath}";
    }

    /// <summary>Writes the launch down before its command is let go.</summary>
    private Task Record(LaunchRecord launch)
    {
        _started = new ActiveRuntime
        {
            Id = plan.Id,
            HostId = plan.HostId,
            BackendId = plan.BackendId,
            Endpoint = plan.Endpoint,
            Port = plan.Model.EffectivePort,
            Status = RuntimeStatus.Starting,
            StartedAt = launch.StartedAt,
            Fingerprint = plan.Fingerprint,
            Launch = launch,
            Host = plan.Host,
            ServedNames = ModelSource.ServedNames(plan.Model),
            StopCommand = plan.StopCommandRendered,
            CleanupCommand = plan.CleanupCommandRendered,
            StatusCommand = plan.StatusCommandRendered,
        };
        store.Write(_started);
        return Task.CompletedTask;
    }

    private async Task<string> ProbeStartAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ProbeTarget target = Target(step, _started!);
        var waiter = new ReadinessWaiter(connection, new ReadinessProbe(connection, time), observer, time);
        var (readiness, handedOver) = await waiter.WaitAsync(plan, step, target, cancellationToken).ConfigureAwait(false);
        _started = _started! with { Status = RuntimeStatus.Ready, HandedOver = handedOver };
        store.Write(_started);
        return readiness.Detail;
    }

    /// <summary>A runtime that is reused must answer now. One whose launch has ended is not asked at all.</summary>
    private async Task<string> ProbeReuseAsync(IHostConnection connection, PlanStep step, CancellationToken cancellationToken)
    {
        ActiveRuntime active = plan.Active!;
        if (active is { Launch: { } launch, HandedOver: false }
            && !(await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)).IsAlive)
        {
            throw ReuseFailed(active, "what was launched runs no more");
        }

        var probe = new ReadinessProbe(connection, time);
        long start = time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            Readiness readiness = await probe.AskAsync(Target(step, active), cancellationToken).ConfigureAwait(false);
            if (readiness.IsReady)
            {
                return readiness.Detail;
            }

            bool isLoading = readiness.Answer.Status == ProbeStatus.Loading && time.GetElapsedTime(start) < step.Timeout;
            if (readiness.Stranger is not null || (!isLoading && attempt >= ReuseTries))
            {
                throw ReuseFailed(active, readiness.Stranger is { } who ? $"{who} has its port" : readiness.Detail);
            }

            observer.Waiting(step, time.GetElapsedTime(start), step.Timeout, null);
            await Task.Delay(ReusePause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private ProbeTarget Target(PlanStep step, ActiveRuntime runtime) => new()
    {
        Port = step.Port,
        ProbeCommand = step.Command,
        StatusCommand = runtime.StatusCommand,
        Environment = SecretResolver.Resolve(step.SecretEnvironment),
        ServedNames = ModelSource.ServedNames(plan.Model),
        Launch = runtime.Launch,
        HandedOver = runtime.HandedOver,
    };

    /// <summary>After a failure or Ctrl-C: stops what was started, undoes the backend, and writes down what is left.</summary>
    private async Task RecoverAsync()
    {
        using var limit = new CancellationTokenSource(RecoveryLimit, time);
        if (_isStopping)
        {
            await JudgeStopAsync(limit.Token).ConfigureAwait(false);
        }

        if (_started is { } started)
        {
            await StopStartedAsync(started, limit.Token).ConfigureAwait(false);
        }

        if (_hasApplied && plan.Backend?.RollbackCommand is not null)
        {
            await RollBackAsync(limit.Token).ConfigureAwait(false);
        }
    }

    /// <summary>A stop was broken off or failed: is what was to be stopped still there?</summary>
    private async Task JudgeStopAsync(CancellationToken cancellationToken)
    {
        ActiveRuntime active = plan.Active!;
        await using IHostConnection connection = connect(active.Host ?? plan.Host);
        bool isGone = active is { Launch: { } launch, HandedOver: false }
            && !(await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)).IsAlive;
        store.Write(isGone ? null : active with { Status = RuntimeStatus.Unknown });
    }

    private async Task StopStartedAsync(ActiveRuntime started, CancellationToken cancellationToken)
    {
        await using IHostConnection connection = connect(plan.Host);
        try
        {
            var stopper = new RuntimeStopper(connection, time);
            await stopper.StopAsync(started, started.HandedOver ? started.StopCommand : null, StopPatience.Short, cancellationToken).ConfigureAwait(false);
            store.Write(null);
        }
        catch (IdleHandsException e)
        {
            store.Write(started with { Status = RuntimeStatus.Unknown });
            Warn(e.Message);
        }
    }

    private async Task RollBackAsync(CancellationToken cancellationToken)
    {
        var step = new PlanStep
        {
            Order = plan.Steps.Count + 1,
            Kind = PlanStepKind.RollbackBackend,
            HostId = plan.HostId,
            Command = plan.RollbackCommandRendered,
            Timeout = RecoveryLimit,
            Description = $"undo backend '{plan.BackendId}'",
        };
        try
        {
            await RunStepAsync(step, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IdleHandsException or OperationCanceledException)
        {
            Warn(e.Message);
        }
    }

    private void Warn(string message)
    {
        _warnings.Add(message);
        observer.Warn(message);
    }

    private static IdleHandsException ReuseFailed(ActiveRuntime active, string why) => new(
        RuntimeStale,
        FailureKind.Failed,
        $"Model '{active.Id}' is written down as running on host '{active.HostId}', but {why}.",
        $"Select-IHModel {active.Id} -Restart",
        active.Id);

    /// <summary>Id of the failure that a restart mends.</summary>
    internal const string RuntimeStale = nameof(RuntimeStale);

    private static string? LastLines(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null : string.Join(Environment.NewLine, lines.TakeLast(OutputLines)).TrimEnd();
    }

    private SelectResult Result(string status, IdleHandsException? failure) => new()
    {
        Status = status,
        Id = plan.Id,
        HostId = plan.HostId,
        BackendId = plan.BackendId,
        Endpoint = failure is null ? plan.Endpoint : null,
        Duration = time.GetElapsedTime(_start),
        Reasons = plan.Reasons,
        Warnings = NameList.From(_warnings),
        Steps = _outcomes.ToArray(),
        LogPath = (_started ?? (plan.Reuse ? plan.Active : null))?.LogPath,
        Error = failure?.Message,
        Failure = failure,
    };
}
