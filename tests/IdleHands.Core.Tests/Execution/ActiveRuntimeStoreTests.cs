using IdleHands.Execution;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Execution;

public sealed class ActiveRuntimeStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ih-state-").FullName;

    private string StatePath => Path.Combine(_directory, "state", "runtime-active.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static ActiveRuntime Example(string id) => new()
    {
        Id = id,
        HostId = "here",
        BackendId = "cpu",
        Endpoint = "http://127.0.0.1:8080/v1",
        Port = 8080,
        Status = RuntimeStatus.Ready,
        StartedAt = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local),
        Fingerprint = "abc",
        StopCommand = "stop it",
        ServedNames = new NameList(id, "x.gguf"),
        Host = new RuntimeHost { Id = "here", DisplayName = "here", Transport = "ssh", HostName = "h", UserName = "u", Password = new Secret("env:PW"), StopCommand = "stop {model_id}", CleanupCommand = "sync {port}", DrainSec = 0, StopGraceSec = 20 },
        Launch = new LaunchRecord
        {
            LaunchId = "l-1",
            ProcessId = 42,
            StartTime = "7",
            BootId = "b",
            LogPath = "/tmp/l.log",
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        },
    };

    [Fact]
    public void What_is_written_is_read_again()
    {
        var store = new ActiveRuntimeStore(StatePath, "m1");

        store.Write(Example("a"));

        Assert.Equal(Example("a"), store.Read()! with { Uptime = default });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StatePath));
        store.Write(null);
        Assert.Null(store.Read());
    }

    [Fact]
    public void What_a_restore_needs_is_written_down_alone_and_without_what_it_refers_to()
    {
        var store = new ActiveRuntimeStore(StatePath, "m1");
        var model = new RuntimeModel
        {
            Id = "a",
            DisplayName = "A",
            Source = "/m/a.gguf",
            StartCommand = "run {port}",
            HostPolicy = IdPolicy.Of(["here", "there"]),
            BackendPolicy = IdPolicy.Of(["gone", "cpu"]),
            Fallback = "b",
        };
        var backend = new RuntimeBackend { Id = "cpu", DisplayName = "CPU", Type = "cpu", HostFilter = IdPolicy.Of(["here", "there"]), ApplyCommand = "apply" };

        store.Write(Example("a") with { Model = model, Backend = backend });

        ActiveRuntime read = store.Read()!;
        Assert.Equal(model with { HostPolicy = IdPolicy.Of(["here"]), BackendPolicy = IdPolicy.Of(["cpu"]), Fallback = null }, read.Model);
        Assert.Equal(backend with { HostFilter = IdPolicy.Any }, read.Backend);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_no_negative_uptime()
    {
        var store = new ActiveRuntimeStore(StatePath, "m1");

        store.Write(Example("a") with { StartedAt = DateTime.Now.AddDays(2) });

        Assert.Equal(TimeSpan.Zero, store.Read()!.Uptime);
    }

    [Fact]
    public void What_a_newer_version_wrote_is_refused_and_kept()
    {
        const string Newer = """{"schema_version":2,"slots":[]}""";
        Directory.CreateDirectory(Path.GetDirectoryName(StatePath)!);
        File.WriteAllText(StatePath, Newer);
        var store = new ActiveRuntimeStore(StatePath, "m1");

        Assert.Equal("StateFromNewerVersion", Assert.Throws<IdleHandsException>(store.Read).ErrorId);
        Assert.Equal("StateFromNewerVersion", Assert.Throws<IdleHandsException>(() => store.Write(Example("a"))).ErrorId);
        Assert.Equal(Newer, File.ReadAllText(StatePath));
    }

    [Fact]
    public void Nothing_to_say_needs_no_file()
    {
        var store = new ActiveRuntimeStore(StatePath, "m1");
        store.Write(null);
        store.Write(Example("a"));

        store.Write(null);

        Assert.False(File.Exists(StatePath));
    }

    [Fact]
    public void A_password_in_clear_is_not_written_down()
    {
        var store = new ActiveRuntimeStore(StatePath, "m1");
        ActiveRuntime example = Example("a");

        store.Write(example with { Host = example.Host! with { Password = new Secret("hunter2") } });

        Assert.DoesNotContain("hunter2", File.ReadAllText(StatePath), StringComparison.Ordinal);
    }

    [Fact]
    public void Machines_that_share_a_home_keep_their_own_slots()
    {
        var first = new ActiveRuntimeStore(StatePath, "m1");
        var second = new ActiveRuntimeStore(StatePath, "m2");

        first.Write(Example("a"));
        Assert.Null(second.Read());
        second.Write(Example("b"));
        second.Write(Example("c"));

        Assert.Equal("a", first.Read()!.Id);
        Assert.Equal("c", second.Read()!.Id);
        second.Write(null);
        Assert.Equal("a", first.Read()!.Id);
    }

    [Fact]
    public void The_state_of_the_original_CLI_is_read()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StatePath)!);
        File.WriteAllText(StatePath, """
            {"modelId":"coder","backendId":"vulkan","hostIds":["workstation"],"healthy":true,
             "startedAt":"2026-01-02T03:04:05.678Z","pid":12,"endpoint":"http://127.0.0.1:8090"}
            """);

        ActiveRuntime active = new ActiveRuntimeStore(StatePath, "m1").Read()!;

        Assert.Equal(("coder", "workstation", "vulkan", 8090, RuntimeStatus.Ready), (active.Id, active.HostId, active.BackendId, active.Port, active.Status));
        Assert.Null(active.Launch);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"schema_version":0,"slots":{}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"a","host_id":"h","endpoint":"e","status":"ready","port":1,"entries":{"schema_version":1,"hosts":[{"id":7}]}}}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"a","host_id":"h","endpoint":"e","status":"ready","port":1,"entries":{"schema_version":1,"hosts":[{"id":"other","display_name":"o","enabled":true,"transport":"local"}]}}}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"host_id":5}}}""")]
    [InlineData("""{"modelId":7}""")]
    [InlineData("""{"schema_version":1,"slots":null}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":null}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"a","host_id":"h","endpoint":"e","status":"ready","port":70000}}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"a","host_id":"h","endpoint":"e","status":"ready","port":1,"launch":{"id":"l","process_id":0,"start_time":"1","boot_id":"b","log":"/l"}}}}""")]
    [InlineData("""{"schema_version":1,"slots":{"default":{"model_id":"a","host_id":"h","endpoint":"e","status":"ready","port":1,"launch":{"id":"l","process_id":7,"start_time":"1","boot_id":"b","log":""}}}}""")]
    public void A_state_that_can_not_be_understood_is_one_clear_error(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StatePath)!);
        File.WriteAllText(StatePath, text);

        var e = Assert.Throws<IdleHandsException>(() => new ActiveRuntimeStore(StatePath, "m1").Read());

        Assert.Equal("StateUnreadable", e.ErrorId);
        Assert.Contains(StatePath, e.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(StatePath));
    }
}
