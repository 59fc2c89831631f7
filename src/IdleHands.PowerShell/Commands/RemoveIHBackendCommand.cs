using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Removes backends from the configuration.</summary>
/// <remarks>
/// <para>The policies of models may name a backend. Such a backend is not removed, and the error names the models; with -RemoveReferences its id is taken out of them in the same write.</para>
/// <para>It asks before each one; -Confirm:$false goes on without a question.</para>
/// </remarks>
/// <example>
/// <code>Remove-IHBackend vulkan</code>
/// <para>Removes one backend, after a question.</para>
/// </example>
/// <example>
/// <code>Get-IHBackend cu* | Remove-IHBackend -RemoveReferences -Confirm:$false</code>
/// <para>Removes the backends that match, and their ids from all that names them, without a question.</para>
/// </example>
/// <example>
/// <code>Remove-IHBackend * -WhatIf</code>
/// <para>Shows what would be removed, and removes nothing.</para>
/// </example>
/// <seealso cref="AddIHBackendCommand"/>
/// <seealso cref="DisableIHBackendCommand"/>
[Cmdlet(VerbsCommon.Remove, "IHBackend", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RuntimeBackend))]
public sealed class RemoveIHBackendCommand : ChangeCommand<RuntimeBackend>
{
    /// <summary>Ids of the backends to remove. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Remove-IHBackend")]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <summary>Also take the ids out of the entries that refer to them. Without it such a backend is not removed.</summary>
    [Parameter]
    public SwitchParameter RemoveReferences { get; set; }

    private protected override EntryKind<RuntimeBackend> Kind => BackendKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Remove");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Remove(current, Ids, RemoveReferences, onFailure);
}
