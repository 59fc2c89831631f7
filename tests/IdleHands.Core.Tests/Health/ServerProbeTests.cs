using System.Diagnostics;
using System.IO.Compression;
using System.Net.Sockets;
using IdleHands.Health;
using IdleHands.Hosts;
using Microsoft.Extensions.Time.Testing;

namespace IdleHands.Core.Tests.Health;

public sealed class ServerProbeTests : IDisposable
{
    private const string Ok = """{"status":"ok"}""";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly HttpMessageInvoker _http = LoopbackHttp.Create(TimeSpan.FromSeconds(2));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Finds_a_refusing_port_down()
    {
        using var port = new RefusingPort();

        ServerAnswer answer = await AskAsync(port.Port);

        Assert.Equal((ProbeStatus.Down, "connection refused", false), (answer.Status, answer.Detail, answer.Listening));
    }

    [Fact]
    public async Task Asks_a_refusing_port_once()
    {
        var counting = new CountingHandler();
        using var http = new HttpMessageInvoker(counting);

        await new ServerProbe(http).AskAsync(8080, Long, Cancel);

        Assert.Equal(1, counting.Requests);
    }

    [Fact]
    public async Task Keeps_no_connection_that_could_outlive_the_server()
    {
        var counting = new CountingHandler();
        using var http = new HttpMessageInvoker(counting);

        await new ServerProbe(http).AskAsync(8080, Long, Cancel);

        Assert.True(counting.ConnectionClose);
    }

    [Fact]
    public async Task Sees_llama_server_load_and_become_ready()
    {
        bool loaded = false;
        await using var server = new FakeServer(path => (loaded, path) switch
        {
            (false, _) => Answers.Json(503, Answers.LlamaLoading, "llama.cpp"),
            (true, "/health") => Answers.Json(200, Ok, "llama.cpp"),
            (true, _) => Answers.Json(200, """{"object":"list","data":[{"id":"/m/q.gguf","aliases":["q"],"owned_by":"llamacpp"}]}""", "llama.cpp"),
        });

        ServerAnswer before = await AskAsync(server.Port);
        loaded = true;
        ServerAnswer after = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Loading, "Loading model", "llama.cpp", 503), (before.Status, before.Detail, before.Server, before.HttpStatus));
        Assert.Equal((ProbeStatus.Ready, null, "llama.cpp", 200), (after.Status, after.Detail, after.Server, after.HttpStatus));
        Assert.Equal(["/m/q.gguf", "q"], after.ModelIds);
        Assert.Equal(["/health", "/health", "/v1/models"], server.Paths);
    }

    [Fact]
    public async Task Lets_health_decide_where_models_says_200_while_loading()
    {
        await using var server = new FakeServer(
            Answers.Json(503, Answers.LlamaLoading, "llama.cpp"), Answers.Json(200, Answers.List("llamacpp", "q"), "llama.cpp"));

        Assert.Equal(ProbeStatus.Loading, (await AskAsync(server.Port)).Status);
    }

    [Fact]
    public async Task Finds_a_keyed_llama_server_ready_without_ids()
    {
        await using var server = new FakeServer(Answers.Json(200, Ok, "llama.cpp"), Answers.Json(401, "{}", "llama.cpp"));

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Ready, "llama.cpp", false), (answer.Status, answer.Server, answer.ModelIdsKnown));
    }

    [Fact]
    public async Task Finds_a_keyed_vllm_ready()
    {
        await using var server = new FakeServer(Answers.Http(200, "text/plain", []), Answers.Json(401, """{"error":"Unauthorized"}"""));

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Ready, "needs a key to list its models"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Finds_a_web_app_unknown()
    {
        await using var server = new FakeServer(_ => Answers.Html());

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Unknown, "no model server: it answers with a web page"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Asks_for_the_list_while_health_is_slow()
    {
        var time = new FakeTimeProvider();
        var generated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new FakeServer(
            Answers.After(generated.Task, Answers.Http(200, "text/plain", [])), Answers.Json(200, Answers.List("sglang", "q")));

        Task<ServerAnswer> asking = new ServerProbe(_http, time).AskAsync(server.Port, TimeSpan.FromSeconds(5), Cancel);
        await server.Asked("/health");
        time.Advance(TimeSpan.FromSeconds(1));
        await server.Asked("/v1/models");
        generated.SetResult();

        Assert.Equal((ProbeStatus.Ready, "sglang"), ((await asking).Status, (await asking).Server));
    }

    [Fact]
    public async Task Gives_up_on_a_silent_server_at_the_limit()
    {
        var time = new FakeTimeProvider();
        await using var server = new FakeServer(_ => Answers.Silence);

        Task<ServerAnswer> asking = new ServerProbe(_http, time).AskAsync(server.Port, TimeSpan.FromSeconds(5), Cancel);
        await server.Asked("/health");
        time.Advance(TimeSpan.FromSeconds(5));
        ServerAnswer answer = await asking;

        Assert.Equal((ProbeStatus.Down, "no answer in 5 s", true), (answer.Status, answer.Detail, answer.Listening));
    }

    [Fact]
    public async Task Gives_up_on_an_answer_that_drips_for_ever()
    {
        await using var server = new FakeServer(_ => Answers.Drip);

        ServerAnswer answer = await new ServerProbe(_http).AskAsync(server.Port, TimeSpan.FromSeconds(1), Cancel);

        Assert.Equal((ProbeStatus.Unknown, "the answer did not end in 1 s"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Reads_no_more_than_its_bound_of_a_huge_body()
    {
        byte[] huge = new byte[64 * 1024 * 1024];
        Array.Fill(huge, (byte)' ');
        await using var server = new FakeServer(_ => Answers.Http(200, "application/json", huge));

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Unknown, "no model server: the answer is too long to be a list of models"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Finds_a_resetting_server_unknown()
    {
        await using var server = new FakeServer(_ => Answers.Reset);

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Unknown, "it closed the connection instead of answering"), (answer.Status, answer.Detail));
    }

    [Fact]
    public async Task Finds_what_speaks_no_http_unknown()
    {
        await using var server = new FakeServer(_ => Answers.Garbage);

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal(ProbeStatus.Unknown, answer.Status);
        Assert.StartsWith("its answer is not HTTP", answer.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Detail!, char.IsControl);
    }

    [Fact]
    public async Task Follows_no_redirect()
    {
        await using var server = new FakeServer(path => path == "/elsewhere"
            ? Answers.Json(200, Answers.List("vllm", "q"))
            : Answers.Http(302, "text/plain", [], "Location: /elsewhere"));

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.Equal((ProbeStatus.Unknown, 302), (answer.Status, answer.HttpStatus));
        Assert.Equal(["/health", "/v1/models"], server.Paths);
    }

    [Fact]
    public async Task Unpacks_nothing()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync("""{"object":"list","data":[{"id":"q"}]}"""u8.ToArray(), Cancel);
        }

        await using var server = new FakeServer(_ => Answers.Http(200, "application/json", packed.ToArray(), "Content-Encoding: gzip"));

        Assert.Equal("no model server: its answer is not JSON", (await AskAsync(server.Port)).Detail);
    }

    [Fact]
    public async Task Ends_when_it_is_canceled()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var server = new FakeServer(_ => Answers.Silence);

        Task<ServerAnswer> asking = new ServerProbe(_http).AskAsync(server.Port, Long, cancel.Token);
        await server.Asked("/health");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Passes_on_that_the_host_can_not_be_reached()
    {
        var cause = new IdleHandsException("HostUnreachable", FailureKind.Unavailable, "no way there");
        using var http = new HttpMessageInvoker(new CountingHandler(new HttpRequestException("wrapped", cause)));

        IdleHandsException thrown = await Assert.ThrowsAsync<IdleHandsException>(() => new ServerProbe(http).AskAsync(8080, Long, Cancel));

        Assert.Same(cause, thrown);
    }

    [Fact]
    public async Task Measures_the_time_to_the_answer()
    {
        await using var server = new FakeServer(Answers.Json(200, Ok), Answers.Json(200, Answers.List("vllm", "q")));
        long start = Stopwatch.GetTimestamp();

        ServerAnswer answer = await AskAsync(server.Port);

        Assert.InRange(answer.Latency, TimeSpan.FromTicks(1), Stopwatch.GetElapsedTime(start));
    }

    private Task<ServerAnswer> AskAsync(int port) => new ServerProbe(_http).AskAsync(port, Long, Cancel);

    private sealed class CountingHandler(Exception? failure = null) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        public bool? ConnectionClose { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            ConnectionClose = request.Headers.ConnectionClose;
            throw failure ?? new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused));
        }
    }
}
