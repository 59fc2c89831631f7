using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Selecting;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Waits until a model has a status, and emits its health row.</summary>
/// <remarks>
/// <para>Looks at the model again and again, as Test-IHHealth does, until its row has the status that is waited for. Without -Id: the model that is active. Several models are waited for one after the other. Nothing is started or stopped.</para>
/// <para>What is written down as running is read at each look, so a select that another session makes later is followed. When the model's launch has ended and nobody is switching models, the wait for ready or loading ends at once with ModelExited, which tells the exit code, the end of the log and the cause where it is known.</para>
/// <para>The limit is the model's own (-ProbeTimeoutSec of Set-IHModel) or one by the size of its weights, unless -TimeoutSec sets another. A progress bar shows the time and the last line of the log.</para>
/// <para>At its end the logs of launches are kept within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>Wait-IHModel</code>
/// <para>Waits until the active model is ready.</para>
/// </example>
/// <example>
/// <code>Wait-IHModel qwen3-coder -TimeoutSec 600; ./run-tests.ps1</code>
/// <para>Waits up to ten minutes for a model that another session starts, and then works with it.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Wait-IHModel -Status down</code>
/// <para>Waits until none of these models answers any more.</para>
/// </example>
/// <seealso cref="TestIHHealthCommand"/>
/// <seealso cref="SelectIHModelCommand"/>
/// <seealso cref="GetIHLogCommand"/>
[Cmdlet(VerbsLifecycle.Wait, "IHModel")]
[OutputType(typeof(HealthResult))]
public sealed class WaitIHModelCommand : ConfigurationCommand
{
    /// <summary>Models to wait for, one after the other. Wildcards are allowed. The active model where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [IdsOf(EntryKinds.Model, "Wait-IHModel", TakesNews = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>The status to wait for. ready where it is not given.</summary>
    [Parameter(Position = 1)]
    [ValidateSet(ProbeStatus.Ready, ProbeStatus.Loading, ProbeStatus.Down, ProbeStatus.Unknown)]
    public string Status { get; set; } = ProbeStatus.Ready;

    /// <summary>Seconds to wait for each model. Where it is not given: the model's own limit, or one by its size.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? TimeoutSec { get; set; }

    /// <summary>Milliseconds between two looks. Where it is not given: the model's own, or 1000.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? IntervalMs { get; set; }

    private protected override bool KnowsRunning => true;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (RuntimeModel model in Id is null ? [] : Resolve(ModelKind.Instance, Id))
        {
            Run(token => WaitAsync(model.Id, token));
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (Id is null && !MyInvocation.ExpectingInput)
        {
            if (Recorded is { } active)
            {
                Run(token => WaitAsync(active.Id, token));
            }
            else
            {
                WriteFailure(Failures.NoActiveModel());
            }
        }

        Housekeeping.Run(IdleHandsPaths.FromEnvironment());
    }

    private async Task WaitAsync(string modelId, CancellationToken cancellationToken)
    {
        var request = new WaitRequest(
            modelId,
            Status.ToLowerInvariant(),
            TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            IntervalMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);
        var reporter = new SelectReporter(this, $"Wait-IHModel {modelId}");
        try
        {
            var waiter = new ModelWaiter(IdleHandsPaths.FromEnvironment(), Connect, request, reporter.Waiting, secrets: Secrets);
            HealthResult row = await waiter.WaitAsync(cancellationToken).ConfigureAwait(false);
            reporter.Complete();
            WriteObject(row);
        }
        finally
        {
            reporter.Complete();
        }
    }
}
