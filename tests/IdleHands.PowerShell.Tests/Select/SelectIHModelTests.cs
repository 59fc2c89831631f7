using System.Management.Automation;
using IdleHands.PowerShell.Tests.Hosting;

namespace IdleHands.PowerShell.Tests.Select;

public sealed class SelectIHModelTests : SelectTestBase
{
    [Fact]
    public void A_dry_run_emits_a_plan_whose_steps_filter_and_changes_nothing()
    {
        int port = AddModel("one");

        PSObject plan = Assert.Single(Session.Get("Select-IHModel -Id one -DryRun"));

        Assert.Equal("one", Property(plan, "Id"));
        Assert.Equal("here", Property(plan, "HostId"));
        Assert.Equal(false, Property(plan, "Reuse"));
        PSObject start = Assert.Single(Session.Get("(Select-IHModel one -DryRun).Steps | Where Kind -eq StartModel"));
        Assert.Contains($"--port {port}", (string)Property(start, "Command")!, StringComparison.Ordinal);
        Assert.Equal(
            ["CheckSource", "CheckPort", "StartModel", "ProbeHealth"],
            Session.Get("(Select-IHModel one -DryRun).Steps | ForEach-Object Kind").Select(kind => (string)kind.BaseObject));
        Assert.False(Directory.Exists(Session.StateDirectory));
    }

    [Fact]
    public void Starts_a_model_that_answers_and_is_written_down()
    {
        int port = AddModel("one");

        SelectResult result = Select("one");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal($"http://127.0.0.1:{port}/v1", result.Endpoint);
        Assert.All(result.Steps, step => Assert.Equal("ok", step.Status));
        ActiveRuntime active = Look();
        Assert.Equal(("one", RuntimeStatus.Ready, port), (active.Id, active.Status, active.Port));
        Assert.Equal(result.LogPath, active.LogPath);
    }

    [Fact]
    public void Reuses_a_healthy_runtime_after_a_probe()
    {
        AddModel("one");
        Select("one");
        int first = ProcessId();

        SelectResult result = Select("one");

        Assert.Equal(SelectStatus.Reused, result.Status);
        Assert.Equal("ProbeHealth", Assert.Single(result.Steps).Kind);
        Assert.Equal(first, ProcessId());
    }

    [Fact]
    public void A_killed_server_is_started_again_once_with_a_warning()
    {
        AddModel("one");
        Select("one");
        int first = ProcessId();
        Kill(first);

        Result run = Session.Run("Select-IHModel one");

        Assert.Empty(run.Errors);
        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        Assert.Single(Emitted(run).Steps, step => step.Kind == "StartModel");
        Assert.Contains("Model 'one' is written down as running", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.NotEqual(first, ProcessId());
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
    }

    [Theory]
    [InlineData("-Restart")]
    [InlineData("-Force")]
    public void Restart_and_force_start_again_what_runs_well(string how)
    {
        AddModel("one");
        Select("one");
        int first = ProcessId();

        SelectResult result = Select($"one {how}");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Contains("restart asked", result.Reasons);
        Assert.NotEqual(first, ProcessId());
    }

    [Fact]
    public void A_changed_start_command_restarts_with_that_reason()
    {
        AddModel("one");
        Select("one");
        Session.Get($"Set-IHModel one -StartCommand '{StartCommand("--ctx-size 512")}'");

        SelectResult result = Select("one");

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal(["start command changed"], result.Reasons);
    }

    [Fact]
    public void A_switch_stops_the_one_and_starts_the_other()
    {
        int one = AddModel("one");
        AddModel("two");
        Select("one");

        SelectResult result = Select("two");

        Assert.Equal(["model one → two"], result.Reasons);
        Assert.False(IsListening(one));
        Assert.Equal("two", Look().Id);
    }

    [Fact]
    public void HostId_and_backendId_take_the_place_of_the_policy()
    {
        Session.Get("Add-IHHost there; Add-IHBackend first; Add-IHBackend second");
        AddModel("one", more: "-HostPolicy here, there -BackendPolicy first, second");

        PSObject byPolicy = Assert.Single(Session.Get("Select-IHModel one -DryRun"));
        PSObject asked = Assert.Single(Session.Get("Select-IHModel one -HostId there -BackendId second -DryRun"));

        Assert.Equal(("here", "first"), (Property(byPolicy, "HostId"), Property(byPolicy, "BackendId")));
        Assert.Equal(("there", "second"), (Property(asked, "HostId"), Property(asked, "BackendId")));
        Assert.Equal("second", Select("one -BackendId second").BackendId);
    }

    [Fact]
    public void TimeoutSec_bounds_the_wait_of_this_select()
    {
        AddModel("slow", "--load-time 60 --quiet-load");

        (SelectResult result, ErrorRecord error) = Fail("slow -TimeoutSec 1");

        Assert.Equal("ProbeTimeout", ErrorId(error));
        Assert.Equal(ErrorCategory.OperationTimeout, error.CategoryInfo.Category);
        Assert.Contains("not ready within 1 s", result.Error, StringComparison.Ordinal);
        PSObject step = Assert.Single(Session.Get("(Select-IHModel slow -TimeoutSec 7 -DryRun).Steps | Where Kind -eq ProbeHealth"));
        Assert.Equal(TimeSpan.FromSeconds(7), Property(step, "Timeout"));
        AssertNothingRuns();
    }

    [Fact]
    public async Task LockTimeoutSec_bounds_the_wait_for_another_select_and_names_it()
    {
        AddModel("slow", "--load-time 60");
        AddModel("one");
        var (loading, running) = await BeginLoadingAsync("slow");
        using (loading)
        using (var other = new OtherSession(Session))
        {
            Result refused = other.Run("Select-IHModel one -LockTimeoutSec 0");

            Assert.Equal("RuntimeLocked", ErrorId(refused.Error));
            Assert.Equal(ErrorCategory.ResourceBusy, refused.Error.CategoryInfo.Category);
            Assert.Contains($"process {Environment.ProcessId} (Select-IHModel slow, since ", refused.Error.Exception.Message, StringComparison.Ordinal);
            Assert.Contains("-LockTimeoutSec", refused.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);

            await Task.Run(loading.Stop, Token);
            Assert.Throws<PipelineStoppedException>(() => loading.EndInvoke(running));
        }
    }

    [Fact]
    public async Task Force_takes_the_place_of_a_select_that_is_under_way()
    {
        int slow = AddModel("slow", "--load-time 60");
        AddModel("one");
        var (loading, running) = await BeginLoadingAsync("slow");
        using (loading)
        using (var other = new OtherSession(Session))
        {
            Result taken = other.Run("Select-IHModel one -Force");

            Assert.Empty(taken.Errors);
            Assert.Equal(SelectStatus.Started, Emitted(taken).Status);
            Assert.Empty(loading.EndInvoke(running));
            Assert.Equal("TakenOver", ErrorId(Assert.Single(loading.Streams.Error)));
            Assert.False(IsListening(slow));
            Assert.Equal(("one", RuntimeStatus.Ready), (Look().Id, Look().Status));
        }
    }

    [Theory]
    [InlineData("-Id one")]
    [InlineData("One")]
    public void The_id_is_positional_and_read_in_any_case(string arguments)
    {
        AddModel("one");

        Assert.Equal("one", Assert.Single(Session.Get($"(Select-IHModel {arguments} -DryRun).Id")).BaseObject);
    }
}
