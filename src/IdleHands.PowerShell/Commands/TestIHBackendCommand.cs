using System.Management.Automation;
using IdleHands.Health;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Runs the verify commands of backends on hosts.</summary>
/// <remarks>
/// <para>Each backend is verified on each enabled host that its host filter admits, or on the hosts that are named. All run at once, and each result is emitted as soon as it is known. A backend without a verify command is well when the host's shell answers.</para>
/// <para>Without -Id all enabled backends are verified; a backend that is named is verified also while it is disabled.</para>
/// </remarks>
/// <example>
/// <code>Test-IHBackend</code>
/// <para>Verifies all enabled backends wherever they may run.</para>
/// </example>
/// <example>
/// <code>Test-IHBackend vulkan -HostId workstation | Format-List</code>
/// <para>Verifies one backend on one host, and shows what its command wrote.</para>
/// </example>
/// <seealso cref="SetIHBackendCommand"/>
/// <seealso cref="TestIHHostCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "IHBackend")]
[OutputType(typeof(BackendTestResult))]
public sealed class TestIHBackendCommand : ConfigurationCommand
{
    private readonly Dictionary<string, RuntimeBackend> _backends = new(StringComparer.Ordinal);

    /// <summary>Ids of the backends to verify. Wildcards are allowed. All enabled backends where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [IdsOf(EntryKinds.Backend, "Test-IHBackend")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackendIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>Ids of the hosts to verify them on. Wildcards are allowed. All enabled hosts that the backend's host filter admits where it is not given.</summary>
    [Parameter]
    [IdsOf(EntryKinds.Host, "-HostId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? HostId { get; set; }

    /// <summary>How many are verified at once. 32 where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = 32;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (RuntimeBackend backend in Resolve(BackendKind.Instance, Id ?? ["*"]).Where(backend => Id is not null || backend.Enabled))
        {
            _backends.TryAdd(backend.Id, backend);
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (ReadConfiguration() is not { } configuration)
        {
            return;
        }

        IReadOnlyList<RuntimeHost> hosts = HostId is null
            ? [.. configuration.Hosts.Where(host => host.Enabled)]
            : [.. Resolve(HostKind.Instance, HostId).DistinctBy(host => host.Id)];
        IEnumerable<(RuntimeBackend, RuntimeHost)> pairs =
            from backend in _backends.Values
            from host in hosts
            where HostId is not null || backend.HostFilter.Admits(host.Id)
            select (backend, host);
        Run(token => BackendTester.TestAsync(pairs, Connect, Secrets, ThrottleLimit, WriteObject, token));
    }
}
