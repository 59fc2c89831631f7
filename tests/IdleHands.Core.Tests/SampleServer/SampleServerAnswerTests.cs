using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.SampleServer;

public sealed class SampleServerAnswerTests : SampleServerTest
{
    [Fact]
    public async Task Lists_its_model_under_the_argument_of_m_verbatim()
    {
        SampleServerProcess server = await StartReadyAsync("-c", "8192");
        using JsonDocument list = JsonDocument.Parse((await GetAsync(server, "v1/models")).Body);
        Assert.Equal("list", list.RootElement.GetProperty("object").GetString());
        Assert.Equal(Model.FilePath, list.RootElement.GetProperty("models")[0].GetProperty("model").GetString());
        JsonElement model = Assert.Single(list.RootElement.GetProperty("data").EnumerateArray());
        Assert.Equal(Model.FilePath, model.GetProperty("id").GetString());
        Assert.Equal("llamacpp", model.GetProperty("owned_by").GetString());
        Assert.Equal(0, model.GetProperty("aliases").GetArrayLength());
        Assert.Equal(8192, model.GetProperty("meta").GetProperty("n_ctx").GetInt32());
        Assert.Equal(new FileInfo(Model.FilePath).Length, model.GetProperty("meta").GetProperty("size").GetInt64());
        Assert.True(model.GetProperty("meta").TryGetProperty("n_ctx_train", out _));
        Assert.True(model.GetProperty("meta").TryGetProperty("n_params", out _));
    }

    [Fact]
    public async Task Takes_the_alphabetically_first_alias_as_id()
    {
        SampleServerProcess server = await StartReadyAsync("--alias", "zeta,alpha, mid");
        using JsonDocument list = JsonDocument.Parse((await GetAsync(server, "v1/models")).Body);
        JsonElement model = list.RootElement.GetProperty("data")[0];
        Assert.Equal("alpha", model.GetProperty("id").GetString());
        Assert.Equal(["alpha", "mid", "zeta"], model.GetProperty("aliases").EnumerateArray().Select(alias => alias.GetString()!));
    }

    [Fact]
    public async Task Asks_for_the_key_on_every_path_but_health()
    {
        const string Refusal = """{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}""";
        SampleServerProcess server = await StartReadyAsync("--api-key", "one,two");
        Assert.Equal(200, (await GetAsync(server, "health")).Status);
        Assert.Equal(200, (await GetAsync(server, "v1/health")).Status);
        Assert.Equal((401, Refusal), await GetAsync(server, "v1/models"));
        Assert.Equal((401, Refusal), await GetAsync(server, "no/such/path"));
        Assert.Equal((401, Refusal), await ChatAsync(server, """{"messages":[]}"""));

        Client.DefaultRequestHeaders.Authorization = new("Bearer", "wrong");
        Assert.Equal((401, Refusal), await GetAsync(server, "v1/models"));
        Client.DefaultRequestHeaders.Authorization = new("Bearer", "two");
        Assert.Equal(200, (await GetAsync(server, "v1/models")).Status);
        Client.DefaultRequestHeaders.Authorization = null;
        Client.DefaultRequestHeaders.Add("X-Api-Key", "one");
        Assert.Equal(200, (await GetAsync(server, "v1/models")).Status);
    }

    [Fact]
    public async Task Tells_of_its_slots_and_which_of_them_work()
    {
        SampleServerProcess server = await StartReadyAsync("--parallel", "2");
        Assert.Equal(
            (200, """[{"id":0,"n_ctx":4096,"speculative":false,"is_processing":false},{"id":1,"n_ctx":4096,"speculative":false,"is_processing":false}]"""),
            await GetAsync(server, "slots"));

        using (await SampleServerStopTests.BeginStreamAsync(Client, server, Limit))
        {
            Assert.Equal(
                (200, """[{"id":0,"n_ctx":4096,"speculative":false,"is_processing":true,"id_task":1},{"id":1,"n_ctx":4096,"speculative":false,"is_processing":false}]"""),
                await GetAsync(server, "slots"));
        }

        while ((await GetAsync(server, "slots")).Body.Contains("true", StringComparison.Ordinal))
        {
        }
    }

    [Fact]
    public async Task Lets_a_request_wait_for_a_free_slot()
    {
        const string Short = """{"messages":[{"role":"user","content":"a"}],"max_tokens":1}""";
        SampleServerProcess server = await StartReadyAsync();
        HttpResponseMessage stream = await SampleServerStopTests.BeginStreamAsync(Client, server, Limit);
        Task<(int Status, string Body)> waiting = ChatAsync(server, Short);
        Assert.Equal(1, (await GetAsync(server, "slots")).Body.Split("true").Length - 1);
        Assert.False(waiting.IsCompleted);

        stream.Dispose();

        Assert.Equal(200, (await waiting).Status);
    }

    [Fact]
    public async Task Shows_no_slots_without_the_key_while_it_loads_or_when_told_not_to()
    {
        SampleServerProcess loading = await StartLoadingAsync();
        SampleServerProcess locked = await StartReadyAsync("--api-key", "one");
        SampleServerProcess closed = await StartReadyAsync("--no-slots");

        Assert.Equal((503, LoadingBody), await GetAsync(loading, "slots"));
        Assert.Equal(401, (await GetAsync(locked, "slots")).Status);
        Assert.Equal(
            (501, """{"error":{"message":"This server does not support slots endpoint. Start it with `--slots`","type":"not_supported_error","code":501}}"""),
            await GetAsync(closed, "slots"));
        Client.DefaultRequestHeaders.Authorization = new("Bearer", "one");
        Assert.Equal(200, (await GetAsync(locked, "slots")).Status);
    }

    [Fact]
    public async Task Names_itself_and_keeps_the_connection_on_success_and_closes_it_on_errors()
    {
        SampleServerProcess server = await StartReadyAsync();
        using HttpResponseMessage good = await Client.GetAsync(new Uri(server.BaseAddress, "health"), Limit);
        Assert.Equal("llama.cpp", good.Headers.Server.ToString());
        Assert.Equal("application/json; charset=utf-8", good.Content.Headers.ContentType!.ToString());
        Assert.NotEqual(true, good.Headers.ConnectionClose);

        using HttpResponseMessage bad = await Client.GetAsync(new Uri(server.BaseAddress, "no/such/path"), Limit);
        Assert.Equal(HttpStatusCode.NotFound, bad.StatusCode);
        Assert.Equal("llama.cpp", bad.Headers.Server.ToString());
        Assert.True(bad.Headers.ConnectionClose);
        Assert.Equal("""{"error":{"message":"File Not Found","type":"not_found_error","code":404}}""", await bad.Content.ReadAsStringAsync(Limit));
    }

    [Fact]
    public async Task Answers_several_requests_on_one_connection_and_closes_it_after_an_error()
    {
        SampleServerProcess server = await StartReadyAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Limit);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /health HTTP/1.1\r\n\r\nGET /health?x=1 HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n"u8.ToArray(), Limit);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string all = await reader.ReadToEndAsync(Limit);
        Assert.Equal(2, all.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Contains("HTTP/1.1 404 Not Found", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chats_with_the_words_of_the_last_message_and_finishes_by_max_tokens()
    {
        SampleServerProcess server = await StartReadyAsync("--alias", "m", "--tokens-per-second", "1000");
        (int status, string body) = await ChatAsync(
            server, """{"messages":[{"role":"system","content":"Be short."},{"role":"user","content":"good day"}],"max_tokens":6}""");
        Assert.Equal(200, status);
        using JsonDocument answer = JsonDocument.Parse(body);
        JsonElement choice = answer.RootElement.GetProperty("choices")[0];
        Assert.Equal("You said: good day You said:", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("m", answer.RootElement.GetProperty("model").GetString());
        Assert.Equal("chat.completion", answer.RootElement.GetProperty("object").GetString());
        Assert.Equal(6, answer.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(4, answer.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(6, answer.RootElement.GetProperty("timings").GetProperty("predicted_n").GetInt32());
        Assert.True(answer.RootElement.GetProperty("timings").GetProperty("predicted_per_second").GetDouble() > 0);
        Assert.True(answer.RootElement.GetProperty("timings").GetProperty("prompt_per_second").GetDouble() > 0);
    }

    [Fact]
    public async Task Says_its_text_once_and_stops_without_max_tokens()
    {
        SampleServerProcess server = await StartReadyAsync();
        (_, string body) = await ChatAsync(server, """{"messages":[{"role":"user","content":[{"type":"text","text":"one two"}]}]}""");
        using JsonDocument answer = JsonDocument.Parse(body);
        JsonElement choice = answer.RootElement.GetProperty("choices")[0];
        Assert.Equal("You said: one two", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Streams_pieces_that_end_with_done()
    {
        SampleServerProcess server = await StartReadyAsync("--alias", "m");
        (int status, string body) = await ChatAsync(
            server, """{"messages":[{"role":"user","content":"a"}],"max_tokens":4,"stream":true,"stream_options":{"include_usage":true}}""");
        Assert.Equal(200, status);
        string[] events = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, text => Assert.StartsWith("data: ", text, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);

        JsonElement[] chunks = [.. events[..^1].Select(text => JsonElement.Parse(text["data: ".Length..]))];
        Assert.Equal(7, chunks.Length);
        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        Assert.Equal("You said: a You", string.Concat(chunks[1..5].Select(chunk => Delta(chunk).GetProperty("content").GetString())));
        Assert.Equal("length", chunks[5].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(4, chunks[6].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(4, chunks[6].GetProperty("timings").GetProperty("predicted_n").GetInt32());

        static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");
    }

    [Fact]
    public async Task Reads_a_body_in_chunks()
    {
        SampleServerProcess server = await StartReadyAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, ChatAddress(server));
        request.Content = new StringContent("""{"messages":[{"role":"user","content":"x"}]}""");
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage answer = await Client.SendAsync(request, Limit);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("{", "invalid_request_error")]
    [InlineData("{}", "invalid_request_error")]
    [InlineData("""{"messages":[{"role":"user","content":"one two three four five"}]}""", "exceed_context_size_error")]
    public async Task Answers_400_to_a_request_it_cannot_serve(string body, string type)
    {
        SampleServerProcess server = await StartReadyAsync("-c", "4");
        (int status, string answer) = await ChatAsync(server, body);
        Assert.Equal(400, status);
        Assert.Equal(type, JsonElement.Parse(answer).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Stays_healthy_while_it_generates()
    {
        SampleServerProcess server = await StartReadyAsync("--tokens-per-second", "1");
        using HttpResponseMessage stream = await SampleServerStopTests.BeginStreamAsync(Client, server, Limit);
        Assert.Equal(200, (await GetAsync(server, "health")).Status);
    }
}
