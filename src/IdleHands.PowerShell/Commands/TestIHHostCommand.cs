using System.Management.Automation;
using IdleHands.Health;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Runs the check commands of hosts.</summary>
/// <remarks>
/// <para>All hosts are checked at once, and each result is emitted as soon as it is known; a host that can't be reached costs its own time limit, and its result says why. A host without a check command is well when its shell answers.</para>
/// <para>Without -Id all enabled hosts are checked; a host that is named is checked also while it is disabled.</para>
/// </remarks>
/// <example>
/// <code>Test-IHHost</code>
/// <para>Checks all enabled hosts.</para>
/// </example>
/// <example>
/// <code>Test-IHHost gpu* | Where-Object -Not Success | Format-List</code>
/// <para>Shows the hosts that are not well, with what their commands wrote.</para>
/// </example>
/// <example>
/// <code>if (Test-IHHost workstation -Quiet) { Select-IHModel qwen3-coder-q4 }</code>
/// <para>Goes on only when the host is well.</para>
/// </example>
/// <seealso cref="SetIHHostCommand"/>
/// <seealso cref="TestIHBackendCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "IHHost")]
[OutputType(typeof(HostTestResult), typeof(bool))]
public sealed class TestIHHostCommand : ConfigurationCommand
{
    private readonly Dictionary<string, RuntimeHost> _hosts = new(StringComparer.Ordinal);
    private volatile bool _anyUnwell;

    /// <summary>Ids of the hosts to check. Wildcards are allowed. All enabled hosts where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Host, "Test-IHHost")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>Emit True or False: whether all of them are well.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>How many hosts are checked at once. 32 where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = 32;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (RuntimeHost host in Resolve(HostKind.Instance, Id ?? ["*"]).Where(host => Id is not null || host.Enabled))
        {
            _hosts.TryAdd(host.Id, host);
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        Run(token => HostTester.TestAsync(_hosts.Values, Connect, ThrottleLimit, Report, token));
        if (Quiet)
        {
            WriteObject(!_anyUnwell && !HasFailed);
        }
    }

    private void Report(HostTestResult result)
    {
        if (!Quiet)
        {
            WriteObject(result);
        }

        if (!result.Success)
        {
            _anyUnwell = true;
        }
    }
}
