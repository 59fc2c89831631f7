using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Gets the models of the configuration.</summary>
/// <remarks>
/// <para>Emits the models, in the order of the file. An id that isn't there is an error; a wildcard without a match emits nothing.</para>
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
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="SetIHModelCommand"/>
[Cmdlet(VerbsCommon.Get, "IHModel")]
[OutputType(typeof(RuntimeModel))]
public sealed class GetIHModelCommand : GetCommand<RuntimeModel>
{
    /// <summary>Ids of the models to get. Wildcards are allowed. All models where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Model, "Get-IHModel")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Emit(Id);
}
