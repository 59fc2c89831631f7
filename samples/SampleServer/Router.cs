using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>Which path answers what, and when.</summary>
internal sealed class Router(ServerOptions options, Lifecycle lifecycle)
{
    public const string Json = "application/json; charset=utf-8";
    private readonly SlotTable _slots = new(options.Parallel, options.ContextSize);
    private volatile bool _ready;

    /// <summary>True once the model is loaded.</summary>
    public bool Ready
    {
        get => _ready;
        set => _ready = value;
    }

    public void Answer(HttpRequest request, HttpConnection connection)
    {
        if (options.HangPaths.Contains(request.Path))
        {
            connection.Hang();
            return;
        }

        int status = options.Html ? AnswerHtml(connection) : AnswerAsLlama(request, connection);
        if (_ready)
        {
            Log.Line($"srv  log_server_r: done request: {request.Method} {request.Path} 127.0.0.1 {status}");
        }
    }

    /// <summary>Sends an error in llama-server's form.</summary>
    public static int SendError(HttpConnection connection, int status, string type, string message)
    {
        connection.Send(status, Json, Encoding.UTF8.GetBytes(
            $$$"""{"error":{"message":"{{{message}}}","type":"{{{type}}}","code":{{{status}}}}}"""));
        return status;
    }

    private static int AnswerHtml(HttpConnection connection)
    {
        connection.Send(
            200,
            "text/html; charset=utf-8",
            "<!doctype html><html><head><title>Some web app</title></head><body>Hello.</body></html>\n"u8.ToArray(),
            isLlama: false);
        return 200;
    }

    private int AnswerAsLlama(HttpRequest request, HttpConnection connection)
    {
        bool isRead = request.Method is "GET" or "HEAD";
        bool isModels = isRead && request.Path is "/v1/models" or "/models";
        if (!_ready && !(isModels && options.EarlyModels))
        {
            return SendError(connection, 503, "unavailable_error", "Loading model");
        }

        if (isRead && request.Path is "/health" or "/v1/health")
        {
            connection.Send(200, Json, "{\"status\":\"ok\"}"u8.ToArray());
            return 200;
        }

        if (!IsAllowed(request))
        {
            return SendError(connection, 401, "authentication_error", "Invalid API Key");
        }

        if (isModels)
        {
            connection.Send(200, Json, ModelList.Write(options));
            return 200;
        }

        if (isRead && request.Path is "/slots")
        {
            return AnswerSlots(connection);
        }

        return request is { Method: "POST", Path: "/v1/chat/completions" or "/chat/completions" }
            ? new ChatCompletion(options, lifecycle, connection, _slots).Answer(request.Body)
            : SendError(connection, 404, "not_found_error", "File Not Found");
    }

    private int AnswerSlots(HttpConnection connection)
    {
        if (!options.ShowsSlots)
        {
            return SendError(connection, 501, "not_supported_error", "This server does not support slots endpoint. Start it with `--slots`");
        }

        connection.Send(200, Json, _slots.Write());
        return 200;
    }

    private bool IsAllowed(HttpRequest request)
    {
        if (options.ApiKeys.Length == 0)
        {
            return true;
        }

        const string Scheme = "Bearer ";
        string? given = request.Headers.GetValueOrDefault("Authorization");
        string? key = given is not null && given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? given[Scheme.Length..]
            : request.Headers.GetValueOrDefault("X-Api-Key");
        return key is not null && options.ApiKeys.Contains(key);
    }
}
