using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Configuration.Exchange;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;

namespace IdleHands.PowerShell.Commands;

/// <summary>Applies files of hosts, backends and models, in YAML or JSON, to the configuration.</summary>
/// <remarks>
/// <para>The files say how entries shall be. What has to be done for it is worked out first, entry by entry and property by property; -WhatIf shows it and changes nothing. Then the result is checked as a whole: one error for each mistake, with file, line and column, and nothing is changed while there is one.</para>
/// <para>Without -Replace, entries and values are added and changed, and whatever the files do not name stays: an entry that is there already needs its id and what shall change. A value that is null is removed, and nothing that stands beside it; a list takes the place of the one before; variables of a backend are laid over those that are there. With -Replace the configuration becomes just what the files say, all of them together, in their order. A top-level key that looks like a slip of hosts, backends or models is a mistake then. Where entries are removed, it asks before it does so; -Force or -Confirm:$false goes on without a question.</para>
/// <para>There is one lock and one write, and before it the file as it was is kept: BackupPath says where, and Import-IHConfiguration with that path and -Replace brings it back. The newest ten are kept. Where nothing has to be changed, nothing is written. Entries that stay as they are keep their text; unknown top-level keys of the configuration are kept, those of the files are not imported. The files themselves are only read, so comments in them stay.</para>
/// <para>YAML is read as plain data. What a bare word is, its property says: no, on, 1_000 and 012 are texts where a text belongs, and mistakes where a number or true or false belongs. Tags, merge keys, several documents and a key that stands twice are mistakes; aliases may repeat a value.</para>
/// </remarks>
/// <example>
/// <code>Import-IHConfiguration ./models.yaml -WhatIf</code>
/// <para>Shows what would be added and changed.</para>
/// </example>
/// <example>
/// <code>Get-ChildItem ./fleet/*.yaml | Import-IHConfiguration -Replace -Force</code>
/// <para>Makes the configuration what a directory of files says, e.g. in a job that follows a Git repository.</para>
/// </example>
/// <example>
/// <code>Import-IHConfiguration ~/.config/idlehands/backups/runtimes-20261127-061500-000.json -Replace</code>
/// <para>Brings back what an import has changed.</para>
/// </example>
/// <example>
/// <code>(Import-IHConfiguration ./models.yaml -WhatIf).Difference | Where-Object Property -like *port</code>
/// <para>Looks at the ports that would change.</para>
/// </example>
/// <seealso cref="ExportIHConfigurationCommand"/>
/// <seealso cref="TestIHConfigurationCommand"/>
[Cmdlet(VerbsData.Import, "IHConfiguration", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(ConfigurationChange))]
public sealed class ImportIHConfigurationCommand : ConfigurationCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string PathReplaceSet = "PathReplace";
    private const string LiteralPathReplaceSet = "LiteralPathReplace";
    private const int RemovalsShown = 5;
    private readonly List<string> _files = [];

    /// <summary>The files to apply. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = PathReplaceSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The same, taken as they are: no character is a wildcard. Files from Get-ChildItem bind to it.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathReplaceSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>How the files are written. Where it is not given, .yaml, .yml and .json tell it, and otherwise the first character.</summary>
    [Parameter]
    [ValidateSet("Yaml", "Json")]
    public string? Format { get; set; }

    /// <summary>Add and change, and remove nothing. That is what happens without it, too.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Merge { get; set; }

    /// <summary>Make the configuration just what the files say: also remove what they do not name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathReplaceSet)]
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathReplaceSet)]
    public SwitchParameter Replace { get; set; }

    /// <summary>Remove entries without a question.</summary>
    [Parameter(ParameterSetName = PathReplaceSet)]
    [Parameter(ParameterSetName = LiteralPathReplaceSet)]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        bool isLiteral = ParameterSetName is LiteralPathSet or LiteralPathReplaceSet;
        foreach (string path in isLiteral ? LiteralPath : Path)
        {
            _files.AddRange(LocalPaths.Resolve(this, path, isLiteral, WriteFailure, Failures.NoImportFile));
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        // With one of the files missing, -Replace would remove what it holds.
        if (HasFailed || _files.Count == 0)
        {
            return;
        }

        ConfigurationStore? store = null;
        ConfigurationImport? import = null;
        ImportPlan? plan = null;
        Run(_ =>
        {
            store = OpenStore();
            bool? isYaml = Format?.Equals("Yaml", StringComparison.OrdinalIgnoreCase);
            import = new(store, [.. _files.Distinct().Select(file => ImportFile.Read(file, isYaml, YamlAssemblies.Read))], Replace);
            plan = import.Plan();
            return Task.CompletedTask;
        });
        if (plan is null || !IsSound(plan))
        {
            return;
        }

        if (!plan.HasChanges)
        {
            WriteVerbose($"'{store!.Path}' is as the files want it; nothing was written.");
            Show(plan.Changes, store.Path);
        }
        else if (IsWanted(plan, store!.Path))
        {
            Run(async token => Show(await import!.ApplyAsync(plan, token).ConfigureAwait(false), store.Path));
        }
    }

    private void Show(IEnumerable<ConfigurationChange> changes, string path)
    {
        foreach (ConfigurationChange change in changes)
        {
            WriteObject(change with { Path = path });
        }
    }

    /// <summary>Says all that is wrong or odd; false where something is wrong.</summary>
    private bool IsSound(ImportPlan plan)
    {
        foreach ((string? file, ConfigurationFinding finding) in plan.Findings)
        {
            if (finding.Severity == ConfigurationFinding.Warning)
            {
                WriteWarning(FormattableString.Invariant($"{file}, line {finding.Line}: {finding.Message}"));
            }
            else
            {
                WriteFailure(ConfigurationException.NotImportable(file, finding));
            }
        }

        return !plan.IsBroken;
    }

    /// <summary>Asks PowerShell whether to go on, and the user before entries are removed.</summary>
    private bool IsWanted(ImportPlan plan, string path)
    {
        string action = $"Import ({Count(ConfigurationAction.Add)} to add, {Count(ConfigurationAction.Change)} to change, {Count(ConfigurationAction.Remove)} to remove)";
        int Count(string word) => plan.Changes.Count(change => change.Action == word);
        try
        {
            if (ShouldProcess($"Performing the operation \"{action}\" on target \"{path}\".", $"{action} on '{path}'?", "Confirm", out ShouldProcessReason reason))
            {
                return Force || !MustAsk(plan) || ShouldContinue(Removals(plan, path), "Remove entries");
            }

            if (reason == ShouldProcessReason.WhatIf)
            {
                Show(plan.Changes, path);
            }

            return false;
        }
        catch (Exception exception) when (Failures.IsUnanswered(exception))
        {
            WriteFailure(Failures.CannotAsk(action, $"on '{path}'", exception), path);
            return false;
        }
    }

    /// <summary>A removal has a high impact. Where less is asked about, or -Confirm is given, the question has been put already.</summary>
    private bool MustAsk(ImportPlan plan) =>
        plan.Changes.Any(change => change.Action == ConfigurationAction.Remove)
        && !MyInvocation.BoundParameters.ContainsKey("Confirm")
        && LanguagePrimitives.TryConvertTo(GetVariableValue("ConfirmPreference"), out ConfirmImpact asked)
        && asked == ConfirmImpact.High;

    private static string Removals(ImportPlan plan, string path)
    {
        string[] all = [.. plan.Changes.Where(change => change.Action == ConfigurationAction.Remove).Select(change => $"{change.Section.ToLowerInvariant()} '{change.Id}'")];
        string shown = string.Join(", ", all.Take(RemovalsShown)) + (all.Length > RemovalsShown ? $" and {all.Length - RemovalsShown} more" : string.Empty);
        return $"The files do not name {shown}. Remove from '{path}'?";
    }
}
