using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>Get-IHRuntime and Stop-IHRuntime where something is wrong.</summary>
public sealed class ActiveRuntimeTests : SelectTestBase
{
    [Fact]
    public void Nothing_is_emitted_and_nothing_is_wrong_where_nothing_runs()
    {
        Assert.Empty(Session.Get("Get-IHRuntime; Get-IHRuntime -Verify; Stop-IHRuntime; Stop-IHRuntime -PassThru"));
        Assert.Equal(["No model is active."], Session.Run("Stop-IHRuntime -Verbose").Verbose.Where(line => !line.StartsWith("Performing", StringComparison.Ordinal)));
    }

    [Fact]
    public void Verify_sees_that_the_server_has_died_and_changes_nothing()
    {
        AddModel("one");
        Select("one");
        Kill(ProcessId());

        Assert.Equal(RuntimeStatus.Ready, Active()!.Status);
        ActiveRuntime seen = Look();
        Assert.Equal(RuntimeStatus.Exited, seen.Status);
        Assert.Equal(TimeSpan.Zero, seen.Uptime);
        Assert.NotNull(seen.Detail);
        Assert.Equal(RuntimeStatus.Ready, Active()!.Status);
    }

    [Fact]
    public async Task Verify_sees_that_the_server_loads()
    {
        AddModel("slow", "--load-time 60");
        var (shell, running) = await BeginLoadingAsync("slow");
        using (shell)
        {
            using var other = new OtherSession(Session);

            Assert.Equal(RuntimeStatus.Starting, ((ActiveRuntime)Assert.Single(other.Run("Get-IHRuntime").Output).BaseObject).Status);
            Assert.Equal(RuntimeStatus.Loading, ((ActiveRuntime)Assert.Single(other.Run("Get-IHRuntime -Verify").Output).BaseObject).Status);
            await Task.Run(shell.Stop, Token);
            Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        }
    }

    [Fact]
    public void Stop_stops_what_runs_and_tells_what_it_was()
    {
        AddModel("one");
        Select("one");

        var stopped = Assert.IsType<ActiveRuntime>(Assert.Single(Session.Get("Stop-IHRuntime -PassThru")).BaseObject);

        Assert.Equal(("one", RuntimeStatus.Exited), (stopped.Id, stopped.Status));
        AssertNothingRuns();
    }

    [Fact]
    public void Stop_with_force_kills_a_server_that_ignores_TERM()
    {
        AddModel("stubborn", "--ignore-term");
        Select("stubborn");

        Assert.Empty(Session.Get("Stop-IHRuntime -Force"));

        AssertNothingRuns();
    }

    [Theory]
    [InlineData("{ not JSON")]
    [InlineData("""{"schema_version":1,"hosts":[],"backends":[],"models":[{"id":"X Y"}]}""")]
    public void A_broken_configuration_blocks_neither_the_look_nor_the_stop(string json)
    {
        AddModel("one");
        Select("one");
        Session.WriteConfiguration(json);

        Assert.Equal(RuntimeStatus.Ready, Look().Status);
        Assert.Empty(Session.Get("Stop-IHRuntime"));
        AssertNothingRuns();
    }

    [Fact]
    public void A_host_that_has_left_the_configuration_is_no_obstacle_to_the_stop()
    {
        AddModel("one");
        Select("one");
        Session.Get("Remove-IHModel one -Confirm:$false; Remove-IHHost here -Confirm:$false");

        Assert.Empty(Session.Get("Stop-IHRuntime"));

        AssertNothingRuns();
    }

    [Theory]
    [InlineData("Get-IHRuntime")]
    [InlineData("Get-IHRuntime -Verify")]
    [InlineData("Resolve-IHEndpoint")]
    public void A_corrupt_state_is_one_clear_error(string script)
    {
        Session.WriteState("{ not JSON");

        Result run = Session.Run($"{script}; 'after'");

        Assert.Equal("StateUnreadable", ErrorId(run.Error));
        Assert.Equal(ErrorCategory.InvalidData, run.Error.CategoryInfo.Category);
        Assert.Equal(Session.StateFile, run.Error.TargetObject);
        Assert.Contains(Session.StateFile, run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Stop-IHRuntime", run.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("after", Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public void A_stop_makes_good_a_state_that_is_broken_and_stops_what_runs()
    {
        AddModel("one");
        Select("one");
        Session.WriteState("{ not JSON");

        Result run = Session.Run("Stop-IHRuntime -PassThru");

        Assert.Empty(run.Errors);
        Assert.Equal("one", ((ActiveRuntime)Assert.Single(run.Output).BaseObject).Id);
        Assert.Contains("By the record of its launch, model 'one' runs", Assert.Single(run.Warnings), StringComparison.Ordinal);
        AssertNothingRuns();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_state_has_lost_is_still_shown_and_a_warning_says_so(bool isBroken)
    {
        AddModel("one");
        string endpoint = Select("one").Endpoint!;
        if (isBroken)
        {
            Session.WriteState("{ not JSON");
        }
        else
        {
            File.Delete(Session.StateFile);
        }

        Result run = Session.Run("Get-IHRuntime -Verify; Resolve-IHEndpoint");

        Assert.Empty(run.Errors);
        Assert.Equal(("one", RuntimeStatus.Ready), (Property(run.Output[0], "Id"), Property(run.Output[0], "Status")));
        Assert.Equal(endpoint, Property(run.Output[1], "Endpoint"));
        Assert.All(run.Warnings, warning => Assert.Contains("By the record of its launch, model 'one' runs", warning, StringComparison.Ordinal));
        Assert.Equal(2, run.Warnings.Count);
    }

    [Fact]
    public void What_has_ended_is_told_with_its_exit_code()
    {
        string die = Path.Combine(Session.Root, "die");
        AddModel("one", $"--die-on {die} --crash-code 7");
        Select("one");
        File.WriteAllText(die, string.Empty);

        ActiveRuntime seen;
        while ((seen = Look()).Status != RuntimeStatus.Exited)
        {
            Thread.Sleep(20);
        }

        Assert.Equal((7, "its start command ended with exit code 7"), (seen.ExitCode, seen.Detail));
    }

    [Fact]
    public void What_was_launched_carries_its_launch_and_its_state_directory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux shows another process's environment");
        AddModel("one");
        Select("one");

        Assert.Equal(
            [Path.GetFileNameWithoutExtension(Active()!.LogPath)],
            Launches.Of(Session.StateDirectory).Values.Distinct());
    }
}
