using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Gets the hosts of the configuration.</summary>
/// <remarks>
/// <para>Emits the hosts, in the order of the file. An id that isn't there is an error; a wildcard without a match emits nothing.</para>
/// </remarks>
/// <example>
/// <code>Get-IHHost</code>
/// <para>Lists all hosts.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu*</code>
/// <para>Lists the hosts whose id matches.</para>
/// </example>
/// <example>
/// <code>Get-IHHost | Where-Object Transport -eq ssh</code>
/// <para>Lists the hosts that are reached over SSH.</para>
/// </example>
/// <seealso cref="AddIHHostCommand"/>
/// <seealso cref="SetIHHostCommand"/>
[Cmdlet(VerbsCommon.Get, "IHHost")]
[OutputType(typeof(RuntimeHost))]
public sealed class GetIHHostCommand : GetCommand<RuntimeHost>
{
    /// <summary>Ids of the hosts to get. Wildcards are allowed. All hosts where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Get-IHHost")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    private protected override EntryKind<RuntimeHost> Kind => HostKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Emit(Id);
}
