using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Disables hosts of the configuration.</summary>
/// <remarks>
/// <para>It is kept in the file, but no model is started on it and it is not probed. What runs now goes on running. A host that is disabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Disable-IHHost workstation</code>
/// <para>Disables one host.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu* | Disable-IHHost -PassThru</code>
/// <para>Disables the hosts that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="EnableIHHostCommand"/>
/// <seealso cref="GetIHHostCommand"/>
[Cmdlet(VerbsLifecycle.Disable, "IHHost", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeHost))]
public sealed class DisableIHHostCommand : ChangeCommand<RuntimeHost>
{
    /// <summary>Ids of the hosts to disable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Disable-IHHost")]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeHost> Kind => HostKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Disable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, host => host with { Enabled = false }, onFailure);
}
