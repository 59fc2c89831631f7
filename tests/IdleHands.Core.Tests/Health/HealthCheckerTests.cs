using IdleHands.Health;
using IdleHands.Hosts;
using static IdleHands.Core.Tests.Health.HealthSetup;

namespace IdleHands.Core.Tests.Health;

public sealed class HealthCheckerTests
{
    [Fact]
    public async Task Runs_a_hosts_check_command_with_its_own_limit()
    {
        var connection = new FakeConnection("ws", (_, _) => Task.FromResult(Success with { Duration = TimeSpan.FromMilliseconds(8) }));

        HealthResult row = await HostRowAsync(Host() with { CheckCommand = "nvidia-smi", CheckTimeoutSec = 9 }, connection);

        Assert.Equal(("ws", "ws", ProbeStatus.Ready, null), (row.HostId, row.Id, row.Status, row.Detail));
        Assert.Equal(TimeSpan.FromMilliseconds(8), row.Latency);
        Assert.Equal([new HostCommand("nvidia-smi", TimeSpan.FromSeconds(9))], connection.Commands);
    }

    [Fact]
    public async Task Finds_a_host_down_when_its_check_fails_and_says_how()
    {
        var result = new CommandResult { ExitCode = 3, Output = "out", Error = "one\ntwo\nthree\nno devices found\n" };

        HealthResult row = await HostRowAsync(Host() with { CheckCommand = "x" }, new FakeConnection("ws", (_, _) => Task.FromResult(result)));

        Assert.Equal((ProbeStatus.Down, "check command: exit code 3: two | three | no devices found"), (row.Status, row.Detail));
    }

    [Fact]
    public async Task Finds_a_host_down_when_its_check_takes_too_long()
    {
        var result = new CommandResult { TimedOut = true };

        HealthResult row = await HostRowAsync(Host() with { CheckCommand = "x" }, new FakeConnection("ws", (_, _) => Task.FromResult(result)));

        Assert.Equal((ProbeStatus.Down, "check command: did not end in 5 s"), (row.Status, row.Detail));
    }

    [Fact]
    public async Task Takes_a_host_without_check_command_for_ready()
    {
        HealthResult row = await HostRowAsync(Host(), new FakeConnection("ws"));

        Assert.Equal((ProbeStatus.Ready, "no check command"), (row.Status, row.Detail));
    }

    [Fact]
    public async Task Fills_in_the_host_in_its_check_command()
    {
        var connection = new FakeConnection("ws", (_, _) => Task.FromResult(Success));

        await HostRowAsync(Host() with { CheckCommand = "check {host_id} {host}" }, connection);

        Assert.Equal("check ws 127.0.0.1", Assert.Single(connection.Commands).Text);
    }

    [Fact]
    public async Task Takes_blank_commands_for_none()
    {
        await using var server = Llama("qwen");
        RuntimeConfiguration configuration = Configure([Host() with { CheckCommand = " " }], Model("qwen", server.Port) with { ProbeCommand = "  " });

        List<HealthResult> rows = await CheckAsync(configuration, Local, new HealthOptions { ScanPorts = PortSet.Empty });

        Assert.Equal(
            [(HealthSection.Host, ProbeStatus.Ready), (HealthSection.Model, ProbeStatus.Ready)],
            rows.Select(row => (row.Section, row.Status)).Order());
    }

    [Fact]
    public async Task Makes_a_row_of_a_failure_that_nobody_expected()
    {
        RuntimeConfiguration configuration = Configure(
            [Host() with { CheckCommand = "x" }, Host("b") with { CheckCommand = "x" }, Host("c")],
            Model("qwen", 8080) with { ProbeCommand = "y", HostPolicy = IdPolicy.Of(["ws"]) });

        List<HealthResult> rows = await CheckAsync(
            configuration,
            host => host.Id == "c"
                ? throw new InvalidOperationException("broken connection")
                : new FakeConnection(host.Id, (_, _) => host.Id == "b" ? Task.FromResult(Success) : throw new InvalidOperationException("broken")),
            new HealthOptions { ScanPorts = PortSet.Empty });

        Assert.Equal(
            [
                (HealthSection.Host, "b", ProbeStatus.Ready, null),
                (HealthSection.Host, "c", ProbeStatus.Unknown, "broken connection"),
                (HealthSection.Host, "ws", ProbeStatus.Unknown, "broken"),
                (HealthSection.Model, "qwen", ProbeStatus.Unknown, "broken"),
            ],
            rows.Select(row => (row.Section, row.Id, row.Status, row.Detail)).Order());
    }

    [Fact]
    public async Task A_test_of_a_host_that_fails_unexpectedly_is_a_result()
    {
        var results = new System.Collections.Concurrent.ConcurrentBag<HostTestResult>();

        await HostTester.TestAsync(
            [Host("a") with { CheckCommand = "x {host_id}" }, Host("b") with { CheckCommand = "x {host_id}" }],
            host => new FakeConnection(host.Id, (command, _) => host.Id == "b"
                ? throw new ArgumentOutOfRangeException("delay")
                : Task.FromResult(Success with { Output = command.Text })),
            32,
            results.Add,
            Cancel);

        Assert.Equal(["a True x a", "b False "], results.Select(result => $"{result.HostId} {result.Success} {result.Output}").Order());
        Assert.Contains("delay", results.Single(result => !result.Success).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_of_a_host_that_can_not_be_connected_to()
    {
        var cause = new IdleHandsException("ConnectionRefused", FailureKind.Unavailable, "nobody listens there");
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", 8080));

        List<HealthResult> rows = await CheckAsync(configuration, _ => throw cause, new HealthOptions());

        Assert.Equal(
            [
                (HealthSection.Host, "ws", ProbeStatus.Down, "nobody listens there"),
                (HealthSection.Model, "qwen", ProbeStatus.Down, "nobody listens there"),
            ],
            rows.Select(row => (row.Section, row.Id, row.Status, row.Detail)));
    }

    [Fact]
    public async Task Tells_of_a_host_whose_ports_can_not_be_asked()
    {
        var cause = new IdleHandsException("HostUnreachable", FailureKind.Unavailable, "no route");
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", 8080));

        List<HealthResult> rows = await CheckAsync(
            configuration, _ => new FakeConnection("ws") { Unreachable = cause }, new HealthOptions { IncludeDown = true });

        Assert.Equal(
            [(HealthSection.Host, ProbeStatus.Down, "no route"), (HealthSection.Model, ProbeStatus.Down, "no route")],
            rows.Select(row => (row.Section, row.Status, row.Detail)).Order());
    }

    [Fact]
    public async Task Asks_a_port_once_for_all_that_look_at_it()
    {
        await using var server = Llama("qwen");
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", server.Port), Model("llama", server.Port));

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(server.Port));

        Assert.Equal(["/health", "/v1/models"], server.Paths);
        Assert.Equal(
            [
                (HealthSection.Discovered, "qwen", ProbeStatus.Ready, null),
                (HealthSection.Host, "ws", ProbeStatus.Ready, "no check command"),
                (HealthSection.Model, "llama", ProbeStatus.Down, $"port {server.Port} serves qwen"),
                (HealthSection.Model, "qwen", ProbeStatus.Ready, null),
            ],
            rows.Select(row => (row.Section, row.Id, row.Status, row.Detail)).Order());
    }

    [Fact]
    public async Task Lists_the_ids_that_no_configured_model_names()
    {
        await using var server = new FakeServer(
            Answers.Json(200, """{"status":"ok"}"""),
            Answers.Json(200, """{"object":"list","data":[{"id":"/m/qwen.gguf","aliases":["chat"]},{"id":"stranger","aliases":["odd"]}]}"""));
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", 1), Model("twin", 2) with { ServedName = "chat" });

        HealthResult row = Assert.Single(await CheckAsync(configuration, Local, Scan(server.Port)), IsDiscovered);

        Assert.Equal(("qwen, twin", server.Port), (row.Id, row.Port));
        Assert.Equal(["/m/qwen.gguf", "chat", "stranger", "odd"], row.ModelIds);
        Assert.Equal(["stranger", "odd"], row.Unconfigured);
    }

    [Fact]
    public async Task Names_the_recorded_model_of_a_server_that_does_not_name_its_own()
    {
        await using var server = new FakeServer(_ => Answers.Json(503, Answers.LlamaLoading));
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", server.Port), Model("llama", server.Port));

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(server.Port), Record("qwen", server.Port));

        Assert.Equal(
            [
                (HealthSection.Discovered, "qwen", ProbeStatus.Loading),
                (HealthSection.Model, "llama", ProbeStatus.Down),
                (HealthSection.Model, "qwen", ProbeStatus.Loading),
            ],
            rows.Where(row => row.Section != HealthSection.Host).Select(row => (row.Section, row.Id, row.Status)).Order());
    }

    [Theory]
    [InlineData(RuntimeStatus.Exited, "ws")]
    [InlineData(RuntimeStatus.Ready, "other")]
    public async Task Ignores_a_record_that_is_over_or_of_another_host(string status, string hostId)
    {
        await using var server = new FakeServer(_ => Answers.Json(503, Answers.LlamaLoading));
        RuntimeConfiguration configuration = Configure([Host()], Model("llama", server.Port));
        ActiveRuntime record = Record("qwen", server.Port) with { Status = status, HostId = hostId };

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(server.Port), record);

        HealthResult row = Assert.Single(rows, row => row.Section == HealthSection.Model);
        Assert.Equal((ProbeStatus.Loading, "Loading model; which model it is can't be told"), (row.Status, row.Detail));
    }

    [Fact]
    public async Task Leaves_out_down_ports_unless_asked_for()
    {
        using var port = new RefusingPort();
        RuntimeConfiguration configuration = Configure([Host()]);

        Assert.DoesNotContain(await CheckAsync(configuration, Local, Scan(port.Port)), IsDiscovered);
        HealthResult row = Assert.Single(await CheckAsync(configuration, Local, Scan(port.Port) with { IncludeDown = true }), IsDiscovered);
        Assert.Equal((ProbeStatus.Down, port.Port, null), (row.Status, row.Port, row.Id));
    }

    [Fact]
    public async Task Looks_at_the_usual_ports_and_those_of_the_models()
    {
        using var port = new RefusingPort();
        RuntimeConfiguration configuration = Configure([Host()], Model("off", port.Port) with { Enabled = false });

        List<HealthResult> rows = await CheckAsync(configuration, Local, new HealthOptions { IncludeDown = true });

        Assert.Equal(
            PortSet.Default.Union(PortSet.Of([port.Port])),
            PortSet.Of(rows.Where(IsDiscovered).Select(row => row.Port!.Value)));
        Assert.DoesNotContain(rows, row => row.Section == HealthSection.Model);
    }

    [Fact]
    public async Task Runs_a_probe_command_once_per_host_as_rendered()
    {
        await using var server = Llama("qwen");
        RuntimeConfiguration configuration = Configure([Host("a"), Host("b")], Model("qwen", server.Port) with { ProbeCommand = "probe {port} on {host_id}" });
        var connections = new System.Collections.Concurrent.ConcurrentBag<FakeConnection>();
        HealthOptions options = Scan(server.Port) with { Timeout = TimeSpan.FromSeconds(7) };

        List<HealthResult> rows = await CheckAsync(
            configuration,
            host =>
            {
                var connection = new FakeConnection(host.Id, (_, _) => Task.FromResult(new CommandResult { ExitCode = 1, Error = "not yet" }));
                connections.Add(connection);
                return connection;
            },
            options);

        Assert.Equal(
            [
                new HostCommand($"probe {server.Port} on a", TimeSpan.FromSeconds(7)),
                new HostCommand($"probe {server.Port} on b", TimeSpan.FromSeconds(7)),
            ],
            connections.SelectMany(connection => connection.Commands).OrderBy(command => command.Text));
        Assert.All(
            rows.Where(row => row.Section == HealthSection.Model),
            row => Assert.Equal((ProbeStatus.Unknown, "probe command: exit code 1: not yet; HTTP: ready"), (row.Status, row.Detail)));
    }

    [Fact]
    public async Task Tells_of_a_probe_command_that_can_not_be_rendered()
    {
        using var port = new RefusingPort();
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", port.Port) with { ProbeCommand = "probe '{source}'", Source = "/m/it's.gguf" });
        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(port.Port));

        HealthResult row = Assert.Single(rows, row => row.Section == HealthSection.Model);
        Assert.Equal(ProbeStatus.Unknown, row.Status);
        Assert.Contains("quotes", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looks_at_enabled_models_on_the_enabled_hosts_they_may_run_on()
    {
        using var port = new RefusingPort();
        RuntimeConfiguration configuration = Configure(
            [Host("a"), Host("b"), Host("off") with { Enabled = false }],
            Model("anywhere", port.Port),
            Model("on-b", port.Port) with { HostPolicy = IdPolicy.Of(["b", "off"]) },
            Model("disabled", port.Port) with { Enabled = false });

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(port.Port));

        Assert.Equal(
            ["a anywhere", "b anywhere", "b on-b"],
            rows.Where(row => row.Section == HealthSection.Model).Select(row => $"{row.HostId} {row.Id}").Order());
        Assert.Equal(["a", "b"], rows.Where(row => row.Section == HealthSection.Host).Select(row => row.Id).Order());
    }

    [Fact]
    public async Task Shows_just_the_models_that_were_asked_for()
    {
        using var port = new RefusingPort();
        RuntimeConfiguration configuration = Configure([Host("a"), Host("b")], Model("qwen", port.Port), Model("llama", port.Port));

        List<HealthResult> rows = await CheckAsync(
            configuration, Local, new HealthOptions { ModelIds = new("qwen"), HostIds = new("b"), IncludeDown = true });

        HealthResult row = Assert.Single(rows);
        Assert.Equal((HealthSection.Model, "b", "qwen"), (row.Section, row.HostId, row.Id));
    }

    [Fact]
    public async Task Scans_for_the_models_that_were_asked_for()
    {
        await using var one = Llama("qwen");
        await using var other = Llama("llama");
        RuntimeConfiguration configuration = Configure([Host()], Model("qwen", 1), Model("llama", 2));

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(one.Port, other.Port) with { ModelIds = new("qwen") });

        HealthResult row = Assert.Single(rows, IsDiscovered);
        Assert.Equal(("qwen", one.Port), (row.Id, row.Port));
    }

    [Fact]
    public async Task Limits_every_section_to_the_hosts_that_were_asked_for()
    {
        await using var server = Llama("qwen");
        RuntimeConfiguration configuration = Configure([Host("a"), Host("b")], Model("qwen", server.Port));

        List<HealthResult> rows = await CheckAsync(configuration, Local, Scan(server.Port) with { HostIds = new("b") });

        Assert.Equal(
            [HealthSection.Discovered, HealthSection.Host, HealthSection.Model],
            rows.Where(row => row.HostId == "b").Select(row => row.Section).Order());
        Assert.Equal(3, rows.Count);
    }

    private static async Task<HealthResult> HostRowAsync(RuntimeHost host, FakeConnection connection)
    {
        using var port = new RefusingPort();
        return Assert.Single(await CheckAsync(Configure([host]), _ => connection, Scan(port.Port)));
    }
}
