using System.Net;
using System.Net.Sockets;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.SampleServer;

public sealed class SampleServerFaultTests : SampleServerTest
{
    [Fact]
    public async Task Crashes_while_loading_as_an_abort_does()
    {
        SampleServerProcess server = Start("--crash-after", "0.5");
        await server.WaitUntilListeningAsync(Limit);
        Assert.Equal(503, (await GetAsync(server, "health")).Status);
        Assert.Equal(134, await server.WaitForExitAsync(Limit));
        Assert.Contains("GGML_ASSERT", server.Log[^2], StringComparison.Ordinal);
        Assert.Equal("Aborted (core dumped)", server.Log[^1]);
        Assert.DoesNotContain(server.Log, line => line.Contains("model loaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Crashes_with_the_code_and_message_it_was_given()
    {
        SampleServerProcess server = Start("--crash-after", "0", "--crash-code", "7", "--crash-message", "cudaMalloc failed: out of memory");
        Assert.Equal(7, await server.WaitForExitAsync(Limit));
        Assert.Equal("cudaMalloc failed: out of memory", server.Log[^2]);
    }

    [Fact]
    public async Task Dies_some_time_after_it_became_ready()
    {
        SampleServerProcess server = Start("--die-after", "0.1", "--crash-code", "139");
        await server.WaitUntilReadyAsync(Limit);
        Assert.Equal(139, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Dies_when_it_is_told_to()
    {
        string file = Path.Combine(Model.Directory, "die");
        SampleServerProcess server = await StartReadyAsync("--die-on", file, "--crash-code", "7");
        Assert.Equal(200, (await GetAsync(server, "health")).Status);
        await File.WriteAllTextAsync(file, string.Empty, Limit);
        Assert.Equal(7, await server.WaitForExitAsync(Limit));
    }

    [Fact]
    public async Task Never_answers_a_path_that_hangs_and_serves_the_others()
    {
        SampleServerProcess server = await StartReadyAsync("--hang", "/v1/models");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Limit);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /v1/models HTTP/1.1\r\n\r\n"u8.ToArray(), Limit);
        Task<int> answer = stream.ReadAsync(new byte[1], Limit).AsTask();

        // Later requests are answered again and again; the hung one isn't.
        for (int count = 0; count < 20; count++)
        {
            Assert.Equal(200, (await GetAsync(server, "health")).Status);
        }

        Assert.False(answer.IsCompleted);

        // How a read ends whose socket is closed under it differs; no byte of an answer came is what counts.
        client.Close();
        await Task.WhenAny(answer);
        Assert.False(answer.IsCompletedSuccessfully && await answer > 0);
    }

    [Fact]
    public async Task Answers_html_on_every_path_as_a_web_app_does()
    {
        SampleServerProcess server = await StartLoadingAsync("--html");
        foreach (string path in (string[])["", "health", "v1/models", "no/such/path"])
        {
            using HttpResponseMessage answer = await Client.GetAsync(new Uri(server.BaseAddress, path), Limit);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
            Assert.Empty(answer.Headers.Server);
        }
    }

    [Fact]
    public async Task Shows_a_wrong_id_when_told_to()
    {
        SampleServerProcess server = await StartReadyAsync("--alias", "right", "--model-id", "wrong");
        (_, string list) = await GetAsync(server, "v1/models");
        Assert.Equal("wrong", await ModelIdAsync(server));
        Assert.DoesNotContain("right", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_models_while_loading_when_told_to()
    {
        SampleServerProcess server = await StartLoadingAsync("--early-models", "--alias", "early");
        Assert.Equal("early", await ModelIdAsync(server));
        Assert.Equal((503, LoadingBody), await GetAsync(server, "health"));
    }

    [Fact]
    public async Task Explains_every_option_in_its_help()
    {
        using var process = new System.Diagnostics.Process();
        process.StartInfo = new(SampleServerProcess.ExecutablePath, "--help") { RedirectStandardOutput = true };
        process.Start();
        string help = await process.StandardOutput.ReadToEndAsync(Limit);
        await process.WaitForExitAsync(Limit);
        Assert.Equal(0, process.ExitCode);
        string[] options =
        [
            "--load-time", "--load-until", "--quiet-load", "--tokens-per-second", "--lifetime", "--crash-after", "--die-after", "--die-on", "--crash-code",
            "--crash-message", "--hang", "--ignore-term", "--html", "--model-id", "--early-models",
            "--parallel", "--no-slots",
        ];
        Assert.All(options, option => Assert.Contains(option + " ", help, StringComparison.Ordinal));
    }
}
