using System.Text;
using IdleHands.Core.Tests.Health;
using IdleHands.Core.Tests.SampleServer;
using IdleHands.Execution;
using IdleHands.Testing;
using Microsoft.Extensions.Time.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>How running requests are waited for before a stop, with the sample server and with servers that tell nothing.</summary>
public sealed class RequestDrainTests : SampleServerTest
{
    private const string Busy = """[{"id":0,"n_ctx":4096,"is_processing":true,"id_task":7},{"id":1,"n_ctx":4096,"is_processing":false}]""";
    private const string Idle = """[{"id":0,"n_ctx":4096,"is_processing":false,"id_task":-1},{"id":1,"n_ctx":4096,"is_processing":false}]""";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task An_idle_server_is_not_waited_for()
    {
        SampleServerProcess server = await StartReadyAsync("--parallel", "2");

        Assert.Equal("no running requests", await DrainAsync(server.Port, Long, (_, _, _) => Assert.Fail("nothing to report")));
    }

    [Fact]
    public async Task Running_requests_are_waited_for_and_counted()
    {
        SampleServerProcess server = await StartReadyAsync("--parallel", "3");
        HttpResponseMessage[] streams =
        [
            await SampleServerStopTests.BeginStreamAsync(Client, server, Limit),
            await SampleServerStopTests.BeginStreamAsync(Client, server, Limit),
            await SampleServerStopTests.BeginStreamAsync(Client, server, Limit),
        ];
        var reports = new List<(int Busy, TimeSpan Limit)>();

        string detail = await DrainAsync(server.Port, Long, (busy, _, limit) =>
        {
            reports.Add((busy, limit));
            Array.ForEach(streams, stream => stream.Dispose());
        });

        Assert.Matches(@"^3 requests ended after \d+\.\d s$", detail);
        Assert.Equal((3, Long), reports[0]);
    }

    [Fact]
    public async Task A_whole_answer_is_waited_for_until_its_client_has_it()
    {
        SampleServerProcess server = await StartReadyAsync("--tokens-per-second", "20");
        Task<(int Status, string Body)> chat = ChatAsync(server, """{"messages":[{"role":"user","content":"a"}],"max_tokens":10}""");
        while (!(await GetAsync(server, "slots")).Body.Contains("\"is_processing\":true", StringComparison.Ordinal))
        {
            Assert.False(chat.IsCompleted);
        }

        Assert.Matches(@"^1 request ended after \d+\.\d s$", await DrainAsync(server.Port, Long));

        Assert.Equal(200, (await chat).Status);
    }

    [Theory]
    [InlineData(1, "1 request still runs after 0.3 s; it is cut off")]
    [InlineData(2, "2 requests still run after 0.3 s; they are cut off")]
    public async Task Requests_that_take_longer_than_the_limit_are_cut_off(int count, string expected)
    {
        SampleServerProcess server = await StartReadyAsync("--parallel", "2");
        var streams = new List<HttpResponseMessage>();
        for (int index = 0; index < count; index++)
        {
            streams.Add(await SampleServerStopTests.BeginStreamAsync(Client, server, Limit));
        }

        Assert.Equal(expected, await DrainAsync(server.Port, TimeSpan.FromSeconds(0.3)));

        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task A_server_that_ends_meanwhile_is_not_waited_for()
    {
        SampleServerProcess server = await StartReadyAsync();
        using HttpResponseMessage stream = await SampleServerStopTests.BeginStreamAsync(Client, server, Limit);

        string detail = await DrainAsync(server.Port, Long, (_, _, _) => server.Kill());

        Assert.Matches(@"^the server ended after \d+\.\d s, with 1 request running$", detail);
    }

    [Fact]
    public async Task Ctrl_C_breaks_the_wait_off()
    {
        SampleServerProcess server = await StartReadyAsync();
        using HttpResponseMessage stream = await SampleServerStopTests.BeginStreamAsync(Client, server, Limit);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        await using var connection = new FakeConnection("h");

        Task<string> drain = new RequestDrain(connection, TimeProvider.System)
            .WaitAsync(server.Port, Long, (_, _, _) => cancel.Cancel(), cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drain);
        Assert.False(Limit.IsCancellationRequested);
    }

    [Theory]
    [InlineData("--no-slots", "/slots answered 501, This server does not support slots endpoint. Start it with `--slots`")]
    [InlineData("--api-key=secret", "/slots asks for a key")]
    [InlineData("--html", "/slots answered something else than its slots")]
    public async Task A_server_that_does_not_tell_is_not_waited_for(string option, string why)
    {
        SampleServerProcess server = await StartReadyAsync(option.Split('='));

        Assert.Equal("the server does not tell of its requests: " + why, await DrainAsync(server.Port, Long));
    }

    [Fact]
    public async Task A_server_that_loads_is_not_waited_for()
    {
        SampleServerProcess server = await StartLoadingAsync();

        Assert.Equal("the server does not tell of its requests: /slots answered 503, Loading model", await DrainAsync(server.Port, Long));
    }

    [Fact]
    public async Task Where_nobody_listens_nobody_is_waited_for()
    {
        using var port = new RefusingPort();

        Assert.Equal($"the server does not tell of its requests: nobody listens on port {port.Port}", await DrainAsync(port.Port, Long));
    }

    [Theory]
    [InlineData(404, "{}")]
    [InlineData(500, Busy)]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, "{\"slots\":1}")]
    [InlineData(200, "[1,2]")]
    [InlineData(200, "[{\"id\":0}]")]
    [InlineData(200, "[{\"id\":0,\"is_processing\":\"yes\"}]")]
    [InlineData(200, "[{\"id\":0,\"is_processing\":true},{\"id\":1}]")]
    [InlineData(200, "[{\"id\":0,\"is_processing\":true}")]
    public async Task An_answer_that_is_no_list_of_slots_is_no_reason_to_wait(int status, string body)
    {
        await using var server = new FakeServer(_ => Answers.Json(status, body));

        string detail = await DrainAsync(server.Port, Long);

        Assert.StartsWith("the server does not tell of its requests: /slots answered ", detail, StringComparison.Ordinal);
        Assert.Equal(["/slots"], server.Paths);
    }

    [Fact]
    public async Task An_endless_answer_is_not_read_to_its_end()
    {
        byte[] body = Encoding.ASCII.GetBytes($"[{{\"id\":0,\"is_processing\":true,\"prompt\":\"{new string('a', 300_000)}\"}}]");
        await using var server = new FakeServer(_ => Answers.Http(200, "application/json", body));

        Assert.Equal("the server does not tell of its requests: the answer of /slots is too long", await DrainAsync(server.Port, Long));
    }

    [Fact]
    public async Task What_does_not_speak_HTTP_is_not_waited_for()
    {
        await using var server = new FakeServer(_ => Answers.Garbage);

        Assert.StartsWith("the server does not tell of its requests: its answer is not HTTP", await DrainAsync(server.Port, Long), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_never_answers_is_given_two_seconds(bool drips)
    {
        await using var server = new FakeServer(_ => drips ? Answers.Drip : Answers.Silence);
        var time = new FakeTimeProvider();
        await using var connection = new FakeConnection("h");
        Task<string> drain = new RequestDrain(connection, time).WaitAsync(server.Port, Long, (_, _, _) => { }, Limit);
        await server.Asked("/slots");

        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(drain.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal("the server does not tell of its requests: /slots gave no answer in time", await drain);
    }

    [Theory]
    [InlineData(0, "no running requests")]
    [InlineData(1, "1 request still runs after 0.3 s; it is cut off")]
    public async Task The_state_of_older_builds_is_understood(int state, string expected)
    {
        await using var server = new FakeServer(_ => Answers.Json(200, $$"""[{"id":0,"state":{{state}},"prompt":"x"}]"""));

        Assert.Equal(expected, await DrainAsync(server.Port, TimeSpan.FromSeconds(0.3)));
    }

    [Fact]
    public async Task A_server_too_busy_to_tell_again_is_still_waited_for()
    {
        int asked = 0;
        await using var server = new FakeServer(_ => Interlocked.Increment(ref asked) switch
        {
            1 => Answers.Json(200, Busy),
            2 => Answers.Silence,
            3 => Answers.Reset,
            _ => Answers.Json(200, Idle),
        });

        Assert.Matches(@"^1 request ended after [23]\.\d s$", await DrainAsync(server.Port, Long));
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task A_server_that_ceases_to_tell_is_not_waited_for_any_longer()
    {
        int asked = 0;
        await using var server = new FakeServer(_ => Interlocked.Increment(ref asked) == 1 ? Answers.Json(200, Busy) : Answers.Json(401, "{}"));

        Assert.Matches(
            @"^1 request ran when the server ceased to tell of them after 0\.\d s: /slots asks for a key$",
            await DrainAsync(server.Port, Long));
    }

    [Fact]
    public async Task A_limit_of_zero_asks_nothing()
    {
        await using var server = new FakeServer(_ => Answers.Json(200, Busy));

        Assert.Equal("running requests are not waited for", await DrainAsync(server.Port, TimeSpan.Zero));
        Assert.Empty(server.Paths);
    }

    private async Task<string> DrainAsync(int port, TimeSpan limit, Action<int, TimeSpan, TimeSpan>? report = null)
    {
        await using var connection = new FakeConnection("h");
        return await new RequestDrain(connection, TimeProvider.System).WaitAsync(port, limit, report ?? ((_, _, _) => { }), Limit);
    }
}
