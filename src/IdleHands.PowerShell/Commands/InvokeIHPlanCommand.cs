using System.Management.Automation;
using IdleHands.Execution;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Carries out a plan that Select-IHModel -DryRun made.</summary>
/// <remarks>
/// <para>The plan is made anew and compared: when the configuration entries or the runtime state that it was made from have changed, it is refused and nothing is done. No command is ever run out of the given object, so a plan that was exported, changed by hand and imported again can't do anything that the configuration does not say.</para>
/// <para>At its end the logs of launches are kept within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>$plan = Select-IHModel qwen3-coder-q4 -DryRun; $plan.Steps; $plan | Invoke-IHPlan</code>
/// <para>Reads a plan, then carries out just that.</para>
/// </example>
/// <example>
/// <code>Import-Clixml ./plan.xml | Invoke-IHPlan -WhatIf</code>
/// <para>Says what a plan that was kept would do.</para>
/// </example>
/// <seealso cref="SelectIHModelCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "IHPlan", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SelectResult))]
public sealed class InvokeIHPlanCommand : SelectCommandBase
{
    /// <summary>The plan, as Select-IHModel -DryRun emits it; also one that was exported and imported again.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [PlanTransform]
    public PlanReference Plan { get; set; } = null!;

    /// <summary>What to do when the model does not start. Restore (the default): start again what ran before, just as it was. Fallback: start the model's fallback, or that one's; where none starts, what ran before. Stop: start nothing.</summary>
    [Parameter]
    [ValidateSet(IdleHands.OnFailure.Restore, IdleHands.OnFailure.Fallback, IdleHands.OnFailure.Stop)]
    public string OnFailure { get; set; } = IdleHands.OnFailure.Restore;

    /// <inheritdoc />
    protected override void ProcessRecord() => Run(token => ReportAsync(
        $"Invoke-IHPlan {Plan.Request.ModelId}",
        async reporter =>
        {
            RuntimePlan plan = await OpenSelector().PlanAsync(Plan, token).ConfigureAwait(false);
            if (await ShouldProcessAsync($"host '{plan.HostId}'", Describe(plan)).ConfigureAwait(false))
            {
                WriteResult(await OpenSelector().InvokeAsync(Plan, OnFailure, LockWait(Plan.Request.Force), reporter, token).ConfigureAwait(false), reporter);
            }
        }));
}
