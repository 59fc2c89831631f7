using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.Planning;

namespace IdleHands.PowerShell.Selecting;

/// <summary>
/// Tells a select's progress through a cmdlet's streams: a progress bar while it waits, the steps as verbose text, and,
/// when it is broken off, the command that brings back what was stopped.
/// </summary>
internal sealed class SelectReporter(AsyncPSCmdlet cmdlet, string activity) : ISelectObserver
{
    private const int ActivityId = 4711;

    /// <summary>How long what is shown stays at least, while nothing but the time changes.</summary>
    private static readonly TimeSpan Throttle = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private string? _stopped;
    private string? _stopping;
    private string? _source;
    private long _lastShown;
    private bool _isShown;

    /// <inheritdoc />
    public void WaitingForLock(LockHolder? holder)
    {
        string who = holder?.ToString() ?? "another process";
        cmdlet.WriteVerbose($"Waiting for {who} to end.");
        Show($"waiting for {who}", null, -1, -1);
    }

    /// <inheritdoc />
    public void WaitingForHost(string hostId, string holder)
    {
        cmdlet.WriteVerbose($"Host '{hostId}' is in the hands of {holder}; waiting.");
        Show($"waiting for {holder}", null, -1, -1);
    }

    /// <inheritdoc />
    public void Planned(RuntimePlan plan)
    {
        foreach (string assumption in plan.Assumptions.Where(_told.Add))
        {
            cmdlet.Tell($"Assumed: {assumption}.");
        }

        cmdlet.WriteVerbose($"{(plan.Reuse ? "Reuse" : "Start")} of model '{plan.Id}' on host '{plan.HostId}': {plan.Reasons}.");
        foreach (PlanStep step in plan.Steps)
        {
            cmdlet.WriteDebug($"{step.Order}. {step.Kind} on {step.HostId}: {step.Description}{(step.Command is null ? string.Empty : $" [{step.Command}]")}");
        }
    }

    /// <inheritdoc />
    public void StepStarted(RuntimePlan plan, PlanStep step)
    {
        if (step is { Kind: PlanStepKind.StopModel, Runtime: { } runtime })
        {
            _stopping = runtime.Id;
            _source = runtime.Model?.Source;
        }

        Show(step.Description, null, (step.Order - 1) * 100 / plan.Steps.Count, -1);
    }

    /// <inheritdoc />
    public void StepEnded(StepOutcome outcome)
    {
        if (outcome is { Kind: PlanStepKind.StopModel, Status: StepStatus.Ok })
        {
            _stopped = _stopping;
        }
        else if (outcome is { Kind: PlanStepKind.ProbeHealth, Status: StepStatus.Ok } && outcome.Id == _stopped)
        {
            _stopped = null; // It was brought back.
        }

        cmdlet.WriteVerbose($"{outcome.Order}. {outcome.Kind} on {outcome.HostId}: {outcome.Status} in {outcome.Duration.TotalSeconds:0.00} s. {outcome.Detail}");
    }

    /// <inheritdoc />
    public void Waiting(PlanStep step, TimeSpan elapsed, TimeSpan limit, string? remark)
    {
        if (Stopwatch.GetElapsedTime(_lastShown) < Throttle)
        {
            return;
        }

        // Where past starts tell how long it takes, the bar shows that; else how much of the limit is used up.
        bool isUsual = step.EstimatedDuration is { } usual && elapsed < usual;
        TimeSpan whole = isUsual ? step.EstimatedDuration!.Value : limit;
        int percent = (int)Math.Min(99, elapsed.TotalSeconds * 100 / Math.Max(1, whole.TotalSeconds));
        string usually = step.EstimatedDuration is { } estimate ? $"usually {Math.Max(1, estimate.TotalSeconds):0} s, " : string.Empty;
        string waited = $"{elapsed.TotalSeconds:0} s of {usually}at most {limit.TotalSeconds:0} s";

        // The shell's usual view of progress shows the status alone, so the log line has to stand there.
        string status = string.IsNullOrEmpty(remark) ? waited : $"{waited}: {remark}";
        Show(status, step.Description, percent, (int)(whole - elapsed).TotalSeconds);
    }

    /// <summary>Shows how a wait stands that is no step of a plan.</summary>
    internal void Waiting(WaitNews news) => Waiting(
        new PlanStep { Order = 1, Kind = PlanStepKind.ProbeHealth, HostId = news.HostId, Description = news.Description },
        news.Elapsed,
        news.Limit,
        news.Remark);

    /// <inheritdoc />
    public void Warn(string message) => cmdlet.WriteWarning(message);

    /// <summary>It failed or was broken off: what it stopped is not brought back by itself.</summary>
    /// <param name="butNot">A model that needs no such word, because its own failure is told.</param>
    public void WarnOfStopped(string? butNot = null)
    {
        if (_stopped is { } model && model != butNot)
        {
            cmdlet.WriteWarning($"Model '{model}' was stopped and is not started again. To bring it back: {CommandOf(model)}");
        }
    }

    /// <summary>What brings a model back: one that the configuration does not have, by its source.</summary>
    private string CommandOf(string model) =>
        _source is not null && new ConfigurationStore(IdleHandsPaths.FromEnvironment().ConfigurationFile).Inspect().Configuration?.Models.All(known => known.Id != model) == true
            ? new PlanRequest(model) { Source = _source }.ToString()
            : $"Select-IHModel {model}";

    /// <summary>Takes the progress bar away: before a result is emitted, or it would stand there while that is worked with.</summary>
    public void Complete()
    {
        if (_isShown)
        {
            _isShown = false;
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, "done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private void Show(string status, string? operation, int percent, int secondsRemaining)
    {
        _isShown = true;
        _lastShown = Stopwatch.GetTimestamp();
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, status)
        {
            CurrentOperation = operation,
            PercentComplete = percent,
            SecondsRemaining = secondsRemaining,
        });
    }
}
