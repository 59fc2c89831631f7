using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>What the parts that carry out one plan share: the plan, the ways to its hosts, and how far it has come.</summary>
internal sealed class PlanRun(
    RuntimePlan plan,
    Func<RuntimeHost, IHostConnection> connect,
    ActiveRuntimeStore store,
    ISelectObserver observer,
    TimeProvider time,
    SecretResolver secrets)
{
    private readonly long _start = time.GetTimestamp();
    private readonly List<StepOutcome> _outcomes = [];
    private readonly List<string> _warnings = [.. plan.Warnings];

    public RuntimePlan Plan => plan;

    public ActiveRuntimeStore Store => store;

    public ISelectObserver Observer => observer;

    public TimeProvider Time => time;

    /// <summary>Reads the secrets of the plan's commands.</summary>
    public SecretResolver Secrets => secrets;

    /// <summary>What this run launched; null before that.</summary>
    public ActiveRuntime? Started { get; set; }

    /// <summary>True while the stop of what ran has begun and has not succeeded.</summary>
    public bool IsStopping { get; set; }

    /// <summary>True once the backend's apply command was run, whatever came of it.</summary>
    public bool HasApplied { get; set; }

    /// <summary>Exit code of the command of the step at hand.</summary>
    public int? ExitCode { get; set; }

    /// <summary>A text that a program wrote, without the secrets it may have echoed.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public string? Redact(string? text) => text is null ? null : secrets.Redact(text);

    /// <summary>Opens the way to a host.</summary>
    public IHostConnection Connect(RuntimeHost host) => connect(host);

    /// <summary>Opens the way to the host of a step; that of what runs may have left the configuration.</summary>
    public IHostConnection ConnectFor(PlanStep step) =>
        connect(IsAboutActive(step) ? plan.Active!.RequireHost() : plan.Host);

    /// <summary>What ran is stopped as it was started, whatever its host's entry says by now.</summary>
    private static bool IsAboutActive(PlanStep step) =>
        step.Kind is PlanStepKind.StopModel or PlanStepKind.CleanupModel or PlanStepKind.WaitRelease;

    /// <summary>Says something that the user should know although the run goes on.</summary>
    public void Warn(string message)
    {
        _warnings.Add(message);
        observer.Warn(message);
    }

    /// <summary>Carries one step out and notes how it ended.</summary>
    public async Task TrackAsync(PlanStep step, Func<Task<string?>> work)
    {
        observer.StepStarted(plan, step);
        long start = time.GetTimestamp();
        ExitCode = null;
        string status = "failed";
        string? detail = null;
        try
        {
            detail = await work().ConfigureAwait(false);
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
                ExitCode = ExitCode,
                Detail = detail,
            };
            _outcomes.Add(outcome);
            observer.StepEnded(outcome);
        }
    }

    /// <summary>How the run ended.</summary>
    public SelectResult Result(string status, IdleHandsException? failure) => new()
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
        LogPath = (Started ?? (plan.Reuse ? plan.Active : null))?.LogPath,
        Error = failure?.Message,
        Failure = failure,
    };
}
