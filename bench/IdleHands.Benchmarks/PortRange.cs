using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IdleHands.Testing;

namespace IdleHands.Benchmarks;

/// <summary>101 ports in a row of 127.0.0.1, with sample servers on some of them.</summary>
internal sealed class PortRange : IAsyncDisposable
{
    public const int Count = 101;

    private readonly SampleModelFile _model = new();
    private readonly List<SampleServerProcess> _servers = [];

    private PortRange(int lowest) => Lowest = lowest;

    public int Lowest { get; }

    /// <summary>The ports, as -ScanPorts takes them.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Lowest}-{Lowest + Count - 1}");

    /// <summary>Finds such ports, and waits until the servers are ready.</summary>
    /// <param name="offsets">Where in the range a server listens.</param>
    public static async Task<PortRange> StartAsync(params int[] offsets)
    {
        var range = new PortRange(FindFree());
        try
        {
            foreach (int offset in offsets)
            {
                await range.AddServerAsync(range.Lowest + offset);
            }

            return range;
        }
        catch
        {
            await range.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a bare client would do: ask all ports at once for /v1/models, and read what is answered.</summary>
    public async Task ScanBareAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        bool[] answers = await Task.WhenAll(Enumerable.Range(Lowest, Count).Select(port => AnswersAsync(client, port)));
        Expect(answers.Count(answered => answered));
    }

    /// <summary>A scan that missed a server measures something else.</summary>
    public void Expect(int found)
    {
        if (found != _servers.Count)
        {
            throw new InvalidOperationException($"{found} servers were found, not {_servers.Count}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SampleServerProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        _model.Dispose();
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

    private static int FindFree()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int lowest = SampleServerProcess.FindFreePort();
            if (Enumerable.Range(lowest, Count).All(IsFree))
            {
                return lowest;
            }
        }

        throw new InvalidOperationException($"There are no {Count} free ports in a row.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task AddServerAsync(int port)
    {
        var server = SampleServerProcess.StartRaw(port, "-m", _model.FilePath, "--port", port.ToString(CultureInfo.InvariantCulture));
        _servers.Add(server);
        await server.WaitUntilReadyAsync(CancellationToken.None);
    }
}
