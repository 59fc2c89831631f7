using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>Checks a configuration file.</summary>
/// <remarks>
/// <para>Emits one finding for each thing that is wrong or odd, with its place in the file; nothing where nothing is. All findings are listed, not the first alone. A warning does not keep the file from being used.</para>
/// <para>The file is only read. That there is no file yet is fine: it is an empty configuration.</para>
/// </remarks>
/// <example>
/// <code>Test-IHConfiguration</code>
/// <para>Lists what is wrong with the user's configuration.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-IHConfiguration -Path ./runtimes.json -Quiet)) { throw 'The configuration is broken.' }</code>
/// <para>Checks a file before it is put in place, e.g. in a pipeline that deploys it.</para>
/// </example>
/// <seealso cref="GetIHHostCommand"/>
/// <seealso cref="GetIHModelCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "IHConfiguration")]
[OutputType(typeof(ConfigurationFinding), typeof(bool))]
public sealed class TestIHConfigurationCommand : ConfigurationCommand
{
    /// <summary>The file to check. The user's own where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath")]
    public string? Path { get; set; }

    /// <summary>Emit True or False: whether the file can be used.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (Open() is not { } store)
        {
            return;
        }

        IReadOnlyList<ConfigurationFinding> findings = store.Inspect().Findings;
        if (Quiet)
        {
            WriteObject(findings.All(finding => finding.Severity != ConfigurationFinding.Error));
            return;
        }

        foreach (ConfigurationFinding finding in findings)
        {
            WriteObject(finding);
        }
    }

    private ConfigurationStore? Open()
    {
        try
        {
            if (Path is null)
            {
                return OpenStore();
            }

            string path = GetUnresolvedProviderPathFromPSPath(Path);
            return File.Exists(path) || Directory.Exists(path) ? new ConfigurationStore(path) : throw Failures.FileNotFound(path);
        }
        catch (IdleHandsException exception)
        {
            WriteFailure(exception, Path);
            return null;
        }
    }
}
