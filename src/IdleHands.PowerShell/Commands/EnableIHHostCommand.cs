using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Enables hosts of the configuration.</summary>
/// <remarks>
/// <para>It is used and probed again. What runs now goes on running. A host that is enabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Enable-IHHost workstation</code>
/// <para>Enables one host.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu* | Enable-IHHost -PassThru</code>
/// <para>Enables the hosts that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="DisableIHHostCommand"/>
/// <seealso cref="GetIHHostCommand"/>
[Cmdlet(VerbsLifecycle.Enable, "IHHost", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeHost))]
public sealed class EnableIHHostCommand : ChangeCommand<RuntimeHost>
{
    /// <summary>Ids of the hosts to enable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Enable-IHHost")]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeHost> Kind => HostKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Enable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, host => host with { Enabled = true }, onFailure);
}
