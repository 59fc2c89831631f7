using System.Text;
using System.Text.Json;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.SampleServer;

/// <summary>A model file, a client and a limit on every wait, for the tests of the sample server.</summary>
public abstract class SampleServerTest : IAsyncLifetime
{
    protected const string LoadingBody = """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}""";
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<SampleServerProcess> _servers = [];

    protected SampleModelFile Model { get; } = new();

    protected HttpClient Client { get; } = new();

    /// <summary>Ends a test that waits for what doesn't come.</summary>
    protected CancellationToken Limit => _limit.Token;

    public ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromSeconds(60));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SampleServerProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        Client.Dispose();
        Model.Dispose();
        _limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected SampleServerProcess Start(params IReadOnlyList<string> arguments) => Keep(SampleServerProcess.Start(Model, arguments));

    protected SampleServerProcess StartRaw(int port, params IReadOnlyList<string> arguments) =>
        Keep(SampleServerProcess.StartRaw(port, arguments));

    protected async Task<SampleServerProcess> StartReadyAsync(params IReadOnlyList<string> arguments)
    {
        SampleServerProcess server = Start(arguments);
        await server.WaitUntilReadyAsync(Limit);
        return server;
    }

    /// <summary>Starts a server that loads for longer than the test lasts.</summary>
    protected async Task<SampleServerProcess> StartLoadingAsync(params IReadOnlyList<string> arguments)
    {
        SampleServerProcess server = Start(["--load-time", "100", .. arguments]);
        await server.WaitUntilListeningAsync(Limit);
        return server;
    }

    protected async Task<(int Status, string Body)> GetAsync(SampleServerProcess server, string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync(new Uri(server.BaseAddress, path), Limit);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Limit));
    }

    protected async Task<(int Status, string Body)> ChatAsync(SampleServerProcess server, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Client.PostAsync(ChatAddress(server), content, Limit);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Limit));
    }

    protected async Task<string> ModelIdAsync(SampleServerProcess server)
    {
        using JsonDocument list = JsonDocument.Parse((await GetAsync(server, "v1/models")).Body);
        return list.RootElement.GetProperty("data")[0].GetProperty("id").GetString()!;
    }

    protected static Uri ChatAddress(SampleServerProcess server) => new(server.BaseAddress, "v1/chat/completions");

    private SampleServerProcess Keep(SampleServerProcess server)
    {
        _servers.Add(server);
        return server;
    }
}
