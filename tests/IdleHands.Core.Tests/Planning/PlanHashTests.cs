using System.Globalization;
using IdleHands.Planning;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>By what a plan tells that its inputs have changed, and what never shows in one.</summary>
public sealed class PlanHashTests
{
    private const string Clear = "hunter2-in-clear";

    public static TheoryData<string, Func<PlanSelection, PlanSelection>> Changes => new()
    {
        { "start command", selection => selection with { Model = selection.Model with { StartCommand = "x" } } },
        { "source", selection => selection with { Model = selection.Model with { Source = "/x" } } },
        { "display name", selection => selection with { Model = selection.Model with { DisplayName = "x" } } },
        { "any and a list of any", selection => selection with { Model = selection.Model with { HostPolicy = IdPolicy.Of(["any"]) } } },
        { "fallback", selection => selection with { Model = selection.Model with { Fallback = "x" } } },
        { "stop command", selection => selection with { Host = selection.Host with { StopCommand = "x" } } },
        { "drain", selection => selection with { Host = selection.Host with { DrainSec = 0 } } },
        { "grace", selection => selection with { Host = selection.Host with { StopGraceSec = 10 } } },
        { "host name", selection => selection with { Host = selection.Host with { HostName = "x" } } },
        { "secret", selection => selection with { Host = selection.Host with { Password = new Secret("env:X") } } },
        { "backend", selection => selection with { Backend = null } },
        { "variable", selection => selection with { Backend = selection.Backend! with { Environment = new EnvironmentMap([new("A", "2")]) } } },
        { "argument", selection => selection with { Backend = selection.Backend! with { Argument = new NameList("x") } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Changes))]
    public void Configuration_hash_changes_with(string what, Func<PlanSelection, PlanSelection> change)
    {
        PlanSelection before = Selection(backend: Backend("cuda") with { Argument = new NameList("-ngl") });
        Assert.False(Build(before).ConfigurationHash == Build(change(before)).ConfigurationHash, what);
    }

    [Fact]
    public void Configuration_hash_tells_two_arguments_from_one_that_prints_alike()
    {
        RuntimeBackend backend = Backend("cuda");
        Assert.NotEqual(
            Build(Selection(backend: backend with { Argument = new NameList("a", "b") })).ConfigurationHash,
            Build(Selection(backend: backend with { Argument = new NameList("a, b") })).ConfigurationHash);
    }

    [Fact]
    public void Configuration_hash_does_not_depend_on_clear_secrets_or_the_order_of_variables()
    {
        PlanSelection one = Selection(
            host: Host("h") with { Password = new Secret("one") },
            backend: Backend("b") with { Environment = new EnvironmentMap([new("A", "1"), new("B", "2")]) });
        PlanSelection two = Selection(
            host: Host("h") with { Password = new Secret("two") },
            backend: Backend("b") with { Environment = new EnvironmentMap([new("B", "2"), new("A", "1")]) });

        Assert.Equal(Build(one).ConfigurationHash, Build(two).ConfigurationHash);
    }

    [Fact]
    public void Configuration_hash_does_not_depend_on_the_culture()
    {
        PlanSelection selection = Selection(host: Host("h") with { VramGB = 24.5 });
        string here = Build(selection).ConfigurationHash;
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            other.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = other;
            Assert.Equal(here, Build(selection).ConfigurationHash);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void State_hash_tells_what_runs_but_not_for_how_long()
    {
        ActiveRuntime active = Running(Selection());
        string hash = Build(Selection(), active).StateHash;

        Assert.Equal("none", Build(Selection()).StateHash);
        Assert.Equal(hash, Build(Selection(), active with { Uptime = TimeSpan.FromHours(1), Detail = "x" }).StateHash);
        Assert.NotEqual(hash, Build(Selection(), active with { Status = RuntimeStatus.Stale }).StateHash);
        Assert.NotEqual(hash, Build(Selection(), active with { StartedAt = active.StartedAt.AddSeconds(1) }).StateHash);
        Assert.NotEqual(hash, Build(Selection(), active with { Launch = Launched("x") }).StateHash);
        Assert.NotEqual(hash, Build(Selection(), active with { Port = 1 }).StateHash);
    }

    [Fact]
    public void No_secret_stands_in_a_plan()
    {
        RuntimeBackend backend = Backend("cuda") with
        {
            ApplyCommand = "{backend_env} apply",
            VerifyCommand = "verify",
            Environment = new EnvironmentMap([new("TOKEN", "env:HF_TOKEN"), new("KEY", "secret://vault/key"), new("A", "1")]),
        };
        RuntimeModel model = Model() with { StartCommand = "{backend_env} run", ProbeCommand = "{backend_env} probe" };
        RuntimePlan plan = Build(Selection(model, Host("here") with { Password = new Secret(Clear) }, backend));

        string all = string.Join("\n", plan.Steps.Select(step => $"{step} {step.Description}")) + plan;
        Assert.DoesNotContain("HF_TOKEN", all, StringComparison.Ordinal);
        Assert.DoesNotContain("vault/key", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Clear, all, StringComparison.Ordinal);
        Assert.Equal("env A=1  run", Step(plan, "StartModel").Command);
    }

    [Fact]
    public void Secrets_go_beside_the_commands_that_ask_for_the_environment()
    {
        RuntimeBackend backend = Backend("cuda") with
        {
            ApplyCommand = "{backend_env} apply",
            VerifyCommand = "verify",
            Environment = new EnvironmentMap([new("TOKEN", "env:HF_TOKEN"), new("A", "1")]),
        };
        RuntimePlan plan = Build(Selection(Model() with { StartCommand = "{backend_env} run" }, backend: backend));

        var token = new EnvironmentMap([new("TOKEN", "env:HF_TOKEN")]);
        Assert.Equal(token, Step(plan, "StartModel").SecretEnvironment);
        Assert.Equal(token, Step(plan, "ApplyBackend").SecretEnvironment);
        Assert.Empty(Step(plan, "VerifyBackend").SecretEnvironment);
        Assert.Empty(Step(plan, "ProbeHealth").SecretEnvironment);
    }

    private static IdleHands.Hosts.LaunchRecord Launched(string id) => new()
    {
        LaunchId = id,
        ProcessId = 1,
        StartTime = "1",
        BootId = "b",
        LogPath = "/l",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void Served_names_are_what_a_server_may_call_the_model()
    {
        RuntimeModel model = Model() with { Source = "/m/big-7B-00001-of-00002.gguf", ServedName = "big" };
        Assert.Equal(
            new NameList("qwen", "big", "/m/big-7B-00001-of-00002.gguf", "big-7B-00001-of-00002.gguf", "big-7B-00001-of-00002", "big-7B.gguf", "big-7B"),
            ModelSource.ServedNames(model));
        Assert.Equal(new NameList("qwen", "tiny.gguf", "tiny"), ModelSource.ServedNames(Model() with { Source = "tiny.gguf" }));
    }
}
