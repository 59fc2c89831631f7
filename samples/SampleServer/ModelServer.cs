using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>The life of the server: bind, load, serve, end.</summary>
internal sealed class ModelServer(ServerOptions options, Lifecycle lifecycle)
{
    /// <summary>A real server needs about this long to find out that it can't load a model; a probe may see a 503 meanwhile.</summary>
    private static readonly TimeSpan FailureDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LoadLogInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FilePause = TimeSpan.FromMilliseconds(20);

    private Socket? _listener;

    /// <summary>Runs to the end and gives the exit code.</summary>
    public int Run()
    {
        Log.Line("build: sample-server, a llama-server look-alike (see --help)");
        foreach (string ignored in options.Ignored)
        {
            Log.Line("main: option accepted without effect: " + ignored);
        }

        if (!Bind())
        {
            return 1;
        }

        var router = new Router(options, lifecycle);
        lifecycle.HandleSignals(() => _listener!.Dispose());
        new Thread(() => Accept(router)) { IsBackground = true, Name = "accept" }.Start();
        Log.Line($"main: HTTP server is listening, hostname: {options.Host}, port: {Port}");

        return Load() ?? Serve(router);
    }

    private int Port => ((IPEndPoint)_listener!.LocalEndPoint!).Port;

    private bool Bind()
    {
        IPAddress? address = options.Host switch
        {
            "localhost" => IPAddress.Loopback,
            "0.0.0.0" => IPAddress.Loopback,
            "::" => IPAddress.IPv6Loopback,
            _ => IPAddress.TryParse(options.Host, out IPAddress? parsed) ? parsed : null,
        };
        if (options.Host is "0.0.0.0" or "::")
        {
            Log.Line($"main: {options.Host} asked for, the sample server binds {address} only");
        }

        if (address is not null)
        {
            var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.Bind(new IPEndPoint(address, options.Port));
                listener.Listen(512);
                _listener = listener;
                return true;
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }

        Log.Line($"start: couldn't bind HTTP server socket, hostname: {options.Host}, port: {options.Port}");
        Log.Line("main: exiting due to HTTP server error");
        return false;
    }

    private void Accept(Router router)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = _listener!.Accept();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }

            new Thread(() => new HttpConnection(client, router, lifecycle).Serve()) { IsBackground = true, Name = "client" }.Start();
        }
    }

    /// <summary>Loads; gives an exit code where that is the end.</summary>
    private int? Load()
    {
        Log.Line("main: loading model");
        Log.Line($"srv    load_model: loading model '{options.Model}'");
        if (FindProblem() is { } problem)
        {
            int? ended = lifecycle.Wait(FailureDelay);
            return ended ?? FailToLoad(problem);
        }

        TimeSpan end = options.CrashAfter ?? options.LoadTime;
        TimeSpan whole = end > options.LoadTime ? end : options.LoadTime;
        while (end - lifecycle.Elapsed is { Ticks: > 0 } left)
        {
            // A wait counts whole milliseconds; what is left of the last one would be waited for again and again.
            var pause = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Min(left.TotalMilliseconds, LoadLogInterval.TotalMilliseconds)));
            if (lifecycle.Wait(pause) is { } exitCode)
            {
                return exitCode;
            }

            if (!options.QuietLoad)
            {
                Log.Line($"load_tensors: loading model tensors, {Math.Min(100, 100 * lifecycle.Elapsed / whole):0} %");
            }
        }

        return options.CrashAfter is null
            ? WaitForFile(options.LoadUntil)
            : Crash("/ggml/src/ggml.c:1: GGML_ASSERT(ctx->mem_buffer != NULL) failed");
    }

    private int Serve(Router router)
    {
        LogBuffers();
        router.BecomeReady(() =>
        {
            Log.Line("main: model loaded");
            Log.Line($"main: server is listening on http://{options.Host}:{Port} - starting the main loop");
            Log.Line("srv  update_slots: all slots are idle");
        });
        int? ended = options.DieOn is null ? lifecycle.Wait(options.DieAfter) : WaitForFile(options.DieOn);
        return ended ?? Crash("/ggml/src/ggml-backend.cpp:1: GGML_ASSERT(buffer) failed");
    }

    /// <summary>What llama-server says of the memory it has allocated: the file for the weights, 32 KiB of cache a token.</summary>
    private void LogBuffers()
    {
        if (options.Owner is not null)
        {
            return; // Only llama.cpp says so.
        }

        const double BytesPerMiB = 1024 * 1024;
        const double CacheMiBPerToken = 32.0 / 1024;
        string model = options.Device == "CPU" ? "CPU_Mapped" : options.Device;
        Log.Line(Invariant($"load_tensors: {model,12} model buffer size = {new FileInfo(options.Model).Length / BytesPerMiB,8:0.00} MiB"));
        Log.Line(Invariant($"llama_kv_cache: {options.Device,10} KV buffer size = {options.ContextSize * CacheMiBPerToken,8:0.00} MiB"));
        Log.Line(Invariant($"llama_context: {options.Device,10} compute buffer size = {64,8:0.00} MiB"));
    }

    private static string Invariant(FormattableString text) => text.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits until a file is there, where one is named; gives an exit code where the end comes first.</summary>
    private int? WaitForFile(string? path)
    {
        while (path is not null && !File.Exists(path))
        {
            if (lifecycle.Wait(FilePause) is { } exitCode)
            {
                return exitCode;
            }
        }

        return null;
    }

    private string? FindProblem()
    {
        if (options.Owner is not null && !File.Exists(options.Model))
        {
            return null; // A repository or a tag of another engine.
        }

        Span<byte> magic = stackalloc byte[4];
        try
        {
            using FileStream file = File.OpenRead(options.Model);
            int length = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
            return magic[..length].SequenceEqual("GGUF"u8)
                ? null
                : $"gguf_init_from_file_impl: invalid magic characters: '{Encoding.Latin1.GetString(magic[..length])}', expected 'GGUF'";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string reason = exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
                UnauthorizedAccessException when Directory.Exists(options.Model) => "Is a directory",
                UnauthorizedAccessException => "Permission denied",
                _ => exception.Message,
            };
            return $"gguf_init_from_file: failed to open GGUF file '{options.Model}' ({reason})";
        }
    }

    private int FailToLoad(string problem)
    {
        Log.Line(problem);
        Log.Line($"llama_model_load: error loading model: llama_model_loader: failed to load model from {options.Model}");
        Log.Line($"srv    load_model: failed to load model, '{options.Model}'");
        Log.Line("srv    operator(): operator(): cleaning up before exit...");
        Log.Line("main: exiting due to model loading error");
        return 1;
    }

    private int Crash(string message)
    {
        Log.Line(options.CrashMessage ?? message);
        Log.Line("Aborted (core dumped)");
        return options.CrashCode;
    }
}
