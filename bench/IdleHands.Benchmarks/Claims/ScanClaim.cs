using System.Globalization;
using System.Management.Automation;
using System.Net.Sockets;
using IdleHands.Testing;

namespace IdleHands.Benchmarks.Claims;

/// <summary>
/// Test-IHHealth over 101 ports of a host without check command and models, two servers among them. Beside it one
/// HttpClient without proxy asks the same ports, all at once, for /v1/models, and reads what is answered.
/// </summary>
internal sealed class ScanClaim : IClaim
{
    private const int Ports = 101;
    private const double Limit = 2;

    public string Name => "scan";

    public async Task<IReadOnlyList<Comparison>> MeasureAsync(bool quick)
    {
        using var files = new TemporaryPaths();
        await files.WriteAsync(new RuntimeConfiguration { Hosts = [new RuntimeHost { Id = "here", DisplayName = "here" }] });
        using var model = new SampleModelFile();
        int lowest = FindFreeRange();
        await using SampleServerProcess first = await StartAsync(model, lowest + 20);
        await using SampleServerProcess second = await StartAsync(model, lowest + 80);

        using var engine = new HostedEngine();
        engine.Import(BuiltFiles.StagedModule);
        string script = string.Create(CultureInfo.InvariantCulture, $"Test-IHHealth -ScanPorts {lowest}-{lowest + Ports - 1}");
        (double subject, double baseline) = await Interleaved.MediansAsync(
            () => Interleaved.TimeAsync(() => Expect(engine.Run(script).Count(IsReadyServer))),
            () => Interleaved.TimeAsync(async () => Expect(await ScanAsync(lowest))),
            warmUps: 30,
            quick ? 20 : 100);
        return [new($"Test-IHHealth over {Ports} ports / a bare HttpClient scan", subject, baseline, Limit)];
    }

    private static bool IsReadyServer(PSObject row) =>
        row.Properties["Section"].Value.ToString() == "Discovered" && row.Properties["Status"].Value.ToString() == "ready";

    private static void Expect(int found)
    {
        if (found != 2)
        {
            throw new InvalidOperationException($"{found} servers were found, not 2.");
        }
    }

    private static async Task<int> ScanAsync(int lowest)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        bool[] answers = await Task.WhenAll(Enumerable.Range(lowest, Ports).Select(port => AnswersAsync(client, port)));
        return answers.Count(answered => answered);
    }

    private static async Task<bool> AnswersAsync(HttpClient client, int port)
    {
        try
        {
            string models = await client.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/v1/models")));
            return models.Length > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<SampleServerProcess> StartAsync(SampleModelFile model, int port)
    {
        var server = SampleServerProcess.StartRaw(port, "-m", model.FilePath, "--port", port.ToString(CultureInfo.InvariantCulture));
        await server.WaitUntilReadyAsync(CancellationToken.None);
        return server;
    }

    /// <summary>Lowest of 101 ports in a row on which nobody listens.</summary>
    private static int FindFreeRange()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int lowest = SampleServerProcess.FindFreePort();
            if (Enumerable.Range(lowest, Ports).All(IsFree))
            {
                return lowest;
            }
        }

        throw new InvalidOperationException($"There are no {Ports} free ports in a row.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
