using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.Gguf;
using IdleHands.Planning;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Switches to a model: checks first, then stops what runs, starts the model and waits until it answers.</summary>
/// <remarks>
/// <para>Everything that can fail without harm is checked before the running model is stopped: the files of the model, its port, the backend, the shell and the secrets. A model that runs already and answers its probe is kept; when it is written down as running but does not answer, it is started again, once, and a warning says so.</para>
/// <para>The server is launched in a session of its own with its output in a log file, and goes on when PowerShell ends. A start that fails is told as soon as the launched process has ended, with the end of its log; what was started is stopped again.</para>
/// <para>When the model does not start, what ran before is started again, just as it was, and the result says Restored; -OnFailure chooses the model's fallback or nothing instead. Whatever came of it, the error of the failed start follows the result.</para>
/// <para>A server that is the model and runs already, although nothing was written down, is taken over when it answers; -Restart stops it and starts the model's own command. A state file that is lost or broken is made good from the records of the launches.</para>
/// <para>The plan tells by its Fit whether the model will fit into the memory of its host, counting what the stop will free: fits, tight, does not fit or unknown. What it needs comes from its files, or from what it took when it ran there by the same command; what there is from nvidia-smi, rocm-smi, the host's VramGB or its own memory. A model that does not fit is a warning, and an error with -RequireFit. A file that is cut off is found out before anything is stopped.</para>
/// <para>On a host that is reached by ssh or exec all of this is the same. A server that listens on such a host's own loopback can't be reached from here; the result says so, and -Tunnel leads to it. Who switches there holds a lease on the host, so that somebody on another machine waits.</para>
/// <para>With -Source, also a model is started that the configuration does not have, and no configuration is needed: the engine is the first on PATH that can serve it (llama-server or koboldcpp for a GGUF file), the backend is what llama-server lists as its device, or else what nvidia-smi, rocm-smi, system_profiler or vulkaninfo tell of, and the port is the first from 8080 on that is free. What was assumed is said, and stands in the plan. A file that an entry has as its source is started by that entry. Nothing is written to the configuration, unless -Save keeps it.</para>
/// <para>One select at a time works on a state directory. A second one waits, and says for whom. At its end the logs of launches are kept within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>Select-IHModel qwen3-coder-q4 -DryRun</code>
/// <para>Shows the plan, changes nothing.</para>
/// </example>
/// <example>
/// <code>(Select-IHModel qwen3-coder-q4 -DryRun).Steps | Where-Object Command</code>
/// <para>Shows the commands that would run, as they would run.</para>
/// </example>
/// <example>
/// <code>Select-IHModel qwen3-coder-q4</code>
/// <para>Switches to the model, or keeps it when it runs and answers.</para>
/// </example>
/// <example>
/// <code>Select-IHModel qwen3-coder-q4 -Restart -TimeoutSec 600</code>
/// <para>Stops and starts it even when it runs, and waits up to ten minutes for it.</para>
/// </example>
/// <example>
/// <code>Select-IHModel qwen3-coder-q4 -HostId gpu-01 -Tunnel</code>
/// <para>Starts it on another host, and leads a port of this machine to it.</para>
/// </example>
/// <example>
/// <code>(Select-IHModel qwen3-coder-q4 -DryRun).Fit | Format-List</code>
/// <para>Shows what the model needs, and what its host has.</para>
/// </example>
/// <example>
/// <code>Select-IHModel qwen3-coder-q4 -Placement Fit -RequireFit</code>
/// <para>Starts it on the first of its hosts that it fits on; where it fits on none, refuses.</para>
/// </example>
/// <example>
/// <code>Select-IHModel -Source ~/models/Qwen3-4B-Q4_K_M.gguf -DryRun</code>
/// <para>Shows how a file would be served that the configuration does not name.</para>
/// </example>
/// <example>
/// <code>Get-IHModelFile ~/models/Qwen3-4B-Q4_K_M.gguf | Select-IHModel -Save</code>
/// <para>Serves a file, and keeps it as a model of the configuration.</para>
/// </example>
/// <seealso cref="GetIHRuntimeCommand"/>
/// <seealso cref="StopIHRuntimeCommand"/>
/// <seealso cref="InvokeIHPlanCommand"/>
[Cmdlet(VerbsCommon.Select, "IHModel", DefaultParameterSetName = SelectSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SelectResult), ParameterSetName = [SelectSet, SourceSet])]
[OutputType(typeof(RuntimePlan), ParameterSetName = [DryRunSet, SourceDryRunSet])]
public sealed class SelectIHModelCommand : SelectCommandBase
{
    private const string SelectSet = "Select";
    private const string DryRunSet = "DryRun";
    private const string SourceSet = "Source";
    private const string SourceDryRunSet = "SourceDryRun";

    /// <summary>Id of the model. No wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SelectSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = DryRunSet)]
    [IdsOf(EntryKinds.Model, "Select-IHModel", LeavesFiles = true)]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [ValidateCount(1, 1)]
    public string[] Id { get; set; } = [];

    /// <summary>Path of a GGUF file, or another source that an engine takes (hf:owner/name, ollama:tag, an address), of a model that need not be in the configuration. Files from Get-ChildItem and Get-IHModelFile bind to it. A path is one of this machine, or of -HostId.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = SourceSet)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = SourceDryRunSet)]
    [Alias("FullName", "Path")]
    [ValidateNotNullOrEmpty]
    public string Source { get; set; } = string.Empty;

    /// <summary>Host to run it on. Where it is not given, the model's host policy decides; for a source, it is this machine.</summary>
    [Parameter(ParameterSetName = SelectSet)]
    [Parameter(ParameterSetName = DryRunSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = SourceSet)]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = SourceDryRunSet)]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    public string? HostId { get; set; }

    /// <summary>Backend to run it with. Where it is not given, the model's backend policy decides; for a source, it is the best that its engine has.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    public string? BackendId { get; set; }

    /// <summary>Stop and start it even when it runs and answers.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>As -Restart, with little patience for the old server; and a select of another session that holds the lock is asked to abort, and its place taken.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How to choose among several hosts that the model may run on. Policy (the default): the first in the order of its host policy. Fit: the first in that order whose memory it fits into, after what runs there is stopped; a model that runs already stays where it is.</summary>
    [Parameter(ParameterSetName = SelectSet)]
    [Parameter(ParameterSetName = DryRunSet)]
    [ValidateSet(IdleHands.Placement.Policy, IdleHands.Placement.Fit)]
    public string Placement { get; set; } = IdleHands.Placement.Policy;

    /// <summary>Refuse to switch when the model, or a fallback that is tried for it, does not fit into the memory of its host. Without it that is a warning. Where it can't be told, or is tight, it is not refused.</summary>
    [Parameter]
    public SwitchParameter RequireFit { get; set; }

    /// <summary>What to do when the model does not start. Restore (the default): start again what ran before, just as it was. Fallback: start the model's fallback, or that one's; where none starts, what ran before. Stop: start nothing.</summary>
    [Parameter(ParameterSetName = SelectSet)]
    [Parameter(ParameterSetName = SourceSet)]
    [ValidateSet(IdleHands.OnFailure.Restore, IdleHands.OnFailure.Fallback, IdleHands.OnFailure.Stop)]
    public string OnFailure { get; set; } = IdleHands.OnFailure.Restore;

    /// <summary>Seconds to wait until the model answers. Where it is not given: the model's own limit, or one by its size.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? TimeoutSec { get; set; }

    /// <summary>Lead a port of this machine to the model's port on a host that is reached by ssh, and make that the endpoint. It stays until Stop-IHRuntime or until another model is selected; Get-IHRuntime shows it.</summary>
    [Parameter]
    public SwitchParameter Tunnel { get; set; }

    /// <summary>Keep the model in the configuration once it has started and answered, with its host and backend where they are new.</summary>
    [Parameter(ParameterSetName = SourceSet)]
    public SwitchParameter Save { get; set; }

    /// <summary>Emit the plan and change nothing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DryRunSet)]
    [Parameter(Mandatory = true, ParameterSetName = SourceDryRunSet)]
    public SwitchParameter DryRun { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        bool isSource = ParameterSetName is SourceSet or SourceDryRunSet;
        string id = isSource ? Engines.EngineFill.IdOf(Source) : Id[0];
        if (!isSource && WildcardPattern.ContainsWildcardCharacters(id))
        {
            WriteFailure(Failures.WildcardNotAllowed(id));
            return;
        }

        var request = new PlanRequest(id)
        {
            Source = isSource ? FindSource() : null,
            HostId = string.IsNullOrEmpty(HostId) ? null : HostId,
            BackendId = BackendId,
            Restart = Restart,
            Force = Force,
            Tunnel = Tunnel,
            Placement = IdleHands.Placement.Fit.Equals(Placement, StringComparison.OrdinalIgnoreCase) ? IdleHands.Placement.Fit : IdleHands.Placement.Policy,
            RequireFit = RequireFit,
            ProbeTimeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        Run(token => DryRun ? PlanAsync(request, token) : SelectAsync(request, token));
    }

    /// <summary>The source as its host knows it: of this machine the whole path, of a split model that of the first file.</summary>
    private string FindSource()
    {
        if (Uri.TryCreate(Source, UriKind.Absolute, out Uri? address) && address.IsFile && Source.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return ShardSet.FirstOf(address.LocalPath);
        }

        bool isHere = string.IsNullOrEmpty(HostId)
            || OpenStore().Inspect().Configuration?.Hosts.FirstOrDefault(host => host.Id.Equals(HostId, StringComparison.OrdinalIgnoreCase)) is null or { Transport: HostTransport.Local };
        return ShardSet.FirstOf(isHere ? LocalPaths.Full(this, Source) : Source);
    }

    private static ConfigurationStore OpenStore() => new(IdleHandsPaths.FromEnvironment().ConfigurationFile);

    private async Task PlanAsync(PlanRequest request, CancellationToken cancellationToken) =>
        WriteObject(await OpenSelector().PlanAsync(request, cancellationToken).ConfigureAwait(false));

    private Task SelectAsync(PlanRequest request, CancellationToken cancellationToken) => ReportAsync(
        $"Select-IHModel {request.ModelId}",
        async reporter =>
        {
            ModelSelector selector = OpenSelector();
            RuntimePlan plan = await selector.OutlineAsync(request, cancellationToken).ConfigureAwait(false);
            if (await ShouldProcessAsync($"host '{plan.HostId}'", Save ? $"{Describe(plan)}, keep it in the configuration" : Describe(plan)).ConfigureAwait(false))
            {
                SelectResult result = await selector.SelectAsync(request, OnFailure, LockWait(Force), reporter, cancellationToken).ConfigureAwait(false);
                WriteResult(result, reporter);
                await SaveAsync(result, cancellationToken).ConfigureAwait(false);
            }
        });

    /// <summary>Keeps what was started, as it was started.</summary>
    private async Task SaveAsync(SelectResult result, CancellationToken cancellationToken)
    {
        if (!Save || result.Failure is not null)
        {
            return;
        }

        ActiveRuntime? running = new ActiveRuntimeStore(IdleHandsPaths.FromEnvironment().ActiveRuntimeFile).Read();
        if (running is not { Model: { } model, Host: { } host } || running.Id != result.Id)
        {
            WriteWarning($"Model '{result.Id}' is not kept in the configuration: another session has switched models meanwhile.");
            return;
        }

        ConfigurationStore store = OpenStore();
        await store.UpdateAsync(current => EntryEdits.AddNew(current, host, running.Backend, model), cancellationToken).ConfigureAwait(false);
        Tell($"Model '{model.Id}' is kept in {store.Path}.");
    }
}
