using System.Management.Automation;

namespace IdleHands.PowerShell.Commands;

/// <summary>Adds models to the configuration.</summary>
/// <remarks>
/// <para>A model is made of the parameters, or of an object from the pipeline with the parameters on top: a model from Get-IHModel is copied without loss, and of any other object the properties that are called like parameters are taken, so that rows of a CSV file do.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are added.</para>
/// </remarks>
/// <example>
/// <code>Add-IHModel qwen3-coder-q4 -Source /models/Qwen3-Coder-30B-Q4_K_M.gguf -StartCommand 'llama-server -m {source} --port {port}' -Port 8081</code>
/// <para>Adds a model that llama-server runs on port 8081.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen3-coder-q4 | Add-IHModel -Id qwen3-coder-long -ContextWindow 131072</code>
/// <para>Copies a model under another id, with another context window.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./models.csv | Add-IHModel -Disabled -PassThru</code>
/// <para>Adds a model for each row, disabled, and shows them.</para>
/// </example>
/// <seealso cref="GetIHModelCommand"/>
/// <seealso cref="SetIHModelCommand"/>
/// <seealso cref="RemoveIHModelCommand"/>
[Cmdlet(VerbsCommon.Add, "IHModel", DefaultParameterSetName = ByValues, SupportsShouldProcess = true)]
[OutputType(typeof(RuntimeModel))]
public sealed class AddIHModelCommand : ModelValuesCommand
{
    private const string ByValues = "Values";
    private const string ByObject = "InputObject";
    private readonly List<RuntimeModel> _added = [];

    /// <summary>Id of the new model: lower-case letters, digits and hyphens, at most 64 characters. With an object, the object's own id where it is not given.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByValues)]
    [Parameter(Position = 0, ParameterSetName = ByObject)]
    public string? Id { get; set; }

    /// <summary>The object to start from: a model, or any object whose properties are called like the parameters (Id, DisplayName and so on).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject? InputObject { get; set; }

    /// <summary>Path or URL of the weights.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByValues)]
    [Parameter(ParameterSetName = ByObject)]
    public string? Source { get; set; }

    /// <summary>Command template that starts the server, e.g. <c>llama-server -m {source} --port {port}</c>. The variables are {source}, {port}, {host}, {backend_env}, {backend_args}, {model_id}, {host_id}, {backend_id}, {chat_template_args}, {context_window} and {max_tokens}.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByValues)]
    [Parameter(ParameterSetName = ByObject)]
    public string? StartCommand { get; set; }

    /// <summary>Add it disabled.</summary>
    [Parameter]
    public SwitchParameter Disabled { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (BuildNew(Id, InputObject, Disabled) is { } model)
        {
            _added.Add(model);
        }
    }

    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure) =>
        Kind.Add(current, _added, onFailure);
}
