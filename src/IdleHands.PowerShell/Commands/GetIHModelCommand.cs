using System.Management.Automation;
using IdleHands.Models;
using IdleHands.Planning;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Gets the models of the configuration.</summary>
/// <remarks>
/// <para>Emits the models, in the order of the file. An id that isn't there is an error; a wildcard without a match emits nothing.</para>
/// <para>-Resolve looks at the models' files on all enabled hosts of their policies, and emits what is found: size, quantization, parameters, and for each host whether the files are there. Only the heads of files are read. Without it no host is asked.</para>
/// </remarks>
/// <example>
/// <code>Get-IHModel</code>
/// <para>Lists all models.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen*</code>
/// <para>Lists the models whose id matches.</para>
/// </example>
/// <example>
/// <code>Get-IHModel | Where-Object Port -eq 8080</code>
/// <para>Lists the models that are set to port 8080.</para>
/// </example>
/// <example>
/// <code>Get-IHModel -Resolve | Where-Object { $_.Hosts.Exists -contains $false }</code>
/// <para>Finds the models whose files lack on a host.</para>
/// </example>
/// <seealso cref="GetIHModelFileCommand"/>
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="SetIHModelCommand"/>
[Cmdlet(VerbsCommon.Get, "IHModel", DefaultParameterSetName = ListSet)]
[OutputType(typeof(RuntimeModel), ParameterSetName = [ListSet])]
[OutputType(typeof(ResolvedModel), ParameterSetName = [ResolveSet])]
public sealed class GetIHModelCommand : GetCommand<RuntimeModel>
{
    private const string ListSet = "List";
    private const string ResolveSet = "Resolve";
    private readonly List<RuntimeModel> _models = [];

    /// <summary>Ids of the models to get. Wildcards are allowed. All models where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ListSet)]
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ResolveSet)]
    [IdsOf(EntryKinds.Model, "Get-IHModel")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>Look for the files on the hosts, and emit what they say in place of the entries.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResolveSet)]
    public SwitchParameter Resolve { get; set; }

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (!Resolve)
        {
            Emit(Id);
            return;
        }

        _models.AddRange(base.Resolve(Kind, Id ?? ["*"]));
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (Resolve && ReadConfiguration() is { } configuration)
        {
            // One connection to a host serves all models.
            Run(async token =>
            {
                var resolver = new ModelResolver(configuration, Connect, ModelSource.IsPath);
                await foreach (ResolvedModel model in resolver.ResolveAsync(_models.DistinctBy(model => model.Id), token).ConfigureAwait(false))
                {
                    WriteObject(model);
                }
            });
        }
    }
}
