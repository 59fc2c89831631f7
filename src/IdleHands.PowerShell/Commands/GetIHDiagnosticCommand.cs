using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Diagnostics;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Looks for what keeps hosts, backends and models from working, and says what mends it.</summary>
/// <remarks>
/// <para>It looks at the configuration, at the files of this machine, and at each enabled host: whether it can be reached, its shell, the programs that commands name, the files of models with all their parts, their ports, the verify commands of backends, the directory and disk of the logs, the clock. All hosts are looked at at once, and findings are emitted as they are known; a host that can't be reached costs its own time limit, and is one finding. Nothing is changed anywhere, and no model is started or stopped.</para>
/// <para>Where nothing is found, nothing is emitted. Each finding has a severity, the id of its rule, the entry that it is about, why it matters, and what mends it. Error: as things are, using the entry fails. Warning: it works in part, or not for long, or is not safe. Information: worth to know. docs/diagnostics.md explains every rule.</para>
/// <para>With -HostId, only what is about these hosts is told; a host that is named is looked at also while it is disabled. With -RuleId, hosts are looked at only where a rule needs that, and one that can't be is still told, because the silence of the others would mean nothing.</para>
/// </remarks>
/// <example>
/// <code>Get-IHDiagnostic</code>
/// <para>Looks at everything.</para>
/// </example>
/// <example>
/// <code>Get-IHDiagnostic -Severity Warning | Format-List</code>
/// <para>Shows what should be mended, with reasons and commands.</para>
/// </example>
/// <example>
/// <code>if (-not (Get-IHDiagnostic gpu* -Quiet)) { throw 'The GPU hosts are not in order.' }</code>
/// <para>Goes on only when nothing grave is found on some hosts.</para>
/// </example>
/// <example>
/// <code>Get-IHDiagnostic -RuleId ModelFileMissing, ProgramMissing</code>
/// <para>Looks for files and programs that lack.</para>
/// </example>
/// <example>
/// <code>Get-IHDiagnostic | Group-Object RuleId</code>
/// <para>Counts the findings of each rule.</para>
/// </example>
/// <seealso cref="TestIHConfigurationCommand"/>
/// <seealso cref="TestIHHealthCommand"/>
/// <seealso cref="TestIHHostCommand"/>
[Cmdlet(VerbsCommon.Get, "IHDiagnostic")]
[OutputType(typeof(DiagnosticFinding), typeof(bool))]
public sealed class GetIHDiagnosticCommand : ConfigurationCommand
{
    private readonly List<string> _hosts = [];
    private volatile bool _anyFound;

    /// <summary>Only what is about these hosts. Wildcards are allowed. Everything where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Get-IHDiagnostic")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? HostId { get; set; }

    /// <summary>Only the findings of these rules. Wildcards are allowed. All rules where it is not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    [SupportsWildcards]
    public string[]? RuleId { get; set; }

    /// <summary>The least grave severity to emit: Error, Warning or Information. Information where it is not given; with -Quiet, Warning.</summary>
    [Parameter]
    [ValidateSet(DiagnosticSeverity.Error, DiagnosticSeverity.Warning, DiagnosticSeverity.Information)]
    public string? Severity { get; set; }

    /// <summary>Emit True or False: whether nothing was found of the severity Warning or graver, or of -Severity.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>How many hosts are looked at at once. 32 where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = 32;

    /// <inheritdoc />
    protected override void ProcessRecord() => _hosts.AddRange(Resolve(HostKind.Instance, HostId ?? []).Select(host => host.Id));

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (ReadConfiguration() is { } configuration && FindRules() is var rules && (RuleId is null || rules.Count > 0))
        {
            string least = Severity ?? (Quiet ? DiagnosticSeverity.Warning : DiagnosticSeverity.Information);
            var options = new DiagnosticOptions
            {
                HostIds = HostId is null && !MyInvocation.ExpectingInput ? null : NameList.From(_hosts.Distinct()),
                RuleIds = RuleId is null ? null : rules,
                Severity = DiagnosticSeverity.All.First(word => word.Equals(least, StringComparison.OrdinalIgnoreCase)),
                ThrottleLimit = ThrottleLimit,
            };
            Run(token => ExamineAsync(configuration, options, token));
        }

        if (Quiet)
        {
            WriteObject(!_anyFound && !HasFailed);
        }
    }

    private async Task ExamineAsync(RuntimeConfiguration configuration, DiagnosticOptions options, CancellationToken cancellationToken)
    {
        var doctor = new Doctor(configuration, IdleHandsPaths.FromEnvironment(), Recorded, Connect, options, Secrets);
        await foreach (DiagnosticFinding finding in doctor.ExamineAsync(cancellationToken).ConfigureAwait(false))
        {
            _anyFound = true;
            if (!Quiet)
            {
                WriteObject(finding);
            }
        }
    }

    /// <summary>The rules that are meant. A literal id that isn't there is an error; a wildcard without a match is silent.</summary>
    private NameList FindRules()
    {
        var found = new List<string>();
        foreach (string pattern in RuleId ?? [])
        {
            DiagnosticRule[] matches = Matches(DiagnosticRule.All, rule => rule.Id, pattern);
            found.AddRange(matches.Select(rule => rule.Id));
            if (matches.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                WriteFailure(Failures.RuleNotFound(pattern));
            }
        }

        return NameList.From(found.Distinct(StringComparer.Ordinal));
    }
}
