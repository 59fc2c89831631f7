using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IdleHands.Core.Tests.Health;

/// <summary>Writes an answer to a request, or does something worse.</summary>
internal delegate Task Answer(Socket client, CancellationToken cancellationToken);

/// <summary>A server on a free port of 127.0.0.1 that answers each path as told, byte for byte.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, Answer> _answer;
    private readonly ConcurrentQueue<string> _paths = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _asked = new();
    private readonly ConcurrentBag<Task> _clients = [];
    private readonly Task _accepting;

    public FakeServer(Func<string, Answer> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>A server with these answers for /health and /v1/models, and 404 for all else.</summary>
    public FakeServer(Answer health, Answer models)
        : this(path => path switch { "/health" => health, "/v1/models" => models, _ => Answers.Json(404, "{}") })
    {
    }

    public int Port { get; }

    /// <summary>The paths asked, in order.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>Done once a path was asked.</summary>
    public Task Asked(string path) => Signal(path).Task.WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private TaskCompletionSource Signal(string path) =>
        _asked.GetOrAdd(path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stop.Token);
                _clients.Add(Task.Run(() => ServeAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            try
            {
                string path = await ReadPathAsync(client);
                _paths.Enqueue(path);
                Signal(path).TrySetResult();
                await _answer(path)(client, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task<string> ReadPathAsync(Socket client)
    {
        var request = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await client.ReceiveAsync(buffer, _stop.Token);
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return request.ToString().Split(' ')[1];
    }
}

/// <summary>A port on which nobody listens and that nobody else can take meanwhile.</summary>
internal sealed class RefusingPort : IDisposable
{
    private readonly Socket _holder = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingPort() => _holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)_holder.LocalEndPoint!).Port;

    public void Dispose() => _holder.Dispose();
}

/// <summary>What servers do when they are asked.</summary>
internal static class Answers
{
    public const string LlamaLoading = """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}""";

    /// <summary>Accepts, and never says a word.</summary>
    public static Answer Silence { get; } = (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>Resets the connection.</summary>
    public static Answer Reset { get; } = (client, _) =>
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        return Task.CompletedTask;
    };

    /// <summary>Says something that is not HTTP.</summary>
    public static Answer Garbage { get; } = (client, _) => SendAsync(client, "\u0001\u0002 SSH-2.0 hello\r\n\r\n"u8.ToArray());

    /// <summary>Begins an answer and sends a blank now and then for ever.</summary>
    public static Answer Drip { get; } = async (client, cancellationToken) =>
    {
        await client.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"u8.ToArray(), cancellationToken);
        while (true)
        {
            await client.SendAsync(" "u8.ToArray(), cancellationToken);
            await Task.Delay(10, cancellationToken);
        }
    };

    public static Answer Json(int status, string body, string? server = null) =>
        Http(status, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(body), server is null ? null : $"Server: {server}");

    public static Answer Html() => Http(200, "text/html", "<!doctype html><html><body>app</body></html>"u8.ToArray());

    public static Answer Http(int status, string mediaType, byte[] body, string? header = null) => async (client, _) =>
    {
        string head = $"HTTP/1.1 {status} X\r\nContent-Type: {mediaType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n"
            + (header is null ? string.Empty : header + "\r\n") + "\r\n";
        await SendAsync(client, [.. Encoding.ASCII.GetBytes(head), .. body]);
    };

    /// <summary>Answers as another does, once told to.</summary>
    public static Answer After(Task signal, Answer then) => async (client, cancellationToken) =>
    {
        await signal.WaitAsync(cancellationToken);
        await then(client, cancellationToken);
    };

    /// <summary>A list of models as most servers write it.</summary>
    public static string List(string owner, params string[] ids) =>
        $$"""{"object":"list","data":[{{string.Join(",", ids.Select(id => $$"""{"id":"{{id}}","object":"model","owned_by":"{{owner}}"}"""))}}]}""";

    private static async Task SendAsync(Socket client, byte[] bytes)
    {
        await client.SendAsync(bytes);
        client.Shutdown(SocketShutdown.Send);
    }
}
