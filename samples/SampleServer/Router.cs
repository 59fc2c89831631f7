using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>Which path answers what, and when.</summary>
internal sealed class Router(ServerOptions options, Lifecycle lifecycle)
{
    public const string Json = "application/json; charset=utf-8";
    private readonly SlotTable _slots = new(options.Parallel, options.ContextSize);
    private readonly Lock _gate = new();
    private bool _ready;

    /// <summary>True once the model is loaded.</summary>
    public bool Ready
    {
        get
        {
            lock (_gate)
            {
                return _ready;
            }
        }
    }

    /// <summary>The model is loaded. Who reads that in the log is answered so, and who is answered so finds it in the log.</summary>
    public void BecomeReady(Action log)
    {
        lock (_gate)
        {
            _ready = true;
            log();
        }
    }

    public void Answer(HttpRequest request, HttpConnection connection)
    {
        if (options.HangPaths.Contains(request.Path))
        {
            connection.Hang();
            return;
        }

        if (options.Html)
        {
            AnswerHtml(connection);
        }
        else
        {
            AnswerAsLlama(request, connection);
        }
    }

    /// <summary>Sends an error in llama-server's form.</summary>
    public static void SendError(HttpConnection connection, int status, string type, string message) =>
        connection.Send(status, Json, Encoding.UTF8.GetBytes(
            $$$"""{"error":{"message":"{{{message}}}","type":"{{{type}}}","code":{{{status}}}}}"""));

    private static void AnswerHtml(HttpConnection connection) =>
        connection.Send(
            200,
            "text/html; charset=utf-8",
            "<!doctype html><html><head><title>Some web app</title></head><body>Hello.</body></html>\n"u8.ToArray(),
            isLlama: false);

    private void AnswerAsLlama(HttpRequest request, HttpConnection connection)
    {
        bool isRead = request.Method is "GET" or "HEAD";
        bool isModels = isRead && request.Path is "/v1/models" or "/models";
        if (!Ready && !(isModels && options.EarlyModels))
        {
            SendError(connection, 503, "unavailable_error", "Loading model");
        }
        else if (isRead && request.Path is "/health" or "/v1/health")
        {
            connection.Send(200, Json, "{\"status\":\"ok\"}"u8.ToArray());
        }
        else if (!IsAllowed(request))
        {
            SendError(connection, 401, "authentication_error", "Invalid API Key");
        }
        else if (isModels)
        {
            connection.Send(200, Json, ModelList.Write(options));
        }
        else if (isRead && request.Path is "/slots")
        {
            AnswerSlots(connection);
        }
        else if (request is { Method: "POST", Path: "/v1/chat/completions" or "/chat/completions" })
        {
            new ChatCompletion(options, lifecycle, connection, _slots).Answer(request.Body);
        }
        else
        {
            SendError(connection, 404, "not_found_error", "File Not Found");
        }
    }

    private void AnswerSlots(HttpConnection connection)
    {
        if (options.ShowsSlots)
        {
            connection.Send(200, Json, _slots.Write());
        }
        else
        {
            SendError(connection, 501, "not_supported_error", "This server does not support slots endpoint. Start it with `--slots`");
        }
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
