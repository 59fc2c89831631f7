namespace IdleHands.Hosts;

/// <summary>HTTP to this machine's own 127.0.0.1.</summary>
public static class LoopbackHttp
{
    /// <summary>A client without proxy, redirects and cookies; a probe must hear what the port itself says.</summary>
    /// <param name="connectTimeout">How long a connection may take; the caller limits the answer.</param>
    public static HttpMessageInvoker Create(TimeSpan connectTimeout) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = connectTimeout,
        PooledConnectionLifetime = TimeSpan.Zero,
    });
}
