using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Removes models from the configuration.</summary>
/// <remarks>
/// <para>Another model may name a model as its fallback. Such a model is not removed, and the error names the others; with -RemoveReferences they lose that fallback in the same write. The files of the weights are not touched, and what runs now goes on running.</para>
/// <para>It asks before each one; -Confirm:$false goes on without a question.</para>
/// </remarks>
/// <example>
/// <code>Remove-IHModel qwen3-coder-q4</code>
/// <para>Removes one model, after a question.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Remove-IHModel -RemoveReferences -Confirm:$false</code>
/// <para>Removes the models that match, and their ids from all that names them, without a question.</para>
/// </example>
/// <example>
/// <code>Remove-IHModel * -WhatIf</code>
/// <para>Shows what would be removed, and removes nothing.</para>
/// </example>
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="DisableIHModelCommand"/>
[Cmdlet(VerbsCommon.Remove, "IHModel", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RuntimeModel))]
public sealed class RemoveIHModelCommand : ChangeCommand<RuntimeModel>
{
    /// <summary>Ids of the models to remove. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Model, "Remove-IHModel")]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <summary>Also take the ids out of the entries that refer to them. Without it such a model is not removed.</summary>
    [Parameter]
    public SwitchParameter RemoveReferences { get; set; }

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Remove");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Remove(current, Ids, RemoveReferences, onFailure);
}
