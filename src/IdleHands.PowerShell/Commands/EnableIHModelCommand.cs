using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Enables models of the configuration.</summary>
/// <remarks>
/// <para>It can be selected and is probed again. What runs now goes on running. A model that is enabled already stays so.</para>
/// </remarks>
/// <example>
/// <code>Enable-IHModel qwen3-coder-q4</code>
/// <para>Enables one model.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Enable-IHModel -PassThru</code>
/// <para>Enables the models that match, and shows them as they are afterwards.</para>
/// </example>
/// <seealso cref="DisableIHModelCommand"/>
/// <seealso cref="GetIHModelCommand"/>
[Cmdlet(VerbsLifecycle.Enable, "IHModel", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeModel))]
public sealed class EnableIHModelCommand : ChangeCommand<RuntimeModel>
{
    /// <summary>Ids of the models to enable. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Model, "Enable-IHModel")]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Enable");

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, model => model with { Enabled = true }, onFailure);
}
