using System.Management.Automation;

namespace IdleHands.PowerShell.Commands;

/// <summary>Stops the model that runs.</summary>
/// <remarks>
/// <para>Where the server tells of its requests (llama-server does), those that run are waited for first, up to the host's -DrainSec. Then the host's stop command runs where it has one; what is still there then gets TERM, after the host's -StopGraceSec a second TERM, and is killed at last. Only what was launched is signalled: a process that merely got its number is never touched. The stop has succeeded when the launch is gone, whatever a command's exit code says; at last its port and its GPU memory are waited for.</para>
/// <para>Nothing happens when nothing is active. A broken configuration does not matter: the state file holds what is needed, and where that is lost, the records of the launches do.</para>
/// <para>At its end the logs of launches are kept within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>Stop-IHRuntime</code>
/// <para>Stops what runs.</para>
/// </example>
/// <example>
/// <code>Stop-IHRuntime -Force -PassThru</code>
/// <para>Gives the server two seconds instead of ten, breaks off a select of another session, and shows what was stopped.</para>
/// </example>
/// <seealso cref="GetIHRuntimeCommand"/>
/// <seealso cref="SelectIHModelCommand"/>
[Cmdlet(VerbsLifecycle.Stop, "IHRuntime", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ActiveRuntime))]
public sealed class StopIHRuntimeCommand : SelectCommandBase
{
    /// <summary>Have little patience with the server; and a select of another session that holds the lock is asked to abort first.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emit what was stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing() => Run(token => ReportAsync("Stop-IHRuntime", async reporter =>
    {
        RuntimePlan? plan = await OpenSelector().PlanStopAsync(Force, token).ConfigureAwait(false);
        string target = plan is null ? "nothing: no model is active" : string.Join(", ", plan.Stopped.Select(active => $"model '{active.Id}' on host '{active.HostId}'"));
        if (!await ShouldProcessAsync(target, "stop").ConfigureAwait(false))
        {
            return;
        }

        ActiveRuntime? stopped = await OpenSelector().StopAsync(Force, LockWait(Force), reporter, token).ConfigureAwait(false);
        if (stopped is null)
        {
            WriteVerbose("No model is active.");
        }
        else if (PassThru)
        {
            reporter.Complete();
            WriteObject(stopped);
        }
    }));
}
