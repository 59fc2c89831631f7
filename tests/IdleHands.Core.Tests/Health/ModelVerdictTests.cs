using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Health;

public sealed class ModelVerdictTests
{
    private static readonly RuntimeHost Host = new() { Id = "ws", DisplayName = "ws" };

    private static readonly RuntimeModel Qwen = new()
    {
        Id = "qwen",
        DisplayName = "Qwen",
        Source = "/m/qwen.gguf",
        StartCommand = "x",
        ProbeCommand = "probe",
    };

    private static readonly ServerAnswer Serving = Listing(new ServedModel(new NameList("qwen"), null));
    private static readonly ServerAnswer Foreign = Listing(new ServedModel(new NameList("llama"), null));
    private static readonly ServerAnswer Loading = Status(ProbeStatus.Loading, "Loading model");
    private static readonly ServerAnswer Down = Status(ProbeStatus.Down, "connection refused");
    private static readonly ServerAnswer Unknown = Status(ProbeStatus.Unknown, "needs a key");

    public static TheoryData<string, bool, string, string?> CommandAndHttp => new()
    {
        { nameof(Serving), true, "ready", null },
        { nameof(Loading), true, "unknown", "probe command: ready; HTTP: loading (Loading model; which model it is can't be told)" },
        { nameof(Down), true, "unknown", "probe command: ready; HTTP: down (connection refused)" },
        { nameof(Unknown), true, "ready", "probe command: ready; HTTP: unknown (needs a key)" },
        { nameof(Foreign), true, "unknown", "probe command: ready; HTTP: down (port 8080 serves llama)" },
        { nameof(Serving), false, "unknown", "probe command: exit code 7: not yet; HTTP: ready" },
        { nameof(Loading), false, "loading", "probe command: exit code 7: not yet; HTTP: loading (Loading model; which model it is can't be told)" },
        { nameof(Down), false, "down", "probe command: exit code 7: not yet; HTTP: down (connection refused)" },
        { nameof(Unknown), false, "unknown", "probe command: exit code 7: not yet; HTTP: unknown (needs a key)" },
        { nameof(Foreign), false, "down", "probe command: exit code 7: not yet; HTTP: down (port 8080 serves llama)" },
    };

    [Theory]
    [MemberData(nameof(CommandAndHttp))]
    public void Combines_the_probe_command_with_http(string http, bool succeeds, string status, string? detail)
    {
        var command = new CommandResult { ExitCode = succeeds ? 0 : 7, Error = succeeds ? string.Empty : "not yet\n" };

        HealthResult row = ModelVerdict.Row(Qwen, Host, Named(http), command, null);

        Assert.Equal((status, detail), (row.Status, row.Detail));
    }

    [Fact]
    public void Takes_a_probe_command_that_hangs_for_not_ready()
    {
        var command = new CommandResult { TimedOut = true, Duration = TimeSpan.FromSeconds(5) };

        HealthResult row = ModelVerdict.Row(Qwen, Host, Down, command, null);

        Assert.Equal(("down", "probe command: did not end in 5 s; HTTP: down (connection refused)"), (row.Status, row.Detail));
    }

    [Theory]
    [InlineData(nameof(Serving), "ready", null)]
    [InlineData(nameof(Foreign), "down", "port 8080 serves llama")]
    [InlineData(nameof(Loading), "loading", "Loading model; which model it is can't be told")]
    [InlineData(nameof(Down), "down", "connection refused")]
    [InlineData(nameof(Unknown), "unknown", "needs a key")]
    public void Judges_by_http_alone_without_a_probe_command(string http, string status, string? detail)
    {
        HealthResult row = ModelVerdict.Row(Qwen, Host, Named(http), null, null);

        Assert.Equal((status, detail), (row.Status, row.Detail));
    }

    [Theory]
    [InlineData("qwen", "loading", "Loading model")]
    [InlineData("llama", "down", "port 8080 is held by llama (loading)")]
    public void Gives_a_503_to_the_recorded_model_alone(string recorded, string status, string detail)
    {
        HealthResult row = ModelVerdict.Row(Qwen, Host, Loading, null, Record(recorded));

        Assert.Equal((status, detail), (row.Status, row.Detail));
    }

    [Theory]
    [InlineData("qwen", "ready", "needs a key to list its models")]
    [InlineData("llama", "down", "port 8080 is held by llama (ready)")]
    [InlineData(null, "ready", "needs a key to list its models; which model it is can't be told")]
    public void Gives_a_server_that_lists_nothing_to_the_recorded_model(string? recorded, string status, string detail)
    {
        ServerAnswer keyed = Status(ProbeStatus.Ready, "needs a key to list its models");

        HealthResult row = ModelVerdict.Row(Qwen, Host, keyed, null, recorded is null ? null : Record(recorded));

        Assert.Equal((status, detail), (row.Status, row.Detail));
    }

    [Fact]
    public void Believes_the_list_before_the_record() =>
        Assert.Equal(ProbeStatus.Down, ModelVerdict.Row(Qwen, Host, Foreign, null, Record("qwen")).Status);

    [Fact]
    public void Accepts_the_names_recorded_with_the_launch() =>
        Assert.Equal(ProbeStatus.Ready, ModelVerdict.Row(Qwen, Host, Foreign, null, Record("qwen") with { ServedNames = new("llama") }).Status);

    [Theory]
    [InlineData("loaded", "ready", null)]
    [InlineData("sleeping", "ready", "sleeping: the next request wakes it")]
    [InlineData("loading", "loading", "the router loads it")]
    [InlineData("unloaded", "down", "the router lists it and has not loaded it")]
    [InlineData("odd", "unknown", "the router calls it 'odd'")]
    public void Asks_a_router_for_the_state_of_the_model(string state, string status, string? detail)
    {
        ServerAnswer router = Listing(new ServedModel(new NameList("other"), "loaded"), new ServedModel(new NameList("qwen.gguf"), state));

        HealthResult row = ModelVerdict.Row(Qwen, Host, router, null, null);

        Assert.Equal((status, detail), (row.Status, row.Detail));
    }

    [Fact]
    public void Names_a_few_of_many_foreign_ids()
    {
        ServerAnswer many = Listing("abcde".Select(id => new ServedModel(new NameList($"{id}"), null)).ToArray());

        Assert.Equal("port 8080 serves a, b, c and 2 more", ModelVerdict.Row(Qwen, Host, many, null, null).Detail);
    }

    [Fact]
    public void Carries_what_was_seen()
    {
        ServerAnswer answer = Serving with { Server = "llama.cpp", HttpStatus = 200, Latency = TimeSpan.FromMilliseconds(3) };

        Assert.Equal(
            new HealthResult
            {
                Section = HealthSection.Model,
                HostId = "ws",
                Id = "qwen",
                Port = 8080,
                Status = ProbeStatus.Ready,
                ModelIds = new NameList("qwen"),
                Server = "llama.cpp",
                HttpStatus = 200,
                Latency = TimeSpan.FromMilliseconds(3),
            },
            ModelVerdict.Row(Qwen, Host, answer, null, null));
    }

    private static ServerAnswer Named(string name) => name switch
    {
        nameof(Serving) => Serving,
        nameof(Foreign) => Foreign,
        nameof(Loading) => Loading,
        nameof(Down) => Down,
        _ => Unknown,
    };

    private static ServerAnswer Status(string status, string detail) => new() { Status = status, Detail = detail };

    private static ServerAnswer Listing(params ServedModel[] models) => new()
    {
        Status = ProbeStatus.Ready,
        Models = models,
        ModelIds = NameList.From(models.SelectMany(model => model.Names)),
        ModelIdsKnown = true,
    };

    private static ActiveRuntime Record(string id) => new()
    {
        Id = id,
        HostId = "ws",
        Port = 8080,
        Endpoint = "http://127.0.0.1:8080/v1",
        Status = RuntimeStatus.Starting,
        StartedAt = DateTime.UnixEpoch,
    };
}
