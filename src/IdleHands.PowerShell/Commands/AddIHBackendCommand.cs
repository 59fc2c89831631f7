using System.Management.Automation;

namespace IdleHands.PowerShell.Commands;

/// <summary>Adds backends to the configuration.</summary>
/// <remarks>
/// <para>A backend is made of the parameters, or of an object from the pipeline with the parameters on top: a backend from Get-IHBackend is copied without loss, and of any other object the properties that are called like parameters are taken, so that rows of a CSV file do.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are added.</para>
/// </remarks>
/// <example>
/// <code>Add-IHBackend vulkan -VerifyCommand 'vulkaninfo --summary' -Environment @{ GGML_VK_VISIBLE_DEVICES = '0' } -Argument '-ngl', '99'</code>
/// <para>Adds a backend whose id is its type, with the variables and arguments that start commands take from it.</para>
/// </example>
/// <example>
/// <code>Add-IHBackend cuda-12 -Type cuda -HostFilter gpu-01, gpu-02</code>
/// <para>Adds a backend that only two hosts may use.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./backends.csv | Add-IHBackend -Disabled -PassThru</code>
/// <para>Adds a backend for each row, disabled, and shows them.</para>
/// </example>
/// <seealso cref="GetIHBackendCommand"/>
/// <seealso cref="SetIHBackendCommand"/>
/// <seealso cref="RemoveIHBackendCommand"/>
[Cmdlet(VerbsCommon.Add, "IHBackend", DefaultParameterSetName = ByValues, SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeBackend))]
public sealed class AddIHBackendCommand : BackendValuesCommand
{
    private const string ByValues = "Values";
    private const string ByObject = "InputObject";
    private readonly List<RuntimeBackend> _added = [];

    /// <summary>Id of the new backend: lower-case letters, digits and hyphens, at most 64 characters. With an object, the object's own id where it is not given.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByValues)]
    [Parameter(Position = 0, ParameterSetName = ByObject)]
    public string? Id { get; set; }

    /// <summary>The object to start from: a backend, or any object whose properties are called like the parameters (Id, DisplayName and so on).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject? InputObject { get; set; }

    /// <summary>Add it disabled.</summary>
    [Parameter]
    public SwitchParameter Disabled { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (BuildNew(Id, InputObject, Disabled) is { } backend)
        {
            _added.Add(backend);
        }
    }

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Add(current, _added, onFailure);
}
