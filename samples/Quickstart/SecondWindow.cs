namespace IdleHands.Samples.Quickstart;

/// <summary>Another session of the engine beside the first, as a second terminal would be; its text is kept.</summary>
internal sealed class SecondWindow : IDisposable
{
    private readonly StringWriter _text = new();
    private readonly QuickstartHost _host;
    private readonly Engine _engine;

    public SecondWindow()
    {
        _host = new QuickstartHost(new HostInterface(_text, _text, mayAsk: false));
        _engine = new Engine(_host);
    }

    /// <summary>What it has written; whole once its command has ended.</summary>
    public string Text => _text.ToString();

    /// <summary>Runs a command beside what the caller does.</summary>
    public Task<bool> RunAsync(string command, CancellationToken cancellationToken) =>
        Task.Run(() => _engine.ImportModule() && _engine.Run(command, cancellationToken), CancellationToken.None);

    /// <summary>Waits until a server answers on a port, however it answers, or a task has ended.</summary>
    public static void WaitForAnswer(int port, Task until, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var request = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!until.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                using var question = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/health");
                using HttpResponseMessage answer = client.Send(question, request.Token);
                return;
            }
            catch (HttpRequestException)
            {
                Thread.Sleep(20);
            }
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        _host.Dispose();
        _text.Dispose();
    }
}
