using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.SampleServer;

public sealed class SampleServerStartTests : SampleServerTest
{
    [Fact]
    public async Task Refuses_connections_then_answers_503_then_200()
    {
        int port = SampleServerProcess.FindFreePort();
        using (var early = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(async () => await early.ConnectAsync(IPAddress.Loopback, port, Limit));
        }

        string loaded = Path.Combine(Model.Directory, "loaded");
        SampleServerProcess server = StartRaw(port, "-m", Model.FilePath, "--port", Text(port), "--load-until", loaded, "--lifetime", "60");
        await server.WaitUntilListeningAsync(Limit);
        Assert.Equal((503, LoadingBody), await GetAsync(server, "health"));
        await File.WriteAllTextAsync(loaded, string.Empty, Limit);
        await server.WaitUntilReadyAsync(Limit);
        Assert.Equal((200, """{"status":"ok"}"""), await GetAsync(server, "health"));
    }

    [Theory]
    [InlineData("health")]
    [InlineData("v1/health")]
    [InlineData("v1/models")]
    [InlineData("no/such/path")]
    public async Task Answers_503_on_every_path_while_it_loads(string path)
    {
        SampleServerProcess server = await StartLoadingAsync("--api-key", "k");
        Assert.Equal((503, LoadingBody), await GetAsync(server, path));
        Assert.Equal((503, LoadingBody), await ChatAsync(server, "{}"));
    }

    [Fact]
    public async Task Goes_straight_to_ready_by_default()
    {
        SampleServerProcess server = await StartReadyAsync();
        Assert.Equal((200, """{"status":"ok"}"""), await GetAsync(server, "v1/health"));
        Assert.DoesNotContain(server.Log, line => line.StartsWith("load_tensors: loading", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Logs_its_progress_while_loading_unless_told_not_to(bool quiet)
    {
        SampleServerProcess server = await StartReadyAsync(quiet ? ["--load-time", "0.4", "--quiet-load"] : ["--load-time", "0.4"]);
        Assert.Equal(!quiet, server.Log.Any(line => line.StartsWith("load_tensors: loading", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Exits_with_1_on_a_missing_model_and_logs_the_cause_above_the_last_line()
    {
        string missing = Path.Combine(Model.Directory, "missing.gguf");
        int port = SampleServerProcess.FindFreePort();
        SampleServerProcess server = StartRaw(port, "-m", missing, "--port", Text(port));
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
        Assert.Equal("main: exiting due to model loading error", server.Log[^1]);
        Assert.Contains($"gguf_init_from_file: failed to open GGUF file '{missing}' (No such file or directory)", server.Log);
        Assert.Contains(server.Log, line => line.Contains("HTTP server is listening", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("JUNK and more", "'JUNK'")]
    [InlineData("GG", "'GG'")]
    [InlineData("", "''")]
    public async Task Exits_with_1_on_a_file_that_is_no_model(string content, string shown)
    {
        await File.WriteAllTextAsync(Model.FilePath, content, Limit);
        SampleServerProcess server = Start();
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
        Assert.Contains(server.Log, line => line.Contains("invalid magic characters: " + shown, StringComparison.Ordinal));
        Assert.Equal("main: exiting due to model loading error", server.Log[^1]);
    }

    [Fact]
    public async Task Exits_with_1_on_a_busy_port_and_names_it()
    {
        SampleServerProcess first = await StartReadyAsync();
        SampleServerProcess second = StartRaw(first.Port, "-m", Model.FilePath, "--port", Text(first.Port));
        Assert.Equal(1, await second.WaitForExitAsync(Limit));
        Assert.Contains(second.Log, line => line.EndsWith($"couldn't bind HTTP server socket, hostname: 127.0.0.1, port: {first.Port}", StringComparison.Ordinal));
        Assert.Equal(200, (await GetAsync(first, "health")).Status);
    }

    [Fact]
    public async Task Exits_with_1_on_an_unknown_option()
    {
        SampleServerProcess server = Start("--no-such-option");
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
        Assert.Equal(["error: invalid argument: --no-such-option"], server.Log);
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--load-time", "soon")]
    [InlineData("--load-time", "-1")]
    public async Task Exits_with_1_on_a_bad_value(string option, string value)
    {
        SampleServerProcess server = Start(option, value);
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
        Assert.Equal([$"error while handling argument \"{option}\": '{value}' is not a value it takes"], server.Log);
    }

    [Fact]
    public async Task Exits_with_1_on_a_missing_value_or_model()
    {
        SampleServerProcess noValue = Start("--alias");
        Assert.Equal(1, await noValue.WaitForExitAsync(Limit));
        Assert.Equal(["error while handling argument \"--alias\": expected value for argument"], noValue.Log);

        SampleServerProcess noModel = StartRaw(0, "--port", "0");
        Assert.Equal(1, await noModel.WaitForExitAsync(Limit));
        Assert.StartsWith("error: no model given", noModel.Log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepts_and_logs_options_of_llama_server_that_mean_nothing_here()
    {
        SampleServerProcess server = await StartReadyAsync("-ngl", "99", "--jinja", "-fa", "on", "--flash-attn", "-ctk", "q8_0");
        string[] expected = ["-ngl 99", "--jinja", "-fa on", "--flash-attn", "-ctk q8_0"];
        Assert.All(expected, option => Assert.Contains("main: option accepted without effect: " + option, server.Log));
    }

    [Fact]
    public async Task Binds_loopback_only_when_told_to_bind_every_address()
    {
        SampleServerProcess server = await StartReadyAsync("--host", "0.0.0.0");
        Assert.Contains("main: 0.0.0.0 asked for, the sample server binds 127.0.0.1 only", server.Log);
        Assert.Equal(200, (await GetAsync(server, "health")).Status);

        // Another address of this machine is still free, so the server does not hold them all.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "only 127.0.0.1 is configured on a Mac's loopback");
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), server.Port));
    }

    [Fact]
    public async Task Refuses_an_address_that_is_not_of_this_machine()
    {
        SampleServerProcess server = Start("--host", "nowhere.invalid");
        Assert.Equal(1, await server.WaitForExitAsync(Limit));
        Assert.Contains(server.Log, line => line.Contains("couldn't bind HTTP server socket, hostname: nowhere.invalid", StringComparison.Ordinal));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
