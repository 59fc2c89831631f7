using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.SampleServer;

public sealed class SampleServerStopTests : SampleServerTest
{
    private const string LongStream = """{"messages":[{"role":"user","content":"a"}],"max_tokens":100000,"stream":true}""";

    [Fact]
    public async Task Exits_with_0_on_sigterm_when_idle()
    {
        SampleServerProcess server = await StartReadyAsync();
        Assert.Equal(200, (await GetAsync(server, "health")).Status);
        Terminate(server);
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Exits_on_sigterm_while_it_loads()
    {
        SampleServerProcess server = await StartLoadingAsync();
        Terminate(server);
        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Hangs_on_sigterm_while_streaming_with_its_port_free_until_a_second_one()
    {
        SampleServerProcess server = await StartReadyAsync();
        using HttpResponseMessage stream = await BeginStreamAsync(Client, server, Limit);
        Terminate(server);
        await server.WaitForLogAsync("cleaning up before exit", Limit);

        // Another server can take the port at once, while the first one still lives.
        SampleServerProcess next = StartRaw(server.Port, "-m", Model.FilePath, "--port", server.Port.ToString(CultureInfo.InvariantCulture));
        await next.WaitUntilReadyAsync(Limit);
        Assert.False(server.HasExited);

        Terminate(server);
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Ends_after_sigterm_once_the_streaming_client_has_left()
    {
        SampleServerProcess server = await StartReadyAsync();
        using (HttpResponseMessage stream = await BeginStreamAsync(Client, server, Limit))
        {
            Terminate(server);
            await server.WaitForLogAsync("cleaning up before exit", Limit);
            Assert.False(server.HasExited);
        }

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Ends_after_sigterm_once_the_client_of_a_whole_answer_has_left()
    {
        SampleServerProcess server = await StartReadyAsync("--tokens-per-second", "1");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, server.Port, Limit);
            string body = LongStream.Replace("true", "false", StringComparison.Ordinal);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n{body}"), Limit);

            // Its connection comes first in the queue, so once a later one is answered it is being served.
            Assert.Equal(200, (await GetAsync(server, "health")).Status);
            Terminate(server);
            await server.WaitForLogAsync("cleaning up before exit", Limit);
            Assert.False(server.HasExited);
        }

        Assert.Equal(0, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Ignores_sigterm_when_told_to()
    {
        SampleServerProcess server = await StartReadyAsync("--ignore-term");
        Terminate(server);
        await server.WaitForLogAsync("ignored (--ignore-term)", Limit);
        Assert.Equal(200, (await GetAsync(server, "health")).Status);
    }

    [Fact]
    public async Task Ends_by_itself_when_its_lifetime_is_over()
    {
        SampleServerProcess loading = Start("--load-time", "100", "--lifetime", "0.2");
        SampleServerProcess ready = Start("--lifetime", "0.2", "--ignore-term");
        Assert.Equal(1, await loading.WaitForExitAsync(Limit));
        Assert.Equal(1, await ready.WaitForExitAsync(Limit));
        Assert.Contains("--lifetime is over", ready.Log[^1], StringComparison.Ordinal);
    }

    /// <summary>Asks for a stream longer than any test and waits until its first piece is there.</summary>
    internal static async Task<HttpResponseMessage> BeginStreamAsync(HttpClient client, SampleServerProcess server, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ChatAddress(server));
        request.Content = new StringContent(LongStream, Encoding.UTF8, "application/json");
        HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        byte[] first = new byte[16];
        Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await stream.ReadExactlyAsync(first, cancellationToken);
        Assert.Equal("data: {\"choices\"", Encoding.ASCII.GetString(first));
        return answer;
    }

    private static void Terminate(SampleServerProcess server)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM to send");
        server.Terminate();
    }
}
