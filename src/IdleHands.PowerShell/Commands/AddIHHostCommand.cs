using System.Management.Automation;

namespace IdleHands.PowerShell.Commands;

/// <summary>Adds hosts to the configuration.</summary>
/// <remarks>
/// <para>A host is made of the parameters, or of an object from the pipeline with the parameters on top: a host from Get-IHHost is copied without loss, and of any other object the properties that are called like parameters are taken, so that rows of a CSV file do.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are added.</para>
/// </remarks>
/// <example>
/// <code>Add-IHHost workstation -CheckCommand 'nvidia-smi -L' -CheckTimeoutSec 10</code>
/// <para>Adds this machine, with a command that tells whether it is well.</para>
/// </example>
/// <example>
/// <code>Add-IHHost gpu-01 -Transport ssh -HostName gpu-01.lan -UserName me -KeyPath ~/.ssh/id_ed25519 -Gpu rtx-4090 -VramGB 24</code>
/// <para>Adds a machine that is reached over SSH.</para>
/// </example>
/// <example>
/// <code>Add-IHHost box -Transport exec -ExecPrefix docker, exec, -i, llama</code>
/// <para>Adds a container. sh -c and each command are put behind these words; -i passes input on, which secrets and files need.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./hosts.csv | Add-IHHost -Disabled -PassThru</code>
/// <para>Adds a host for each row, disabled, and shows them.</para>
/// </example>
/// <seealso cref="GetIHHostCommand"/>
/// <seealso cref="SetIHHostCommand"/>
/// <seealso cref="RemoveIHHostCommand"/>
[Cmdlet(VerbsCommon.Add, "IHHost", DefaultParameterSetName = ByValues, SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeHost))]
public sealed class AddIHHostCommand : HostValuesCommand
{
    private const string ByValues = "Values";
    private const string ByObject = "InputObject";
    private readonly List<RuntimeHost> _added = [];

    /// <summary>Id of the new host: lower-case letters, digits and hyphens, at most 64 characters. With an object, the object's own id where it is not given.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByValues)]
    [Parameter(Position = 0, ParameterSetName = ByObject)]
    public string? Id { get; set; }

    /// <summary>The object to start from: a host, or any object whose properties are called like the parameters (Id, DisplayName and so on).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject? InputObject { get; set; }

    /// <summary>Add it disabled.</summary>
    [Parameter]
    public SwitchParameter Disabled { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (BuildNew(Id, InputObject, Disabled) is { } host)
        {
            _added.Add(host);
        }
    }

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Add(current, _added, onFailure);
}
