using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>What a start that went well teaches the next plan: how long it took, and how much memory it takes.</summary>
internal sealed class StartLesson(PlanRun run)
{
    private static readonly TimeSpan MeasureLimit = TimeSpan.FromSeconds(15);

    private readonly RuntimePlan _plan = run.Plan;

    /// <summary>
    /// What it takes of memory; null where that can't be told. It answers by now: whatever goes wrong here, a broken
    /// connection or Ctrl-C, is not worth giving it up.
    /// </summary>
    public async Task<MeasuredMemory?> MeasureAsync(IHostConnection connection, ActiveRuntime started, ServerAnswer answer)
    {
        // What runs elsewhere is not among the launch's processes, and what is loaded on demand is not loaded yet.
        if (started.HandedOver == true || ServerKind.ListsWhatCouldBeLoaded(answer.Server))
        {
            return null;
        }

        try
        {
            using var limit = new CancellationTokenSource(MeasureLimit);
            MeasuredMemory? memory = await MemoryMeter.MeasureAsync(connection, started.Launch!, run.Time.GetLocalNow(), limit.Token).ConfigureAwait(false);
            return memory?.Holds(_plan.SourceBytes) == true ? memory : null;
        }
        catch (Exception e) when (e is IdleHandsException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Keeps it. An estimate that can't be kept is no reason to say anything: the next start is estimated from those before.</summary>
    public void Learn(TimeSpan loadTime, MeasuredMemory? memory)
    {
        try
        {
            run.LoadTimes.Add(_plan.Id, _plan.HostId, _plan.BackendId, loadTime);
            if (memory is not null)
            {
                run.MemoryUses.Add(_plan.Id, _plan.HostId, _plan.BackendId, _plan.Fingerprint, _plan.SourceBytes, memory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Told above.
        }
    }
}
