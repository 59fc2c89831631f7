using IdleHands.Planning;
using IdleHands.Templates;
using static IdleHands.Core.Tests.Planning.PlanSamples;

namespace IdleHands.Core.Tests.Planning;

/// <summary>Which steps a plan has, in which order, and what each carries.</summary>
public sealed class PlanStepsTests
{
    private static readonly RuntimeBackend Full = Backend("cuda") with
    {
        ApplyCommand = "apply {host_id}",
        VerifyCommand = "verify {backend_id}",
    };

    private static readonly RuntimeHost Controlled = Host("here") with
    {
        StopCommand = "stop {model_id} {port}",
        CleanupCommand = "clean {model_id}",
    };

    [Fact]
    public void First_start_has_checks_start_and_probe()
    {
        RuntimePlan plan = Build(Selection());

        Assert.Equal(["CheckSource", "CheckPort", "StartModel", "ProbeHealth"], Kinds(plan));
        Assert.Equal([1, 2, 3, 4], plan.Steps.Select(step => step.Order));
        Assert.All(plan.Steps, step => Assert.Equal("here", step.HostId));
        Assert.Equal("run -m /models/qwen-14B-Q5_K_M.gguf --port 8080", Step(plan, "StartModel").Command);
        Assert.False(plan.Reuse);
    }

    [Fact]
    public void First_start_with_a_backend_applies_and_then_verifies_it() => Assert.Equal(
        ["CheckSource", "CheckPort", "ApplyBackend", "VerifyBackend", "StartModel", "ProbeHealth"],
        Kinds(Build(Selection(backend: Full))));

    [Fact]
    public void A_backend_that_needs_no_applying_is_verified_before_anything_is_stopped()
    {
        PlanSelection selection = Selection(backend: Full with { ApplyCommand = null });
        Assert.Equal(
            ["CheckSource", "CheckPort", "VerifyBackend", "DrainModel", "StopModel", "WaitRelease", "StartModel", "ProbeHealth"],
            Kinds(Build(selection, Running(Selection(Model("other"))))));
    }

    [Fact]
    public void A_rollback_is_prepared_with_its_secrets_where_a_backend_is_applied()
    {
        RuntimeBackend backend = Full with { RollbackCommand = "undo {backend_env} {model_id}", Environment = new EnvironmentMap([new("TOKEN", "env:X")]) };

        RuntimePlan first = Build(Selection(backend: backend));
        RuntimePlan again = Build(Selection(backend: backend), Running(Selection(Model("other"), backend: backend)));

        Assert.Equal("undo  qwen", first.RollbackCommandRendered);
        Assert.Equal(["TOKEN"], first.RollbackSecrets.Keys);
        Assert.Null(again.RollbackCommandRendered);
        Assert.Empty(again.RollbackSecrets);
    }

    [Fact]
    public void A_rollback_that_can_not_be_written_matters_only_where_it_may_run()
    {
        RuntimeBackend backend = Full with { RollbackCommand = "undo {max_tokens}" };
        ActiveRuntime active = Running(Selection(Model("other"), backend: Full));

        Assert.NotEmpty(Build(Selection(backend: backend with { ApplyCommand = null })).Steps);
        Assert.NotEmpty(Build(Selection(backend: backend), active).Steps);
        var error = Assert.Throws<TemplateException>(() => Build(Selection(backend: backend)));
        Assert.Equal("TemplateValueMissing", error.ErrorId);
        Assert.Contains("the rollback command of backend 'cuda'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_backend_is_not_applied_again()
    {
        ActiveRuntime active = Running(Selection(Model("other"), backend: Full));
        Assert.Equal(
            ["CheckSource", "CheckPort", "VerifyBackend", "DrainModel", "StopModel", "WaitRelease", "StartModel", "ProbeHealth"],
            Kinds(Build(Selection(backend: Full), active)));
    }

    [Fact]
    public void The_same_backend_is_applied_on_another_host()
    {
        ActiveRuntime active = Running(Selection(host: Host("there"), backend: Full));
        Assert.Contains("ApplyBackend", Kinds(Build(Selection(backend: Full), active)));
    }

    [Fact]
    public void A_switch_with_everything_has_every_step_in_order()
    {
        RuntimeHost remote = Controlled with { Transport = "ssh", HostName = "gpu.example" };
        RuntimeModel model = Model() with { ChatTemplate = "/t/my.jinja", StartCommand = "run {chat_template_args}", ProbeCommand = "probe {port}" };
        ActiveRuntime active = Running(Selection(Model("old") with { Port = 9000 }, Controlled));

        RuntimePlan plan = Build(Selection(model, remote, Full), active);

        Assert.Equal(
            ["CheckSource", "CheckPort", "CopyFile", "DrainModel", "StopModel", "CleanupModel", "WaitRelease", "ApplyBackend", "VerifyBackend", "StartModel", "ProbeHealth"],
            Kinds(plan));
        Assert.Equal(
            [null, null, null, null, "stop old 9000", "clean old", null, "apply here", "verify cuda", "run --chat-template-file .idlehands/templates/qwen.jinja", "probe 8080"],
            plan.Steps.Select(step => step.Command));
        Assert.Equal([10, 10, 30, 30, 30, 30, 30, 120, 30, 30, 120], plan.Steps.Select(step => (int)step.Timeout.TotalSeconds));
        Assert.Equal(new NameList("/t/my.jinja", ".idlehands/templates/qwen.jinja"), Step(plan, "CopyFile").Paths);
        Assert.Equal([8080, 9000, 9000, 9000, 9000, 8080, 8080], plan.Steps.Where(step => step.Port != 0).Select(step => step.Port));
    }

    [Fact]
    public void What_runs_is_stopped_on_its_own_host_also_when_that_left_the_configuration()
    {
        ActiveRuntime active = Running(Selection(host: Controlled with { Id = "gone" }));
        RuntimePlan plan = Build(Selection(), active);

        Assert.Equal(["gone", "gone", "gone", "gone"], plan.Steps.Where(step => step.Kind is "DrainModel" or "StopModel" or "CleanupModel" or "WaitRelease").Select(step => step.HostId));
        Assert.Same(active, plan.Active);
    }

    [Theory]
    [InlineData("https://models.example/a.gguf")]
    [InlineData("hf:org/model:Q4_K_M")]
    [InlineData("s3://bucket/a.gguf")]
    public void A_source_that_is_an_address_is_not_looked_for(string source) =>
        Assert.DoesNotContain("CheckSource", Kinds(Build(Selection(Model() with { Source = source }))));

    [Theory]
    [InlineData("tiny.gguf")]
    [InlineData("C:\\models\\a.gguf")]
    [InlineData("/models/a:b.gguf")]
    [InlineData("./a b.gguf")]
    public void A_source_that_is_a_path_is_looked_for(string source) =>
        Assert.Equal(new NameList(source), Step(Build(Selection(Model() with { Source = source })), "CheckSource").Paths);

    [Fact]
    public void Every_shard_is_looked_for() => Assert.Equal(
        new NameList("/m/a-00001-of-00002.gguf", "/m/a-00002-of-00002.gguf"),
        Step(Build(Selection(Model() with { Source = "/m/a-00001-of-00002.gguf" })), "CheckSource").Paths);

    [Fact]
    public void Nothing_is_copied_to_this_machine_and_no_built_in_template_anywhere()
    {
        RuntimeHost remote = Host("there") with { Transport = "exec" };
        Assert.DoesNotContain("CopyFile", Kinds(Build(Selection(Model() with { ChatTemplate = "/t/my.jinja" }))));
        Assert.DoesNotContain("CopyFile", Kinds(Build(Selection(Model() with { ChatTemplate = "chatml" }, remote))));
    }

    [Fact]
    public void Reuse_verifies_and_probes()
    {
        RuntimePlan plan = Build(Selection(backend: Full), Running(Selection(backend: Full)));

        Assert.True(plan.Reuse);
        Assert.Equal(["VerifyBackend", "ProbeHealth"], Kinds(plan));
        Assert.Equal(["qwen is ready with the same start command"], plan.Reasons);
    }

    [Fact]
    public void Reuse_without_a_verify_command_still_probes() => Assert.Equal(["ProbeHealth"], Kinds(Build(Selection(), Running(Selection()))));

    [Fact]
    public void Commands_for_a_later_stop_are_rendered_with_this_model()
    {
        RuntimePlan plan = Build(Selection(Model() with { StatusCommand = "systemctl is-active {model_id}" }, Controlled));
        Assert.Equal(
            ("stop qwen 8080", "clean qwen", "systemctl is-active qwen"),
            (plan.StopCommandRendered, plan.CleanupCommandRendered, plan.StatusCommandRendered));
    }

    [Theory]
    [InlineData("local", null, "http://127.0.0.1:8080/v1")]
    [InlineData("exec", "ignored", "http://127.0.0.1:8080/v1")]
    [InlineData("ssh", "gpu.example", "http://gpu.example:8080/v1")]
    [InlineData("ssh", "fd00::7", "http://[fd00::7]:8080/v1")]
    [InlineData("ssh", "10.0.0.7", "http://10.0.0.7:8080/v1")]
    public void Endpoint_is_where_the_host_is_reached(string transport, string? name, string expected) =>
        Assert.Equal(expected, Build(Selection(host: Host("h") with { Transport = transport, HostName = name })).Endpoint);

    [Fact]
    public void Errors_of_a_command_name_it_and_what_changes_it()
    {
        var error = Assert.Throws<IdleHands.Templates.TemplateException>(() => Build(Selection(Model() with { Source = "a b", ProbeCommand = "probe '{source}'" })));

        Assert.Equal("TemplateUnsafe", error.ErrorId);
        Assert.Contains("the probe command of model 'qwen'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Set-IHModel -Id qwen -ProbeCommand", error.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_are_not_waited_for_by_force_or_where_the_host_says_so()
    {
        ActiveRuntime active = Running(Selection(Model("old")));
        RuntimePlan plain = Build(Selection(), active);
        RuntimePlan forced = Build(Selection(request: new PlanRequest("qwen") { Force = true }), active);
        RuntimePlan never = Build(Selection(), active with { Host = active.Host! with { DrainSec = 0 } });
        RuntimePlan longer = Build(Selection(), active with { Host = active.Host! with { DrainSec = 90 } });

        Assert.Contains("at most 30 s", Step(plain, "DrainModel").Description, StringComparison.Ordinal);
        Assert.DoesNotContain("DrainModel", Kinds(forced));
        Assert.DoesNotContain("DrainModel", Kinds(never));
        Assert.Equal(TimeSpan.FromSeconds(90), Step(longer, "DrainModel").Timeout);
    }

    [Fact]
    public void What_the_state_has_lost_is_stopped_too()
    {
        ActiveRuntime active = Running(Selection(Model("old")));
        ActiveRuntime lost = Running(Selection(Model("lost") with { Port = 9000 }, Host("there"))) with { Launch = Launch("lost-1") };

        RuntimePlan restart = Planner.Build(Selection(), active, new PlanFacts { Leftovers = [lost] });
        RuntimePlan reuse = Planner.Build(Selection(), Running(Selection()), new PlanFacts { Leftovers = [lost] });

        Assert.Equal([("old", "here"), ("lost", "there")], restart.Steps.Where(step => step.Kind == "StopModel").Select(step => (step.Runtime!.Id, step.HostId)));
        Assert.True(reuse.Reuse);
        Assert.Equal(["DrainModel", "StopModel", "WaitRelease", "ProbeHealth"], Kinds(reuse));
        Assert.NotEqual(reuse.StateHash, Build(Selection(), Running(Selection())).StateHash);
    }

    [Fact]
    public void A_server_that_was_found_at_work_is_taken_over_and_what_ran_is_stopped()
    {
        var found = new PlanFacts { Found = new FoundServer("process 7 (llama-server)", Launch("adopted-7-1")) };
        ActiveRuntime active = Running(Selection(Model("old") with { Port = 9000 }));

        RuntimePlan plan = Planner.Build(Selection(backend: Full), active, found);

        Assert.True(plan.Reuse);
        Assert.Equal(["VerifyBackend", "DrainModel", "StopModel", "WaitRelease", "ProbeHealth"], Kinds(plan));
        Assert.Equal("process 7 (llama-server) serves qwen already and is taken over", plan.Reasons[0]);
        Assert.NotEqual(plan.StateHash, Build(Selection(backend: Full), active).StateHash);
    }

    [Fact]
    public void A_found_server_is_no_reason_to_stop_a_record_of_the_same_model_whose_launch_is_gone() => Assert.Equal(
        ["ProbeHealth"],
        Kinds(Planner.Build(
            Selection(request: new PlanRequest("qwen") { RestartReason = "it is gone" }),
            Running(Selection()),
            new PlanFacts { Found = new FoundServer("process 7", Launch("adopted-7-1")) })));

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_found_server_is_not_taken_over_when_a_restart_is_asked(bool restart, bool force)
    {
        RuntimePlan plan = Planner.Build(
            Selection(request: new PlanRequest("qwen") { Restart = restart, Force = force }),
            null,
            new PlanFacts { Found = new FoundServer("process 7", Launch("adopted-7-1")) });

        Assert.False(plan.Reuse);
        Assert.Null(plan.Adopts);
    }

    [Fact]
    public void Past_starts_give_an_estimate_of_the_plan_and_of_its_probe()
    {
        RuntimePlan known = Planner.Build(Selection(), null, new PlanFacts { LoadTime = TimeSpan.FromSeconds(42.4) });
        RuntimePlan reuse = Planner.Build(Selection(), Running(Selection()), new PlanFacts { LoadTime = TimeSpan.FromSeconds(42.4) });

        Assert.Equal(TimeSpan.FromSeconds(42.4), known.EstimatedDuration);
        Assert.Equal(TimeSpan.FromSeconds(42.4), Step(known, "ProbeHealth").EstimatedDuration);
        Assert.Contains("usually 42 s", Step(known, "ProbeHealth").Description, StringComparison.Ordinal);
        Assert.Null(reuse.EstimatedDuration);
        Assert.Null(Build(Selection()).EstimatedDuration);
    }

    [Fact]
    public void A_stop_waits_for_requests_and_for_what_it_frees()
    {
        RuntimePlan plan = Planner.BuildStop(Running(Selection(Model("old"), Controlled)), [], force: false);

        Assert.True(plan.IsStop);
        Assert.Equal(["DrainModel", "StopModel", "CleanupModel", "WaitRelease"], Kinds(plan));
        Assert.Equal(["StopModel", "CleanupModel", "WaitRelease"], Kinds(Planner.BuildStop(plan.Active!, [], force: true)));
    }

    [Fact]
    public void Warns_of_a_tilde_that_no_shell_will_read() =>
        Assert.Contains("starts with ~", Assert.Single(Build(Selection(Model() with { Source = "~/a.gguf" })).Warnings), StringComparison.Ordinal);
}
