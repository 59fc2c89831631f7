using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.Health;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Looks at hosts, models and ports now, and says which are ready, loading, down or unknown.</summary>
/// <remarks>
/// <para>Three sections: Host (its check command), Model (each enabled model on each host that it may run on) and Discovered (whatever answers on a port). Everything is looked at at once, and a row is emitted as soon as it is known; a host that hangs holds up its own rows only.</para>
/// <para>ready: a model server answers, and nothing says that it loads. loading: it answers 503. down: nobody listens, or no answer came in time, or another model has the port. unknown: anything else, such as a web page or a server that asks for a key; Detail says what.</para>
/// <para>Ports 8080 to 8090 and those of the configured models are looked at, or just -ScanPorts. Ports on which nobody answers are left out of Discovered unless -IncludeDown is given.</para>
/// <para>On the way it keeps the logs of launches within bounds, as about_IdleHands_Troubleshooting tells.</para>
/// </remarks>
/// <example>
/// <code>Test-IHHealth</code>
/// <para>Looks at everything.</para>
/// </example>
/// <example>
/// <code>Test-IHHealth | Where-Object Status -eq loading</code>
/// <para>Shows what loads at the moment.</para>
/// </example>
/// <example>
/// <code>Test-IHHealth -ScanPorts 8000-8100,9000 | Where-Object Unconfigured</code>
/// <para>Finds servers whose models are not in the configuration.</para>
/// </example>
/// <seealso cref="TestIHHostCommand"/>
/// <seealso cref="GetIHRuntimeCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "IHHealth")]
[OutputType(typeof(HealthResult))]
public sealed class TestIHHealthCommand : ConfigurationCommand
{
    private readonly List<string> _models = [];

    /// <summary>Only these models' rows. Wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [IdsOf(EntryKinds.Model, "Test-IHHealth", TakesNews = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>Only these hosts, in every section. Wildcards are allowed.</summary>
    [Parameter]
    [IdsOf(EntryKinds.Host, "-HostId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? HostId { get; set; }

    /// <summary>Ports to look for servers on: 8000-8100, a list, or both. Takes the place of the default ports.</summary>
    [Parameter]
    [PortSetTransform]
    [ArgumentCompleter(typeof(PortSetCompleter))]
    public PortSet? ScanPorts { get; set; }

    /// <summary>Emit a row also for a scanned port on which nobody answers.</summary>
    [Parameter]
    public SwitchParameter IncludeDown { get; set; }

    /// <summary>Seconds to wait for one answer. 5 where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 5;

    /// <summary>How many hosts are looked at at once. 32 where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = 32;

    private protected override bool KnowsRunning => true;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (Id is not null)
        {
            _models.AddRange(Resolve(ModelKind.Instance, Id).Select(model => model.Id));
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (ReadConfiguration() is not { } configuration)
        {
            return;
        }

        NameList? hosts = HostId is null ? null : NameList.From(Resolve(HostKind.Instance, HostId).Select(host => host.Id).Distinct());
        var options = new HealthOptions
        {
            HostIds = hosts,
            ModelIds = Id is null && !MyInvocation.ExpectingInput ? null : NameList.From(_models.Distinct()),
            ScanPorts = ScanPorts,
            IncludeDown = IncludeDown,
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            ThrottleLimit = ThrottleLimit,
        };
        Run(async token =>
        {
            Housekeeping.Run(IdleHandsPaths.FromEnvironment());
            var checker = new HealthChecker(configuration, Recorded, Connect, options, secrets: Secrets);
            await foreach (HealthResult row in checker.CheckAsync(token).ConfigureAwait(false))
            {
                WriteObject(row);
            }
        });
    }
}
