using System.Management.Automation;
using System.Net.NetworkInformation;
using IdleHands.Engines;
using IdleHands.Gguf;
using IdleHands.Models;
using IdleHands.Planning;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Transforms;
using IdleHands.Templates;

namespace IdleHands.PowerShell.Commands;

/// <summary>Adds models to the configuration.</summary>
/// <remarks>
/// <para>A model is made of the parameters, or of an object from the pipeline with the parameters on top: a model from Get-IHModel is copied without loss, and of any other object the properties that are called like parameters are taken, so that rows of a CSV file do. Files from Get-ChildItem, models from Get-IHModelFile and paths do, too.</para>
/// <para>-Engine fills in what a kind of server needs: the start command, and a probe and a status command where it has to have its own. They are templates like those written by hand; see them with -PassThru -WhatIf or Get-IHModel, and change them with Set-IHModel. What is given as a parameter stays. A GGUF file without -Engine and -StartCommand is run by llama-server.</para>
/// <para>Where a server is filled in: the id comes from the name of the file, the port is the first from 8080 on that no other model has and nobody listens on here, and the context window is the one that the model was trained for, at most 32768, because most machines have no memory for more; Get-IHModelFile shows how much it takes. A projector for images (mmproj-*) that lies beside the file is loaded with it, where it is the only one. The file is read here, or on the first host of the model's policy.</para>
/// <para>All that comes down one pipeline is written at once, at its end. What breaks a rule is an error of its own; the others are added.</para>
/// </remarks>
/// <example>
/// <code>Add-IHModel -Source ~/models/Qwen3-4B-Q4_K_M.gguf</code>
/// <para>Adds the model qwen3-4b-q4-k-m, which llama-server runs.</para>
/// </example>
/// <example>
/// <code>Get-IHModelFile ~/models -Recurse | Add-IHModel -WhatIf</code>
/// <para>Shows which models would be added of a directory.</para>
/// </example>
/// <example>
/// <code>Add-IHModel qwen3-8b -Source Qwen/Qwen3-8B -Engine vllm -HostPolicy gpu-01 -ContextWindow 32768</code>
/// <para>Adds a model of Hugging Face that vLLM runs on a host.</para>
/// </example>
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
    private readonly HashSet<string> _sets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _portless = new(StringComparer.Ordinal);

    /// <summary>Id of the new model: lower-case letters, digits and hyphens, at most 64 characters. With an object, the object's own id where it is not given; of a file, its name.</summary>
    [Parameter(Position = 0, ParameterSetName = ByValues)]
    [Parameter(Position = 0, ParameterSetName = ByObject)]
    public string? Id { get; set; }

    /// <summary>The object to start from: a model, a model file, a file, a path, or any object whose properties are called like the parameters (Id, DisplayName and so on).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject? InputObject { get; set; }

    /// <summary>Path or URL of the weights; for engines that take them a repository (Qwen/Qwen3-8B, hf:owner/name) or a tag (qwen3:8b).</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByValues)]
    [Parameter(ParameterSetName = ByObject)]
    public string? Source { get; set; }

    /// <summary>Command template that starts the server, e.g. <c>llama-server -m {source} --port {port}</c>. The variables are {source}, {port}, {host}, {backend_env}, {backend_args}, {model_id}, {host_id}, {backend_id}, {chat_template_args}, {context_window} and {max_tokens}. Filled in by -Engine where it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? StartCommand { get; set; }

    /// <summary>Kind of server whose commands are filled in: llama-server, llama-server-router, vllm, sglang, ollama, koboldcpp, mlx-lm or docker. llama-server for a GGUF file where neither it nor -StartCommand is given. On top of an object it takes the place of the object's commands.</summary>
    [Parameter]
    [OneOf(ClosedSets.Engine)]
    [ArgumentCompleter(typeof(WordCompleter))]
    public string? Engine { get; set; }

    /// <summary>Add it disabled.</summary>
    [Parameter]
    public SwitchParameter Disabled { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (NewModelInput.Of(this, InputObject, Source, WriteFailure) is not { } input)
        {
            return; // Which was said.
        }

        if (input.Skipped is { } why)
        {
            WriteVerbose(why);
            return;
        }

        // The parts of a split model come one after the other.
        if (InputObject is not null && input.Path is { } path && ShardSet.PathsOf(path).Count > 1 && !_sets.Add(path))
        {
            WriteVerbose($"'{InputObject}' is a part of '{path}'.");
            return;
        }

        string? id = Id ?? (input.Path is null ? null : EngineFill.IdOf(input.Path));
        if (id is { Length: 0 } && Id is null)
        {
            WriteFailure(Failures.NoId(input.Path!));
            return;
        }

        if (BuildNew(id, input.Object, Disabled, entry => Finish(entry, input)) is { } model)
        {
            _added.Add(model);
        }
    }

    /// <summary>Ports are chosen here, under the lock of the file: whoever adds at the same time sees them.</summary>
    private protected override RuntimeConfiguration Edit(RuntimeConfiguration current, Action<string, IdleHandsException> onFailure)
    {
        if (_portless.Count == 0)
        {
            return Kind.Add(current, _added, onFailure); // To ask who listens takes longer than all the rest.
        }

        var taken = new HashSet<int>(current.Models.Concat(_added.Where(model => model.Port is not null)).Select(model => model.EffectivePort));
        taken.UnionWith(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port));
        return Kind.Add(current, _added.Select(model => _portless.Contains(model.Id) && model.Port is null ? model with { Port = Take(taken) } : model).ToList(), onFailure);
    }

    private static int Take(HashSet<int> taken)
    {
        int port = FreePort.After(RuntimeModel.DefaultPort - 1, taken);
        taken.Add(port);
        return port;
    }

    /// <summary>Fills in the commands of an engine, where one is asked for or the file tells.</summary>
    private RuntimeModel Finish(RuntimeModel model, NewModelInput input)
    {
        model = input.Path is null || GivenValues.ContainsKey(nameof(Source)) ? model : model with { Source = input.Path };
        string? name = Engine ?? (model.StartCommand.Length == 0 && EngineFill.IsGguf(model.Source) ? EngineCatalog.ForGguf : null);
        if (name is null)
        {
            return model.StartCommand.Length > 0 || model.Source.Length == 0 ? model : throw Failures.NoEngine(model);
        }

        RuntimeConfiguration configuration = ReadConfiguration() ?? RuntimeConfiguration.Empty;
        Engine engine = EngineCatalog.Get(name);
        GgufFile? described = GivenValues.ContainsKey(nameof(Source)) ? null : input.File;
        string? holderId = GivenValues.ContainsKey(nameof(Source)) ? null : input.HostId;
        if (model.HostPolicy.IsAny && holderId is { } holder)
        {
            model = model with { HostPolicy = IdPolicy.Parse([holder]) };
        }

        string here = engine.Source == IdleHands.Engines.Engine.Tag || described is not null || holderId is not null ? model.Source : LocalPaths.Full(this, model.Source);
        RuntimeHost? host = HostOf(model, configuration, isHere: here != model.Source || Path.Exists(here));
        string source = host is null or { Transport: HostTransport.Local } ? here : model.Source;
        GgufFile? file = described ?? (EngineFill.IsGguf(source) && ModelSource.IsPath(source) ? ReadFile(source, host) : null);
        model = Without(model) with { Source = source };
        RuntimeModel filled = new EngineFill(engine, ShellDialects.ShellOf(host ?? Here, OperatingSystem.IsWindows())).Fill(model, file);
        if (filled.Port is null)
        {
            _portless.Add(filled.Id);
        }

        return filled;
    }

    /// <summary>The entry without the commands of an object that an engine takes the place of.</summary>
    private RuntimeModel Without(RuntimeModel model) => Engine is null || InputObject is null
        ? model
        : model with
        {
            StartCommand = GivenValues.ContainsKey(nameof(StartCommand)) ? model.StartCommand : string.Empty,
            ProbeCommand = GivenValues.ContainsKey(nameof(ProbeCommand)) ? model.ProbeCommand : null,
            StatusCommand = GivenValues.ContainsKey(nameof(StatusCommand)) ? model.StatusCommand : null,
            ServedName = GivenValues.ContainsKey(nameof(ServedName)) ? model.ServedName : null,
        };

    private static RuntimeHost Here => new() { Id = "localhost", DisplayName = "localhost" };

    /// <summary>The first host of the model's policy; where any will do, this machine for a file that is here. Null where none is there yet.</summary>
    private static RuntimeHost? HostOf(RuntimeModel model, RuntimeConfiguration configuration, bool isHere) => model.HostPolicy.IsAny
        ? configuration.Hosts.FirstOrDefault(host => host.Enabled && (!isHere || host.Transport == HostTransport.Local))
        : configuration.Hosts.FirstOrDefault(host => host.Id == model.HostPolicy[0]);

    /// <summary>What a file says, on the host that will serve it. A file that is broken is no model; one that is not reached may be there.</summary>
    private GgufFile? ReadFile(string source, RuntimeHost? host)
    {
        GgufFile? file = null;
        IdleHandsException? failure = null;
        Run(async token =>
        {
            try
            {
                file = await new ModelFileReader(new MemoryRequest()).ReadAsync(Connect(host ?? Here), source, token).ConfigureAwait(false);
            }
            catch (IdleHandsException exception)
            {
                failure = exception;
            }
        });
        if (failure is { Kind: FailureKind.InvalidData })
        {
            throw failure;
        }

        if (failure is not null)
        {
            WriteWarning($"What '{source}' says could not be read, so that its context window is left out: {failure.Message}");
        }

        return file;
    }
}
