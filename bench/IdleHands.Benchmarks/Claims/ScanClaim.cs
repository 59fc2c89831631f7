using System.Management.Automation;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// Test-IHHealth over 101 ports of a host without check command and models, two servers among them. Beside it one
/// HttpClient without proxy asks the same ports, all at once, for /v1/models, and reads what is answered.
/// </summary>
internal sealed class ScanClaim : IClaim
{
    private const double Limit = 2;

    public string Name => "scan";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var files = new TemporaryPaths();
        await files.WriteAsync(new RuntimeConfiguration { Hosts = [new RuntimeHost { Id = "here", DisplayName = "here" }] });
        await using PortRange ports = await PortRange.StartAsync(20, 80);

        using var engine = new HostedEngine();
        engine.Import(BuiltFiles.StagedModule);
        string script = $"Test-IHHealth -ScanPorts {ports.Text}";
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => ports.Expect(engine.Run(script).Count(IsReadyServer))),
            () => Interleaved.TimeAsync(ports.ScanBareAsync),
            warmUps: 30,
            quick ? 20 : 100);
        return [new($"Test-IHHealth over {PortRange.Count} ports / a bare HttpClient scan", subject, baseline, Limit)];
    }

    private static bool IsReadyServer(PSObject row) =>
        row.Properties["Section"].Value.ToString() == "Discovered" && row.Properties["Status"].Value.ToString() == "ready";
}
