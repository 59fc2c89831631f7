using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

public sealed class SelectFailureTests : SelectTestBase
{
    [Fact]
    public void A_failed_select_emits_its_result_first_and_then_a_non_terminating_error()
    {
        AddModel("crashing", "--load-time 60 --crash-after 0.3 --crash-message out-of-luck");

        IReadOnlyList<PSObject> merged = Session.Get("Select-IHModel crashing 2>&1; 'after'");

        var result = Assert.IsType<SelectResult>(merged[0].BaseObject);
        var error = Assert.IsType<ErrorRecord>(merged[1].BaseObject);
        Assert.Equal("after", merged[2].BaseObject);
        Assert.Equal(SelectStatus.Failed, result.Status);
        Assert.Null(result.Endpoint);
        Assert.Equal("StartFailed,IdleHands.PowerShell.Commands.SelectIHModelCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.OperationStopped, error.CategoryInfo.Category);
        Assert.Equal("crashing", error.TargetObject);
        Assert.Equal(result.Error, error.Exception.Message);
        Assert.Contains("out-of-luck", result.Error, StringComparison.Ordinal);
        Assert.Contains("log", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        AssertNothingRuns();
    }

    [Fact]
    public void ErrorAction_stop_ends_the_script_after_the_result()
    {
        AddModel("missing");
        Session.Get("Set-IHModel missing -Source /nowhere/m.gguf");

        Result run = Session.Run("Select-IHModel missing -ErrorAction Stop; 'after'");

        Assert.Equal(SelectStatus.Failed, Emitted(run).Status);
        var stopped = Assert.IsType<ActionPreferenceStopException>(run.Terminated);
        Assert.Equal("SourceMissing", ErrorId(stopped.ErrorRecord));
        Assert.Equal(ErrorCategory.ObjectNotFound, stopped.ErrorRecord.CategoryInfo.Category);
    }

    [Fact]
    public async Task A_port_that_a_stranger_holds_leaves_the_running_model_untouched()
    {
        AddModel("one");
        Select("one");
        int first = ProcessId();
        await using SampleServerProcess stranger = await SampleServerProcess.StartReadyAsync(Weights, Token, "--model-id", "other");
        AddModel("two");
        Session.Get($"Set-IHModel two -Port {stranger.Port}");

        (_, ErrorRecord error) = Fail("two");

        Assert.Equal("PortInUse", ErrorId(error));
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Equal(stranger.Port, error.TargetObject);
        Assert.Contains("Set-IHModel two -Port", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.False(stranger.HasExited);
        Assert.Equal(("one", first, RuntimeStatus.Ready), (Look().Id, ProcessId(), Look().Status));
    }

    [Theory]
    [InlineData("-HostId nowhere", "HostNotFound")]
    [InlineData("-HostId away", "HostPolicyViolation")]
    [InlineData("-BackendId none", "BackendNotFound")]
    [InlineData("-BackendId other", "BackendPolicyViolation")]
    public void An_override_that_can_not_be_is_a_non_terminating_error(string arguments, string errorId)
    {
        Session.Get("Add-IHHost away; Add-IHBackend fast; Add-IHBackend other");
        AddModel("one", more: "-HostPolicy here -BackendPolicy fast");

        Result run = Session.Run($"Select-IHModel one {arguments}; 'after'");

        Assert.Null(run.Terminated);
        Assert.Equal(errorId, ErrorId(run.Error));
        Assert.NotNull(run.Error.ErrorDetails.RecommendedAction);
        Assert.Equal("after", Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public void Another_machine_that_is_not_found_fails_with_a_result_and_says_so()
    {
        Session.Get("Add-IHHost box -Transport ssh -HostName box.invalid");
        AddModel("far", more: "-HostPolicy box");

        (SelectResult result, ErrorRecord error) = Fail("far");

        Assert.Equal(SelectStatus.Failed, result.Status);
        Assert.Equal("HostNameUnknown", ErrorId(error));
    }

    [Fact]
    public void A_corrupt_state_is_set_aside_with_a_warning_and_the_select_goes_on()
    {
        AddModel("one");
        Session.WriteState("{ not JSON");

        Result run = Session.Run("Select-IHModel one");

        Assert.Empty(run.Errors);
        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        string aside = Assert.Single(Directory.EnumerateFiles(Session.StateDirectory, "*.unreadable-*"));
        Assert.Equal("{ not JSON", File.ReadAllText(aside));
        Assert.Contains(aside, Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_ran_before_is_brought_back_and_the_failure_is_told_behind_the_result()
    {
        AddModel("one");
        Select("one");
        AddModel("crashing", "--load-time 60 --crash-after 0.3");

        Result run = Session.Run("Select-IHModel crashing");

        SelectResult result = Emitted(run);
        Assert.Equal((SelectStatus.Restored, "crashing", "one"), (result.Status, result.Id, result.ActiveId));
        Assert.Equal("StartFailed", ErrorId(run.Error));
        Assert.Contains("'one', which ran before, was started again and answers", run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("Model 'crashing' did not start; going back to 'one'.", Assert.Single(run.Warnings));
        Assert.Equal(run.Warnings, result.Warnings);
        Assert.Equal("one", Property(Assert.Single(Session.Get("Get-IHRuntime | Wait-IHModel")), "Id"));
        Assert.Equal(("one", RuntimeStatus.Ready), (Look().Id, Look().Status));
    }

    [Fact]
    public void A_fallback_is_started_where_that_is_asked()
    {
        AddModel("small");
        AddModel("crashing", "--load-time 60 --crash-after 0.3", "-Fallback small");

        (SelectResult result, ErrorRecord error) = Fail("crashing -OnFailure Fallback");

        Assert.Equal((SelectStatus.FellBack, "small"), (result.Status, result.ActiveId));
        Assert.Equal("StartFailed", ErrorId(error));
        Assert.Equal("small", Look().Id);
    }
}
