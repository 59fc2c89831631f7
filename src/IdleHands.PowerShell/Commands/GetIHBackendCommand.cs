using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Gets the backends of the configuration.</summary>
/// <remarks>
/// <para>Emits the backends, in the order of the file. An id that isn't there is an error; a wildcard without a match emits nothing.</para>
/// </remarks>
/// <example>
/// <code>Get-IHBackend</code>
/// <para>Lists all backends.</para>
/// </example>
/// <example>
/// <code>Get-IHBackend cu*</code>
/// <para>Lists the backends whose id matches.</para>
/// </example>
/// <example>
/// <code>Get-IHBackend | Sort-Object Type</code>
/// <para>Lists all backends, by type.</para>
/// </example>
/// <seealso cref="AddIHBackendCommand"/>
/// <seealso cref="SetIHBackendCommand"/>
[Cmdlet(VerbsCommon.Get, "IHBackend")]
[OutputType(typeof(RuntimeBackend))]
public sealed class GetIHBackendCommand : GetCommand<RuntimeBackend>
{
    /// <summary>Ids of the backends to get. Wildcards are allowed. All backends where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Get-IHBackend")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    private protected override EntryKind<RuntimeBackend> Kind => BackendKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Emit(Id);
}
