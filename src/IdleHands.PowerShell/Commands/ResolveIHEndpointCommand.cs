using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.PowerShell.Selecting;
using IdleHands.Sessions;

namespace IdleHands.PowerShell.Commands;

/// <summary>Finds the address that a session should talk to.</summary>
/// <remarks>
/// <para>The first that applies: -Endpoint, the endpoint of the active runtime where it is ready, endpoint in config.json of the configuration directory. The result says which it was, and why those before it did not apply.</para>
/// </remarks>
/// <example>
/// <code>(Resolve-IHEndpoint).Endpoint</code>
/// <para>The address of what runs, or the configured one.</para>
/// </example>
/// <example>
/// <code>Resolve-IHEndpoint | Format-List</code>
/// <para>Shows also where it came from and what was passed over.</para>
/// </example>
/// <seealso cref="GetIHRuntimeCommand"/>
[Cmdlet(VerbsDiagnostic.Resolve, "IHEndpoint")]
[OutputType(typeof(EndpointResolution))]
public sealed class ResolveIHEndpointCommand : AsyncPSCmdlet
{
    /// <summary>The address to use whatever runs; an absolute http or https address.</summary>
    [Parameter(Position = 0)]
    public string? Endpoint { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing() => Run(async token =>
    {
        var paths = IdleHandsPaths.FromEnvironment();
        ActiveRuntime? active = Endpoint is null ? await RecordedRuntime.LookAsync(this, Secrets, token).ConfigureAwait(false) : null;
        WriteObject(await EndpointResolver.ResolveAsync(Endpoint, active, paths.ConfigurationDirectory, token).ConfigureAwait(false));
    });
}
