using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using IdleHands.Configuration.Exchange;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>Writes hosts, backends and models as YAML or JSON, to keep them in Git or to import them elsewhere.</summary>
/// <remarks>
/// <para>All entries of the configuration are written, or those that come down the pipeline, always in the order of the configuration. Without a path the text is emitted.</para>
/// <para>Secrets are written as references only. A password in clear is left out, and a warning names its host. An import without -Replace keeps it where it is.</para>
/// <para>In YAML, commands of several lines stay readable, and what could be taken for another type stands in quotes. Import-IHConfiguration reads the text back without loss.</para>
/// <para>A file that is there already is replaced, unless -NoClobber is given or it is read-only; -Force replaces that, too.</para>
/// </remarks>
/// <example>
/// <code>Export-IHConfiguration ./runtimes.yaml</code>
/// <para>Writes all of the configuration as YAML.</para>
/// </example>
/// <example>
/// <code>Get-IHModel qwen* | Export-IHConfiguration ./qwen.json</code>
/// <para>Writes some models as JSON.</para>
/// </example>
/// <example>
/// <code>Get-IHHost gpu-01 | Export-IHConfiguration</code>
/// <para>Shows a host as YAML.</para>
/// </example>
/// <seealso cref="ImportIHConfigurationCommand"/>
[Cmdlet(VerbsData.Export, "IHConfiguration", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed partial class ExportIHConfigurationCommand : ConfigurationCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private readonly List<RuntimeHost> _hosts = [];
    private readonly List<RuntimeBackend> _backends = [];
    private readonly List<RuntimeModel> _models = [];

    /// <summary>The file to write. The text is emitted where it is not given.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The same.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string? LiteralPath { get; set; }

    /// <summary>Hosts, backends and models to write. All of the configuration where nothing comes down the pipeline.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>How to write. Where it is not given, the extension .json means JSON, and any other YAML.</summary>
    [Parameter]
    [ValidateSet("Yaml", "Json")]
    public string? Format { get; set; }

    /// <summary>Replace a file that is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Do not replace a file that is there.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Emit the file that was written. Without it a command with a path is silent.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private bool IsOfPipeline => MyInvocation.ExpectingInput || InputObject is not null;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        switch (InputObject?.BaseObject)
        {
            case null:
                break;
            case RuntimeHost host:
                _hosts.Add(host);
                break;
            case RuntimeBackend backend:
                _backends.Add(backend);
                break;
            case RuntimeModel model:
                _models.Add(model);
                break;
            case { } other:
                WriteFailure(Failures.NotAnEntry(other), other);
                break;
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        // Half of what was meant would be taken for all of it.
        if (HasFailed || ReadConfiguration() is not { } all)
        {
            return;
        }

        (RuntimeConfiguration chosen, IReadOnlyList<string> withPassword) = ConfigurationExport.WithoutPasswords(IsOfPipeline ? Piped(all) : all);
        string? path = ResolvePath();
        if (HasFailed)
        {
            return;
        }

        string text = ConfigurationExport.Write(chosen, Format is null ? !IsJson(path) : !Format.Equals("Json", StringComparison.OrdinalIgnoreCase));
        if (path is null)
        {
            Warn(withPassword, chosen);
            WriteObject(text.TrimEnd('\n'));
        }
        else if (ShouldProcess(path, "Export the configuration"))
        {
            Warn(withPassword, chosen);
            Run(_ => WriteAsync(path, text));
        }
    }

    private static bool IsJson(string? path) => string.Equals(System.IO.Path.GetExtension(path), ".json", StringComparison.OrdinalIgnoreCase);

    private RuntimeConfiguration Piped(RuntimeConfiguration all) => new()
    {
        Hosts = ExportOrder.Of(_hosts, all.Hosts, host => host.Id),
        Backends = ExportOrder.Of(_backends, all.Backends, backend => backend.Id),
        Models = ExportOrder.Of(_models, all.Models, model => model.Id),
    };

    private string? ResolvePath()
    {
        if ((Path ?? LiteralPath) is not { } given)
        {
            return null;
        }

        IReadOnlyList<string> paths = LocalPaths.Resolve(this, given, isLiteral: true, WriteFailure, (path, why) => Failures.ExportUnwritable(path, why));
        return paths.Count == 1 ? paths[0] : null;
    }

    private void Warn(IReadOnlyList<string> hostIds, RuntimeConfiguration exported)
    {
        foreach (RuntimeBackend backend in exported.Backends)
        {
            foreach (string name in (backend.Environment ?? EnvironmentMap.Empty).Where(pair => MayBeSecret().IsMatch(pair.Key) && !Secret.IsReference(pair.Value)).Select(pair => pair.Key))
            {
                WriteWarning($"The variable {name} of backend '{backend.Id}' may be a secret, and is exported as it stands. A reference (secret://{name} or env:{name}) is exported as that: Set-IHBackend {backend.Id} -Environment");
            }
        }

        foreach (string id in hostIds)
        {
            WriteWarning($"The password of host '{id}' stands in clear in the configuration and is not exported. Keep it in a vault or a variable, and a reference instead: Set-IHHost {id} -Password secret://{id}, or -Password env:NAME.");
        }
    }

    [GeneratedRegex("(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)(?:$|_)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MayBeSecret();

    private Task WriteAsync(string path, string text)
    {
        ExportFile.Write(path, Encoding.UTF8.GetBytes(text), NoClobber, Force);
        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }

        return Task.CompletedTask;
    }
}
