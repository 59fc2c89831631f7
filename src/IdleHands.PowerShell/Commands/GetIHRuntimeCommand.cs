using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.PowerShell.Selecting;

namespace IdleHands.PowerShell.Commands;

/// <summary>Shows the model that runs.</summary>
/// <remarks>
/// <para>Emits nothing when nothing is active. Without -Verify it says what the state file says; with it, it looks at the process and the port now, and changes nothing.</para>
/// <para>What the state has lost, and still runs, is found by the record of its launch, and a warning says so. A broken configuration does not matter here: the state file holds what is needed.</para>
/// <para>On the way it keeps the logs of launches within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>Get-IHRuntime | Format-List</code>
/// <para>Shows all that is written down.</para>
/// </example>
/// <example>
/// <code>if ((Get-IHRuntime -Verify).Status -ne 'ready') { Select-IHModel fallback-small }</code>
/// <para>Looks, and starts another model where nothing is ready.</para>
/// </example>
/// <seealso cref="SelectIHModelCommand"/>
/// <seealso cref="StopIHRuntimeCommand"/>
[Cmdlet(VerbsCommon.Get, "IHRuntime")]
[OutputType(typeof(ActiveRuntime))]
public sealed class GetIHRuntimeCommand : AsyncPSCmdlet
{
    /// <summary>Look at the process and the port now instead of trusting the state file. Detail says what was seen.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing() => Run(async token =>
    {
        var paths = IdleHandsPaths.FromEnvironment();
        Housekeeping.Run(paths);
        if (await RecordedRuntime.LookAsync(this, Secrets, token).ConfigureAwait(false) is not { } active)
        {
            return;
        }

        var inspector = new RuntimeInspector(Connect, secrets: Secrets);
        WriteObject(Verify ? await inspector.LookAsync(active, token).ConfigureAwait(false) : active);
    });
}
