using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.PowerShell.Selecting;

namespace IdleHands.PowerShell.Commands;

/// <summary>A cmdlet that changes what runs: under the lock, with progress, and cleaned up when it is broken off.</summary>
public abstract class SelectCommandBase : AsyncPSCmdlet
{
    private const int DefaultLockTimeoutSec = 10;

    /// <summary>How long the holder of the lock gets to abort in order, when it is taken over.</summary>
    private const int TakeOverTimeoutSec = 90;

    /// <summary>Seconds to wait while another session switches models on this state directory. 10 where it is not given.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int? LockTimeoutSec { get; set; }

    private protected ModelSelector OpenSelector() => new(IdleHandsPaths.FromEnvironment(), Connect, secrets: Secrets);

    private protected LockWait LockWait(bool takeOver) =>
        new(TimeSpan.FromSeconds(LockTimeoutSec ?? (takeOver ? TakeOverTimeoutSec : DefaultLockTimeoutSec)), takeOver);

    /// <summary>Does the work with a reporter, whose progress bar always goes away again.</summary>
    private protected async Task ReportAsync(string activity, Func<SelectReporter, Task> work)
    {
        var reporter = new SelectReporter(this, activity);
        try
        {
            await work(reporter).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IdleHandsException { ErrorId: ModelSelector.TakenOver })
        {
            reporter.WarnOfStopped();
            throw;
        }
        finally
        {
            reporter.Complete();
        }
    }

    /// <summary>Emits the result, and its failure as an error after it.</summary>
    private protected void WriteResult(SelectResult result, SelectReporter reporter)
    {
        reporter.Complete();
        WriteObject(result);
        if (result.Failure is { } failure)
        {
            if (result.ActiveId is null)
            {
                reporter.WarnOfStopped(butNot: result.Id);
            }

            WriteFailure(failure, result.Id);
        }
    }

    /// <summary>What a plan comes down to, for <c>-WhatIf</c> and <c>-Confirm</c>.</summary>
    private protected static string Describe(RuntimePlan plan)
    {
        if (plan.Adopts is { } found)
        {
            return plan.Active is { } other && other.Id != plan.Id
                ? $"stop model '{other.Id}', take over {found.Description} as model '{plan.Id}'"
                : $"take over {found.Description} as model '{plan.Id}'";
        }

        if (plan.Reuse)
        {
            return $"check and keep the running model '{plan.Id}'";
        }

        return plan.Active is { } active
            ? $"stop model '{active.Id}', start model '{plan.Id}'"
            : $"start model '{plan.Id}'";
    }
}
