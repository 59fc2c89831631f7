using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Changes backends of the configuration.</summary>
/// <remarks>
/// <para>Only what is given as a parameter changes; of an object from the pipeline nothing but the id is taken. $null clears an optional value. What runs now goes on running as it was started.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are changed.</para>
/// </remarks>
/// <example>
/// <code>Set-IHBackend vulkan -Argument '-ngl', '60'</code>
/// <para>Changes the arguments.</para>
/// </example>
/// <example>
/// <code>Set-IHBackend * -VerifyCommand $null -WhatIf</code>
/// <para>Shows which backends would lose their verify command.</para>
/// </example>
/// <seealso cref="GetIHBackendCommand"/>
/// <seealso cref="AddIHBackendCommand"/>
/// <seealso cref="EnableIHBackendCommand"/>
[Cmdlet(VerbsCommon.Set, "IHBackend", SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeBackend))]
public sealed class SetIHBackendCommand : BackendValuesCommand
{
    /// <summary>Ids of the backends to change. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Set-IHBackend")]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[] Id { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord() => Collect(Id, "Change", Changed);

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Change(current, Ids, Changed, onFailure);

    private RuntimeBackend Changed(RuntimeBackend backend) => Kind.Complete(Kind.Apply(backend, GivenValues));
}
