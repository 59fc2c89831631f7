using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Changes models of the configuration.</summary>
/// <remarks>
/// <para>Only what is given as a parameter changes; of an object from the pipeline nothing but the id is taken. $null clears an optional value. What runs now goes on running as it was started.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are changed.</para>
/// </remarks>
/// <example>
/// <code>Set-IHModel qwen3-coder-q4 -Port 8082</code>
/// <para>Changes the port, and nothing else.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Set-IHModel -Port 9000 -WhatIf</code>
/// <para>Shows which models would change, and changes nothing.</para>
/// </example>
/// <seealso cref="GetIHModelCommand"/>
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="EnableIHModelCommand"/>
[Cmdlet(VerbsCommon.Set, "IHModel", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeModel))]
public sealed class SetIHModelCommand : ModelValuesCommand
{
    /// <summary>Ids of the models to change. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Model, "Set-IHModel")]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <summary>Path or URL of the weights.</summary>
    [Parameter]
    public string? Source { get; set; }

    /// <summary>Command template that starts the server. Get-Help Add-IHModel -Parameter StartCommand lists the variables.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? StartCommand { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Change", Changed);

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, Changed, onFailure);

    private RuntimeModel Changed(RuntimeModel model) => Kind.Complete(Kind.Apply(model, GivenValues));
}
