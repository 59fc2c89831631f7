using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>
/// After a model did not start: starts its fallback, or what ran before, so that something works. Nothing is called
/// healthy before it has answered its probe.
/// </summary>
internal sealed class SelectRecovery(SelectContext context, PlanMaker plans, ISelectObserver observer)
{
    private readonly SelectAttempt _attempts = new(context, observer);
    private readonly List<string> _warnings = [];

    /// <summary>Does what is to be done after a failure, and says in the result and its failure what came of it.</summary>
    /// <param name="failed">The attempt that failed.</param>
    /// <param name="onFailure">One of <see cref="OnFailure"/>.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public async Task<SelectResult> RecoverAsync(Attempt failed, string onFailure, CancellationToken cancellationToken)
    {
        var said = new List<string>();
        Attempt last = failed;
        if (onFailure == OnFailure.Fallback)
        {
            last = await FallBackAsync(failed, said, cancellationToken).ConfigureAwait(false);
            if (last.Result.Failure is null)
            {
                return Outcome(failed, last.Result, SelectStatus.FellBack, said);
            }
        }

        if (onFailure != OnFailure.Stop && last.Disturbed is { } previous
            && await RestoreAsync(failed, previous, said, cancellationToken).ConfigureAwait(false) is { } restored)
        {
            SelectResult all = SelectAttempt.Join(last.Result, null, restored);
            return Outcome(failed, all, restored.Failure is null ? SelectStatus.Restored : SelectStatus.Failed, said);
        }

        return Outcome(failed, last.Result, SelectStatus.Failed, said);
    }

    /// <summary>Tries the fallbacks in turn; what it gives holds the steps of all.</summary>
    private async Task<Attempt> FallBackAsync(Attempt failed, List<string> said, CancellationToken cancellationToken)
    {
        Attempt last = failed;
        RuntimeConfiguration configuration = context.LoadConfigurationOrEmpty();
        var tried = new HashSet<string>(StringComparer.Ordinal) { failed.Plan.Id };
        string? next = failed.Plan.Model.Fallback;
        if (next is null)
        {
            said.Add($"Model '{failed.Plan.Id}' has no fallback: Set-IHModel {failed.Plan.Id} -Fallback ID.");
        }

        while (next is { } id && tried.Add(id))
        {
            Warn($"Model '{last.Plan.Id}' did not start; falling back to '{id}'.");
            try
            {
                RuntimePlan plan = await plans.MakeAsync(new PlanRequest(id) { RequireFit = failed.Plan.Request.RequireFit }, cancellationToken).ConfigureAwait(false);
                Attempt attempt = await _attempts.RunAsync(plan, request => plans.MakeAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
                last = attempt with
                {
                    Result = SelectAttempt.Join(last.Result, null, attempt.Result),
                    Disturbed = last.Disturbed ?? attempt.Disturbed,
                };
                if (last.Result.Failure is not { } failure)
                {
                    said.Add(last.Result.Status == SelectStatus.Reused
                        ? $"Its fallback '{id}' runs already, and answers."
                        : $"Its fallback '{id}' was started instead, and answers.");
                    return last;
                }

                said.Add($"Its fallback '{id}' failed, too: {FirstLine(failure)}");
            }
            catch (IdleHandsException e)
            {
                said.Add($"Its fallback '{id}' could not be tried: {FirstLine(e)}");
            }

            next = configuration.Models.FirstOrDefault(model => model.Id == id)?.Fallback;
        }

        return last;
    }

    /// <summary>Starts what ran before, just as it was; null where that can't help.</summary>
    private async Task<SelectResult?> RestoreAsync(Attempt failed, ActiveRuntime previous, List<string> said, CancellationToken cancellationToken)
    {
        if (previous.Status == RuntimeStatus.Starting)
        {
            said.Add($"Model '{previous.Id}', which was loading before, never answered and is not started again.");
            return null;
        }

        if (failed.HasLaunched && previous.HostId == failed.Plan.HostId && previous.Fingerprint == failed.Plan.Fingerprint)
        {
            said.Add($"It is the very command that ran before, so there is nothing to go back to.");
            return null;
        }

        try
        {
            PlanSelection selection = Select(previous, failed.Plan.Id);
            RuntimeConfiguration configuration = context.LoadConfigurationOrEmpty();
            Warn($"Model '{failed.Plan.Id}' did not start; going back to '{previous.Id}'.");
            RuntimePlan plan = await plans.MakeAsync(selection, configuration, cancellationToken).ConfigureAwait(false);
            Attempt attempt = await _attempts.RunAsync(
                plan, request => plans.MakeAsync(selection with { Request = request }, configuration, cancellationToken), cancellationToken).ConfigureAwait(false);
            said.Add(attempt.Result switch
            {
                { Failure: { } failure } => $"Model '{previous.Id}', which ran before, could not be brought back: {FirstLine(failure)}",
                { Status: SelectStatus.Reused } => $"Model '{previous.Id}', which ran before, still runs and answers.",
                _ => $"Model '{previous.Id}', which ran before, was started again and answers.",
            });
            return attempt.Result;
        }
        catch (IdleHandsException e)
        {
            said.Add($"Model '{previous.Id}', which ran before, could not be brought back: {FirstLine(e)}");
            return null;
        }
    }

    /// <summary>What ran before as a selection: by what was written down with it, else by the configuration of today.</summary>
    /// <exception cref="IdleHandsException">Neither knows it.</exception>
    private PlanSelection Select(ActiveRuntime previous, string failedId)
    {
        // What is still written down is probed before it is given up; what is gone is started.
        bool isGone = context.Ledger.Read() is not { } now || now.Launch?.LaunchId != previous.Launch?.LaunchId;
        var request = new PlanRequest(previous.Id)
        {
            HostId = previous.HostId,
            BackendId = previous.BackendId,
            RestartReason = isGone ? $"brought back, because {failedId} did not start" : null,
        };
        return previous is { Model: { } model, Host: { } host }
            ? new PlanSelection { Request = request, Model = model, Host = host, Backend = previous.Backend }
            : Planner.Resolve(request, context.LoadConfiguration());
    }

    /// <summary>The result of the whole select: what was asked for and why it failed, with what runs now.</summary>
    private SelectResult Outcome(Attempt failed, SelectResult last, string status, List<string> said)
    {
        bool isSaved = status != SelectStatus.Failed;
        ActiveRuntime? left = isSaved ? null : TryRead();
        if (left is { Status: RuntimeStatus.Ready })
        {
            said.Add($"Model '{left.Id}' was left running.");
        }

        IdleHandsException failure = said.Count == 0 ? failed.Result.Failure! : failed.Result.Failure!.With(string.Join(" ", said));
        SelectResult told = isSaved ? last : failed.Result;
        return told with
        {
            Status = status,
            Id = failed.Plan.Id,
            ActiveId = isSaved ? last.ActiveId : left?.Id,
            Duration = last.Duration,
            Reasons = failed.Result.Reasons,
            Warnings = NameList.From(last.Warnings.Concat(_warnings)),
            Steps = last.Steps,

            // Why it failed stands in the log of what was asked for, not of what runs.
            LaunchId = failed.Result.LaunchId,
            LogPath = failed.Result.LogPath,
            Error = failure.Message,
            Failure = failure,
        };
    }

    private void Warn(string message)
    {
        _warnings.Add(message);
        observer.Warn(message);
    }

    private ActiveRuntime? TryRead()
    {
        try
        {
            return context.Ledger.Read();
        }
        catch (IdleHandsException)
        {
            return null;
        }
    }

    private static string FirstLine(IdleHandsException failure) => failure.Message.Split('\n', 2)[0].TrimEnd('\r', ' ');
}
