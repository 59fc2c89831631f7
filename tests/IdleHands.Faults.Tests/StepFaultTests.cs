using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Execution;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>Commands of a host or a backend that fail, hang, or leave something behind that holds their output open.</summary>
public abstract class StepFaultTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    private string Proof => Path.Combine(Work, "rolled-back");

    /// <summary>Succeeds, and leaves a child behind that holds the output open for a minute.</summary>
    private string LeaveChild => $"sh -c 'echo $$ > {Work}/child; exec sleep 60' & true";

    private void AddNext(string backend)
    {
        Configure($"Add-IHBackend gpu -Type cpu -RollbackCommand 'touch {Proof}' {backend}");
        AddModel("next", more: "-BackendPolicy gpu");
    }

    private static StepOutcome Step(SelectResult result, string kind) => result.Steps.First(step => step.Kind == kind);

    [Fact]
    public async Task A_verify_command_that_fails_leaves_what_runs_alone()
    {
        RunBefore();
        int process = ProcessId();
        AddNext("-VerifyCommand 'echo no device >&2; exit 4'");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "VerifyFailed", ErrorCategory.OperationStopped, "Test-IHBackend gpu");
        Assert.Equal((SelectStatus.Failed, "before"), (result.Status, result.ActiveId));
        Assert.EndsWith("Model 'before' was left running.", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(process, ProcessId());
        await AssertEndsWithAsync("before");
    }

    [Theory]
    [InlineData("-ApplyCommand 'exit 5'", "ApplyFailed")]
    [InlineData("-ApplyCommand true -VerifyCommand 'exit 6'", "VerifyFailed")]
    public async Task A_backend_that_fails_after_the_stop_is_rolled_back_and_what_ran_is_brought_back(string commands, string errorId)
    {
        RunBefore();
        AddNext(commands);

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, errorId, ErrorCategory.OperationStopped, "Test-IHBackend gpu");
        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        Assert.Equal("ok", Step(result, PlanStepKind.RollbackBackend).Status);
        Assert.True(File.Exists(Proof));
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_rollback_that_fails_too_is_told_and_what_ran_is_brought_back()
    {
        RunBefore();
        AddNext("-ApplyCommand 'exit 5'");
        Configure("Set-IHBackend gpu -RollbackCommand 'exit 7'");

        Result run = Session.Run("Select-IHModel next");

        AssertTells(run.Error, "ApplyFailed", ErrorCategory.OperationStopped, "Test-IHBackend gpu");
        Assert.Equal(SelectStatus.Restored, Emitted(run).Status);
        Assert.Contains(run.Warnings, warning => warning.Contains("undo backend gpu", StringComparison.Ordinal));
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_stop_command_that_fails_is_followed_by_a_TERM()
    {
        RunBefore(host: $"-StopCommand {Quote($"if [ -e {HoldFile("stop")} ]; then exit 3; fi; {StopCommand}")}");
        AddModel("next");
        Hold("stop");

        SelectResult result = Select("next");
        Release();

        Assert.Equal("the stop command ended with 3 and left it running; ended on TERM", Step(result, PlanStepKind.StopModel).Detail);
        await AssertEndsWithAsync("next");
    }

    [Fact]
    public async Task A_stop_command_that_hangs_is_ended_at_its_limit_and_followed_by_a_TERM()
    {
        // The usual limit is 30 s; by force it is 10 s.
        RunBefore(host: $"-StopCommand {Quote($"if [ -e {HoldFile("stop")} ]; then echo $$ > {Work}/stop; exec sleep 90; fi; {StopCommand}")}");
        AddModel("next");
        Hold("stop");
        var clock = Stopwatch.StartNew();

        SelectResult result = Select("next -Force");
        Release();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(40), $"The select took {clock.Elapsed}.");
        Assert.Equal("the stop command took over 10 s and left it running; ended on TERM", Step(result, PlanStepKind.StopModel).Detail);
        Assert.False(await RunsAsync("stop"));
        await AssertEndsWithAsync("next");
    }

    [Fact]
    public async Task A_clean_up_command_that_fails_is_told_and_the_switch_goes_on()
    {
        RunBefore(host: "-CleanupCommand 'echo nothing to clean >&2; exit 8'");
        AddModel("next");

        Result run = Session.Run("Select-IHModel next");

        Assert.Empty(run.Errors);
        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        Assert.Contains(run.Warnings, warning => warning.Contains("nothing to clean", StringComparison.Ordinal));
        await AssertEndsWithAsync("next");
    }

    [Theory]
    [InlineData("-VerifyCommand")]
    [InlineData("-ApplyCommand")]
    public async Task A_child_that_a_backend_leaves_behind_with_its_output_open_holds_nothing_up(string command)
    {
        RunBefore();
        AddNext($"{command} {Quote(LeaveChild)}");
        var clock = Stopwatch.StartNew();

        SelectResult result = Select("next");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"The select took {clock.Elapsed}.");
        Assert.Equal(SelectStatus.Started, result.Status);
        EndRecorded("child");
        await AssertEndsWithAsync("next");
    }

    [Theory]
    [InlineData("-StopCommand")]
    [InlineData("-CleanupCommand")]
    public async Task A_child_that_a_stop_leaves_behind_with_its_output_open_holds_nothing_up(string command)
    {
        string work = command == "-StopCommand" ? $"{StopCommand}; {LeaveChild}" : LeaveChild;
        RunBefore(host: $"{command} {Quote(work)}");
        AddModel("next");
        var clock = Stopwatch.StartNew();

        SelectResult result = Select("next");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"The select took {clock.Elapsed}.");
        Assert.Equal(SelectStatus.Started, result.Status);
        EndRecorded("child");
        await AssertEndsWithAsync("next");
        EndRecorded("child");
    }
}

public sealed class LocalStepFaultTests(Bystanders bystanders, LocalFaultHost way) : StepFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshStepFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : StepFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecStepFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : StepFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;
