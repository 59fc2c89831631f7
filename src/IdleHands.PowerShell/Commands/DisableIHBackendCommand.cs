using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Disables backends of the configuration.</summary>
/// <remarks>
/// <para>It is kept in the file, but no model is started with it. What runs now goes on running. A backend that is disabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Disable-IHBackend vulkan</code>
/// <para>Disables one backend.</para>
/// </example>
/// <example>
/// <code>Get-IHBackend cu* | Disable-IHBackend -PassThru</code>
/// <para>Disables the backends that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="EnableIHBackendCommand"/>
/// <seealso cref="GetIHBackendCommand"/>
[Cmdlet(VerbsLifecycle.Disable, "IHBackend", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeBackend))]
public sealed class DisableIHBackendCommand : ChangeCommand<RuntimeBackend>
{
    /// <summary>Ids of the backends to disable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Disable-IHBackend")]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeBackend> Kind => BackendKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Disable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, backend => backend with { Enabled = false }, onFailure);
}
