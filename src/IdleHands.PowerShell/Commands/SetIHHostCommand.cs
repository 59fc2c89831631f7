using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Changes hosts of the configuration.</summary>
/// <remarks>
/// <para>Only what is given as a parameter changes; of an object from the pipeline nothing but the id is taken. $null clears an optional value. What runs now goes on running as it was started.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are changed.</para>
/// </remarks>
/// <example>
/// <code>Set-IHHost workstation -CheckCommand $null</code>
/// <para>Takes the check command away.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu* | Set-IHHost -CheckTimeoutSec 20</code>
/// <para>Gives the hosts that match more time for their check.</para>
/// </example>
/// <example>
/// <code>Set-IHHost workstation -DrainSec 120 -StopGraceSec 30</code>
/// <para>Lets running requests take up to two minutes before a model is stopped there, and the model half a minute to end.</para>
/// </example>
/// <seealso cref="GetIHHostCommand"/>
/// <seealso cref="AddIHHostCommand"/>
/// <seealso cref="EnableIHHostCommand"/>
[Cmdlet(VerbsCommon.Set, "IHHost", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeHost))]
public sealed class SetIHHostCommand : HostValuesCommand
{
    /// <summary>Ids of the hosts to change. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Set-IHHost")]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Change", Changed);

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, Changed, onFailure);

    private RuntimeHost Changed(RuntimeHost host) => Kind.Complete(Kind.Apply(host, GivenValues));
}
