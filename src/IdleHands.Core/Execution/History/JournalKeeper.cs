namespace IdleHands.Execution;

/// <summary>Writes one select or stop into the journal: its begin, once it is planned, and its end.</summary>
/// <param name="journal">The journal.</param>
/// <param name="action">What was called.</param>
/// <param name="modelId">The model asked for; null where that shows later.</param>
/// <param name="observer">Hears what happens; also, once, that the journal can't be written: that is no reason to fail.</param>
/// <param name="redact">Takes secrets out of a text.</param>
/// <param name="time">The clock.</param>
internal sealed class JournalKeeper(Journal journal, string action, string? modelId, ISelectObserver observer, Func<string, string> redact, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly JournalObserver _seen = new(observer);
    private JournalLine _line = new()
    {
        Event = JournalLine.Begin,
        RunId = Guid.NewGuid().ToString("N")[..12],
        Action = action,
        ModelId = modelId ?? string.Empty,
        StartedAt = time.GetLocalNow(),
        User = $"{Environment.UserName}@{Environment.MachineName}",
        ProcessId = Environment.ProcessId,
    };

    private bool _hasWarned;

    /// <summary>Is to hear what happens, so that also a run that is broken off can be told of.</summary>
    public ISelectObserver Observer => _seen;

    /// <summary>Writes down what is about to be done.</summary>
    public Task BeginAsync(RuntimePlan plan)
    {
        _line = _line with { ModelId = plan.Id, HostId = plan.HostId, BackendId = plan.BackendId, Reasons = Redacted(plan.Reasons) };
        return AddAsync(_line with { Plan = plan.Steps.Select(JournalStep.Of).ToArray() });
    }

    /// <summary>Writes down how it ended.</summary>
    public Task EndAsync(SelectResult result) => AddAsync(_line with
    {
        Event = JournalLine.End,
        Status = result.Status,
        Milliseconds = Elapsed,
        ModelId = result.Id,
        HostId = result.HostId,
        BackendId = result.BackendId,
        ActiveId = result.ActiveId,
        Reasons = Redacted(result.Reasons),
        Cause = result.Cause,
        ErrorId = result.Failure?.ErrorId,
        Error = Text(result.Error),
        LaunchId = result.LaunchId,
        LogPath = result.LogPath,
        Steps = Outcomes(result.Steps),
    });

    /// <summary>Writes down that it was broken off, and how far it had come, or that it never came to a plan.</summary>
    public Task EndAsync(Exception failure) => AddAsync(_line with
    {
        Event = JournalLine.End,
        Status = failure is OperationCanceledException or IdleHandsException { ErrorId: ModelSelector.TakenOver } ? HistoryStatus.Canceled : SelectStatus.Failed,
        Milliseconds = Elapsed,
        Cause = (failure as IdleHandsException)?.Cause,
        ErrorId = (failure as IdleHandsException)?.ErrorId,
        Error = failure is OperationCanceledException ? null : Text(failure.Message),
        LaunchId = _seen.LastLaunched?.Launch?.LaunchId,
        LogPath = _seen.LastLaunched?.LogPath,
        Steps = Outcomes(_seen.Steps),
    });

    private long Elapsed => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    private string[] Redacted(NameList texts) => texts.Select(redact).ToArray();

    private JournalOutcome[] Outcomes(IEnumerable<StepOutcome> steps) =>
        steps.Select(step => JournalOutcome.Of(step with { Detail = step.Detail is null ? null : redact(step.Detail) })).ToArray();

    private string? Text(string? text) => JournalLine.Bounded(text is null ? null : redact(text));

    private async Task AddAsync(JournalLine line)
    {
        try
        {
            // What was broken off is written down all the same; the journal has a limit of its own.
            await journal.AddAsync(line, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_hasWarned)
            {
                _hasWarned = true;
                observer.Warn($"The history could not be written, so Get-IHHistory will not tell of this: {e.Message}");
            }
        }
    }
}
