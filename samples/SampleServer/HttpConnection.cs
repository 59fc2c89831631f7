using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>
/// One client: HTTP/1.1 by hand over blocking calls, because a web framework would make the start several times slower.
/// </summary>
internal sealed class HttpConnection(Socket socket, Router router, Lifecycle lifecycle)
{
    private const int KeepAliveMilliseconds = 5000;
    private readonly RequestReader _reader = new(socket);
    private HttpRequest? _request;
    private bool _headOnly;
    private bool _keepAlive;

    /// <summary>Answers requests until the client leaves, an error was answered, or the server stops.</summary>
    public void Serve()
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                do
                {
                    socket.ReceiveTimeout = KeepAliveMilliseconds;
                    if (_reader.Read() is not { } request)
                    {
                        return;
                    }

                    Answer(request);
                }
                while (_keepAlive && !lifecycle.Stopping);
            }
            catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
            {
                // The client left; that is its right.
            }
        }
    }

    /// <summary>Sends a whole answer. Errors close the connection, as llama-server's do.</summary>
    public void Send(int status, string contentType, byte[] body, bool isLlama = true)
    {
        LogDone(status);
        _keepAlive &= status < 400;
        StringBuilder head = Head(status, contentType, isLlama).Append("Content-Length: ").Append(body.Length).Append("\r\n\r\n");
        byte[] headBytes = Encoding.ASCII.GetBytes(head.ToString());
        if (_headOnly)
        {
            SendAll(headBytes);
            return;
        }

        byte[] message = new byte[headBytes.Length + body.Length];
        headBytes.CopyTo(message, 0);
        body.CopyTo(message, headBytes.Length);
        SendAll(message);
    }

    /// <summary>Starts an answer that comes in pieces.</summary>
    public void BeginStream(string contentType) =>
        SendAll(Encoding.ASCII.GetBytes(Head(200, contentType, isLlama: true).Append("Transfer-Encoding: chunked\r\n\r\n").ToString()));

    /// <summary>Sends a piece; an empty one is the end.</summary>
    public void SendChunk(string text)
    {
        if (text.Length == 0)
        {
            LogDone(200);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        string size = bytes.Length.ToString("x", CultureInfo.InvariantCulture);
        SendAll([.. Encoding.ASCII.GetBytes(size + "\r\n"), .. bytes, .. "\r\n"u8]);
    }

    /// <summary>Lets time pass; false when the client has left meanwhile.</summary>
    public bool Pause(TimeSpan time)
    {
        if (!socket.Poll(time, SelectMode.SelectRead))
        {
            return true;
        }

        if (socket.Available == 0)
        {
            return false;
        }

        // The client has sent its next request early: it is read later.
        Thread.Sleep(time);
        return true;
    }

    /// <summary>Answers nothing until the client has left.</summary>
    public void Hang()
    {
        while (Pause(TimeSpan.FromMilliseconds(100)))
        {
        }

        _keepAlive = false;
    }

    private void Answer(HttpRequest request)
    {
        _request = request;
        _headOnly = request.Method == "HEAD";
        _keepAlive = request.KeepAlive;
        lifecycle.BeginRequest();
        try
        {
            router.Answer(request, this);
        }
        finally
        {
            lifecycle.EndRequest();
        }
    }

    /// <summary>Before the end of the answer is sent: who has it finds this in the log, and nothing comes after it.</summary>
    private void LogDone(int status)
    {
        if (router.Ready)
        {
            Log.Line($"srv  log_server_r: done request: {_request!.Method} {_request.Path} 127.0.0.1 {status}");
        }
    }

    private StringBuilder Head(int status, string contentType, bool isLlama)
    {
        StringBuilder head = new StringBuilder("HTTP/1.1 ", 256).Append(status).Append(' ').Append(Reason(status)).Append("\r\n");
        if (isLlama)
        {
            head.Append("Server: llama.cpp\r\n");
        }

        head.Append("Content-Type: ").Append(contentType).Append("\r\n");
        return head.Append(_keepAlive ? "Keep-Alive: timeout=5, max=100\r\n" : "Connection: close\r\n");
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        501 => "Not Implemented",
        _ => "Service Unavailable",
    };

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }
}
