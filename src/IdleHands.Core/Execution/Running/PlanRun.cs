using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>What the parts that carry out one plan share: the plan, the ways to its hosts, and how far it has come.</summary>
internal sealed class PlanRun(RuntimePlan plan, SelectContext context, ISelectObserver observer)
{
    private readonly long _start = context.Time.GetTimestamp();
    private readonly List<StepOutcome> _outcomes = [];
    private readonly List<string> _warnings = [.. plan.Warnings.Where(warning => warning != plan.FailingWarning)];
    private ActiveRuntime? _current;

    public RuntimePlan Plan => plan;

    public RuntimeLedger Ledger => context.Ledger;

    public ISelectObserver Observer => observer;

    public TimeProvider Time => context.Time;

    /// <summary>Reads the secrets of the plan's commands.</summary>
    public SecretResolver Secrets => context.Secrets;

    public LoadTimes LoadTimes => context.LoadTimes;

    public MemoryUses MemoryUses => context.MemoryUses;

    /// <summary>What this run launched; null before that.</summary>
    public ActiveRuntime? Started { get; set; }

    /// <summary>When it was launched, by the clock's timestamp.</summary>
    public long LaunchedAt { get; set; }

    /// <summary>What is being stopped: its stop has begun and has not succeeded.</summary>
    public ActiveRuntime? Stopping { get; set; }

    /// <summary>What ran when the plan began, and was stopped or at least told to: what a restore brings back. Null where nothing was disturbed.</summary>
    public ActiveRuntime? Disturbed { get; set; }

    /// <summary>The server that was found at work and is taken over; null for none, and before it has answered.</summary>
    public ActiveRuntime? Adopted { get; set; }

    /// <summary>What runs by this plan: launched, taken over or kept. Changed where more becomes known of it.</summary>
    public ActiveRuntime? Current
    {
        get => _current ?? Started ?? Adopted ?? (plan.Reuse ? plan.Active : null);
        set => _current = value;
    }

    /// <summary>Ways from this machine to what runs on another.</summary>
    public RuntimeTunnels Tunnels { get; } = new(context.Connect, context.Time);

    /// <summary>True once the backend's apply command was run, whatever came of it.</summary>
    public bool HasApplied { get; set; }

    /// <summary>Exit code of the command of the step at hand.</summary>
    public int? ExitCode { get; set; }

    /// <summary>Opens the way to a host.</summary>
    public IHostConnection Connect(RuntimeHost host) => context.Connect(host);

    /// <summary>Takes the lease of a host, unless this run has it.</summary>
    /// <exception cref="IdleHandsException"><c>HostLeased</c>, and those of the way to the host.</exception>
    public Task HoldAsync(RuntimeHost host, CancellationToken cancellationToken) =>
        context.Leases?.HoldAsync(host, context.Connect(host), cancellationToken) ?? Task.CompletedTask;

    /// <summary>Opens the way to the host of a step. What ran is stopped as it was started, whatever its host's entry says by now.</summary>
    public IHostConnection ConnectFor(PlanStep step) => context.Connect(HostOf(step));

    /// <summary>The host of a step; that of what runs may have left the configuration.</summary>
    public RuntimeHost HostOf(PlanStep step) => step.Kind != PlanStepKind.CheckPort && step.Runtime is { } runtime ? runtime.RequireHost() : plan.Host;

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
        long start = Time.GetTimestamp();
        ExitCode = null;
        string status = StepStatus.Failed;
        string? detail = null;
        try
        {
            detail = await work().ConfigureAwait(false);
            status = StepStatus.Ok;
        }
        catch (IdleHandsException e)
        {
            detail = e.Message;
            throw;
        }
        catch (OperationCanceledException)
        {
            status = StepStatus.Canceled;
            throw;
        }
        finally
        {
            var outcome = new StepOutcome
            {
                Id = plan.Id,
                Order = step.Order,
                Kind = step.Kind,
                HostId = step.HostId,
                Status = status,
                Duration = Time.GetElapsedTime(start),
                ExitCode = ExitCode,
                Detail = detail,
            };
            _outcomes.Add(outcome);
            observer.StepEnded(outcome);
        }
    }

    /// <summary>Writes something down that is true already: a disk that is full is told, and is no reason to undo it.</summary>
    public void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (IdleHandsException e)
        {
            Warn(e.Message);
        }
    }

    /// <summary>How the run ended.</summary>
    public SelectResult Result(string status, IdleHandsException? failure)
    {
        ActiveRuntime? runtime = Current;
        return new SelectResult
        {
            Status = status,
            Id = plan.Id,
            ActiveId = failure is null && !plan.IsStop ? plan.Id : null,
            HostId = plan.HostId,
            BackendId = plan.BackendId,
            Endpoint = failure is null && !plan.IsStop ? runtime?.Endpoint ?? plan.Endpoint : null,
            Duration = Time.GetElapsedTime(_start),
            Reasons = plan.Reasons,
            Warnings = NameList.From(_warnings),
            Steps = new ItemList<StepOutcome>(_outcomes),
            LogPath = runtime?.LogPath,
            LaunchId = runtime?.Launch?.LaunchId,
            Error = failure?.Message,
            Failure = failure,
        };
    }
}
