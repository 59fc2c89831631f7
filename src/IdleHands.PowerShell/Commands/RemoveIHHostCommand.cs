using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Removes hosts from the configuration.</summary>
/// <remarks>
/// <para>The policies of models and the filters of backends may name a host. Such a host is not removed, and the error names the entries; with -RemoveReferences its id is taken out of them in the same write.</para>
/// <para>It asks before each one; -Confirm:$false goes on without a question.</para>
/// </remarks>
/// <example>
/// <code>Remove-IHHost workstation</code>
/// <para>Removes one host, after a question.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu* | Remove-IHHost -RemoveReferences -Confirm:$false</code>
/// <para>Removes the hosts that match, and their ids from all that names them, without a question.</para>
/// </example>
/// <example>
/// <code>Remove-IHHost * -WhatIf</code>
/// <para>Shows what would be removed, and removes nothing.</para>
/// </example>
/// <seealso cref="AddIHHostCommand"/>
/// <seealso cref="DisableIHHostCommand"/>
[Cmdlet(VerbsCommon.Remove, "IHHost", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RuntimeHost))]
public sealed class RemoveIHHostCommand : ChangeCommand<RuntimeHost>
{
    /// <summary>Ids of the hosts to remove. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Remove-IHHost")]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <summary>Also take the ids out of the entries that refer to them. Without it such a host is not removed.</summary>
    [Parameter]
    public SwitchParameter RemoveReferences { get; set; }

    private protected override EntryKind<RuntimeHost> Kind => HostKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Remove");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Remove(current, Ids, RemoveReferences, onFailure);
}
