using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace IdleHands.Testing;

/// <summary>
/// A running sample server. Its log is captured; on dispose it is killed by its own process id. The static members
/// serve tests whose subject starts the server itself.
/// </summary>
public sealed class SampleServerProcess : IAsyncDisposable
{
    private const int LowestPort = 20000;
    private const int BlockSize = 1000;
    private const int Blocks = 10;
    private static readonly Socket s_block = LeaseBlock();
    private static int s_lastPort;
    private readonly Process _process;
    private readonly LineLog _log = new();

    private SampleServerProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    /// <summary>Path of the built executable.</summary>
    public static string ExecutablePath { get; } = FindExecutable();

    public int Port { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public Uri BaseAddress => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));

    /// <summary>The lines logged so far.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>
    /// A port of 127.0.0.1 on which nobody listens. Below the range from which systems take ports of outgoing
    /// connections, and in a block that no other test process uses, so that none of these takes it before its server
    /// does; given again only after all others of the block.
    /// </summary>
    public static int FindFreePort()
    {
        int first = ((IPEndPoint)s_block.LocalEndPoint!).Port;
        for (int attempt = 0; attempt < BlockSize; attempt++)
        {
            int port = first + (int)((uint)Interlocked.Increment(ref s_lastPort) % BlockSize);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next one.
            }
        }

        throw new InvalidOperationException("no free port");
    }

    /// <summary>Takes a block of ports for this process, which listens on the first one for as long as it lives.</summary>
    private static Socket LeaseBlock()
    {
        int start = Random.Shared.Next(Blocks);
        for (int block = 0; block < Blocks; block++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, LowestPort + ((start + block) % Blocks * BlockSize)));
                socket.Listen();
                return socket;
            }
            catch (SocketException)
            {
                // Another process has it.
                socket.Dispose();
            }
        }

        throw new InvalidOperationException("no free block of ports");
    }

    /// <summary>Starts a server with exactly these arguments.</summary>
    /// <param name="port">The port that the arguments name, for <see cref="Port"/>.</param>
    /// <param name="arguments">The whole command line.</param>
    public static SampleServerProcess StartRaw(int port, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(ExecutablePath, arguments) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment.Remove("LLAMA_API_KEY");
        var server = new SampleServerProcess(new Process { StartInfo = start }, port);
        server._process.ErrorDataReceived += (_, line) => server._log.Append(line.Data);
        server._process.Start();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Starts a server of this model on a free port, with further arguments.</summary>
    public static SampleServerProcess Start(SampleModelFile model, params IReadOnlyList<string> arguments)
    {
        int port = FindFreePort();
        return StartRaw(port, ["-m", model.FilePath, "--port", port.ToString(CultureInfo.InvariantCulture), "--lifetime", "120", .. arguments]);
    }

    /// <summary>Starts a server of this model and waits until it is ready.</summary>
    public static async Task<SampleServerProcess> StartReadyAsync(
        SampleModelFile model, CancellationToken cancellationToken, params IReadOnlyList<string> arguments)
    {
        SampleServerProcess server = Start(model, arguments);
        try
        {
            await server.WaitUntilReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a server on a port, whoever started it, answers <c>/health</c> with this status.</summary>
    public static async Task WaitForHealthAsync(int port, HttpStatusCode status, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/health"));
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(address, cancellationToken);
                if (answer.StatusCode == status)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Waits until it accepts connections; it may still load.</summary>
    public Task WaitUntilListeningAsync(CancellationToken cancellationToken) =>
        WaitForLogAsync("HTTP server is listening", cancellationToken);

    /// <summary>Waits until the model is loaded.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        WaitForLogAsync("starting the main loop", cancellationToken);

    /// <summary>Waits until a line of the log holds this text.</summary>
    /// <exception cref="InvalidOperationException">The server ended without it; the message holds its log.</exception>
    public Task WaitForLogAsync(string text, CancellationToken cancellationToken) => _log.WaitForAsync(text, 1, cancellationToken);

    /// <summary>Waits for its end and gives its exit code; the log is whole then.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM. Not on Windows.</summary>
    public void Terminate()
    {
        const int Sigterm = 15;
        if (SendSignal(_process.Id, Sigterm) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Kills it, as a crash would.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string FindExecutable()
    {
        string directory = typeof(SampleServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "SampleServerDirectory").Value!;
        return Path.GetFullPath(Path.Combine(directory, OperatingSystem.IsWindows() ? "sample-server.exe" : "sample-server"));
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
