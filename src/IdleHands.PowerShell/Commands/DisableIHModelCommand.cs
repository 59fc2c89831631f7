using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Disables models of the configuration.</summary>
/// <remarks>
/// <para>It is kept in the file, but can not be selected and is not probed. What runs now goes on running. A model that is disabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Disable-IHModel qwen3-coder-q4</code>
/// <para>Disables one model.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Disable-IHModel -PassThru</code>
/// <para>Disables the models that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="EnableIHModelCommand"/>
/// <seealso cref="GetIHModelCommand"/>
[Cmdlet(VerbsLifecycle.Disable, "IHModel", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeModel))]
public sealed class DisableIHModelCommand : ChangeCommand<RuntimeModel>
{
    /// <summary>Ids of the models to disable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Model, "Disable-IHModel")]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Disable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, model => model with { Enabled = false }, onFailure);
}
