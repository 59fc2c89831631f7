using System.Net;
using System.Net.Sockets;

namespace IdleHands.Samples.Quickstart;

/// <summary>A model of the tour.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Port">A free port.</param>
/// <param name="Options">What its start command has beside the common part.</param>
internal sealed record TourModel(string Id, int Port, string Options);

/// <summary>What the tour works with: the sample server, or a real llama-server.</summary>
internal sealed record Scenario
{
    /// <summary>The weights.</summary>
    public required string ModelFile { get; init; }

    /// <summary>The part of the start commands that all models share.</summary>
    public required string StartCommand { get; init; }

    /// <summary>The first model.</summary>
    public required TourModel Chat { get; init; }

    /// <summary>The second one; takes longer to load.</summary>
    public required TourModel Coder { get; init; }

    /// <summary>One that fails to start.</summary>
    public required TourModel Broken { get; init; }

    public static Scenario From(Arguments arguments, Workspace workspace)
    {
        int[] ports = FindFreePorts(3);
        if (arguments.LlamaServer is { } server)
        {
            Workspace.AddToPath(Path.GetDirectoryName(server)!);
            return new Scenario
            {
                ModelFile = arguments.Model!,
                StartCommand = Path.GetFileName(server) + " -m {source} --host {host} --port {port} --alias {model_id}",
                Chat = new TourModel("chat", ports[0], "-c 2048"),
                Coder = new TourModel("coder", ports[1], "-c 4096"),
                Broken = new TourModel("broken", ports[2], "--no-such-option"),
            };
        }

        return new Scenario
        {
            ModelFile = workspace.CreateModelFile(),

            // Whatever happens to this program, no server outlives it by long.
            StartCommand = "sample-server -m {source} --host {host} --port {port} --alias {model_id} --lifetime 300",
            Chat = new TourModel("chat", ports[0], "--load-time 1.5"),
            Coder = new TourModel("coder", ports[1], "--load-time 4"),
            Broken = new TourModel("broken", ports[2], "--load-time 4 --crash-after 1 --crash-message 'cudaMalloc failed: out of memory'"),
        };
    }

    /// <summary>Ports of 127.0.0.1 that nobody uses, below those that systems give to outgoing connections, above those of the tests.</summary>
    private static int[] FindFreePorts(int count)
    {
        var ports = new List<int>();
        for (int port = Random.Shared.Next(30000, 32000); ports.Count < count; port++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken.
            }
        }

        return [.. ports];
    }
}
