using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Enables backends of the configuration.</summary>
/// <remarks>
/// <para>It is used again. What runs now goes on running. A backend that is enabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Enable-IHBackend vulkan</code>
/// <para>Enables one backend.</para>
/// </example>
/// <example>
/// <code>Get-IHBackend cu* | Enable-IHBackend -PassThru</code>
/// <para>Enables the backends that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="DisableIHBackendCommand"/>
/// <seealso cref="GetIHBackendCommand"/>
[Cmdlet(VerbsLifecycle.Enable, "IHBackend", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeBackend))]
public sealed class EnableIHBackendCommand : ChangeCommand<RuntimeBackend>
{
    /// <summary>Ids of the backends to enable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Enable-IHBackend")]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeBackend> Kind => BackendKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Enable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, backend => backend with { Enabled = true }, onFailure);
}
