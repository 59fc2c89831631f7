using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;

namespace IdleHands.PowerShell.Commands;

/// <summary>Stops the model that runs.</summary>
/// <remarks>
/// <para>The host's stop command runs where it has one; what is still there then gets TERM, after ten seconds a second TERM, and is killed at last. Only what was launched is signalled: a process that merely got its number is never touched. The stop has succeeded when the launch is gone, whatever a command's exit code says.</para>
/// <para>Nothing happens when nothing is active. A broken configuration does not matter: the state file holds what is needed.</para>
/// <para>At its end the logs of launches are kept within bounds, as about_IdleHands tells.</para>
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
        var store = new ActiveRuntimeStore(IdleHandsPaths.FromEnvironment().ActiveRuntimeFile);
        string target = store.Read() is { } active ? $"model '{active.Id}' on host '{active.HostId}'" : "nothing: no model is active";
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
            WriteObject(stopped);
        }
    }));
}
