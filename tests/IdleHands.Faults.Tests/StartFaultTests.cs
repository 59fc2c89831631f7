using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>Servers that do not come up, do not stay up, or do not go down.</summary>
public abstract class StartFaultTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    private (SelectResult Result, ErrorRecord Error) AssertRestored(string arguments)
    {
        var clock = Stopwatch.StartNew();
        (SelectResult result, ErrorRecord error) = Fail(arguments);

        // What fails here would load, or hang, for a minute.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(40), $"The select took {clock.Elapsed}.");
        Assert.Equal((SelectStatus.Restored, "before"), (result.Status, result.ActiveId));
        Assert.EndsWith("Model 'before', which ran before, was started again and answers.", error.Exception.Message, StringComparison.Ordinal);
        return (result, error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_server_that_crashes_while_it_loads_fails_the_select_at_once(int seconds)
    {
        RunBefore();
        AddModel("broken", $"--load-time 60 --crash-after {seconds} --crash-message 'ggml: cudaMalloc failed: out of memory'");

        (SelectResult result, ErrorRecord error) = AssertRestored("broken");

        AssertTells(error, "StartFailed", ErrorCategory.OperationStopped, "Set-IHModel broken -ContextWindow");
        Assert.Equal("out of device memory", result.Cause);
        Assert.Contains("cudaMalloc failed", error.Exception.Message, StringComparison.Ordinal);
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_server_that_is_never_ready_fails_at_the_limit_that_was_set()
    {
        RunBefore();
        AddModel("slow", "--load-time 60 --quiet-load");

        (_, ErrorRecord error) = AssertRestored("slow -TimeoutSec 1");

        AssertTells(error, "ProbeTimeout", ErrorCategory.OperationTimeout, "Select-IHModel slow -TimeoutSec 2");
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_server_that_dies_after_it_was_ready_is_seen_and_started_again()
    {
        RunBefore();
        string die = Path.Combine(Work, "die");
        AddModel("fragile", $"--die-on {die}");
        Select("fragile");
        await File.WriteAllTextAsync(die, string.Empty, Token);
        while (Launches.Of(Session.StateDirectory).Count > 0)
        {
            await Task.Delay(20, Token);
        }

        ActiveRuntime? seen = await AssertKnownAsync();
        File.Delete(die);
        Result again = Session.Run("Select-IHModel fragile");

        Assert.Equal(("fragile", RuntimeStatus.Exited), (seen!.Id, seen.Status));
        Assert.NotNull(seen.ExitCode);
        Assert.Equal($"its start command ended with exit code {seen.ExitCode}", seen.Detail);
        Assert.Equal(SelectStatus.Started, Emitted(again).Status);
        Assert.Contains($"is written down as running on host 'here', but {seen.Detail}", Assert.Single(again.Warnings), StringComparison.Ordinal);
        await AssertOneSelectPutsItRightAsync();
    }

    [Fact]
    public async Task A_server_that_ignores_TERM_is_killed_when_its_grace_is_over()
    {
        RunBefore("--ignore-term", "-StopGraceSec 1");
        AddModel("next");
        var clock = Stopwatch.StartNew();

        SelectResult result = Select("next");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"The select took {clock.Elapsed}.");
        Assert.Equal("killed: it did not end on TERM", result.Steps.Single(step => step.Kind == PlanStepKind.StopModel).Detail);
        await AssertEndsWithAsync("next");
    }

    [Fact]
    public async Task A_server_that_ignores_TERM_is_killed_when_its_own_start_is_given_up()
    {
        RunBefore();
        AddModel("slow", "--load-time 60 --ignore-term");

        (_, ErrorRecord error) = AssertRestored("slow -TimeoutSec 1");

        AssertTells(error, "ProbeTimeout", ErrorCategory.OperationTimeout, "Select-IHModel slow -TimeoutSec 2");
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_start_command_that_is_not_there_says_so()
    {
        RunBefore();
        AddModel("wrong");
        Configure("Set-IHModel wrong -StartCommand 'llama-server-of-no-kind -m {source}'");

        (SelectResult result, ErrorRecord error) = AssertRestored("wrong");

        AssertTells(error, "StartFailed", ErrorCategory.OperationStopped, "Set-IHModel wrong -StartCommand");
        Assert.Equal("command not found", result.Cause);
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_start_command_that_succeeds_and_starts_nothing_says_so()
    {
        RunBefore();
        AddModel("nothing");
        Configure("Set-IHModel nothing -StartCommand 'true'");

        (SelectResult result, ErrorRecord error) = AssertRestored("nothing -TimeoutSec 5");

        AssertTells(error, "ProbeTimeout", ErrorCategory.OperationTimeout, "Select-IHModel nothing -TimeoutSec 10");
        Assert.Equal("nothing runs", result.Cause);
        Assert.Contains("nothing of its start command is running", error.Exception.Message, StringComparison.Ordinal);
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_probe_command_that_hangs_is_ended_with_the_wait()
    {
        RunBefore();
        AddModel("deaf", more: $"-ProbeCommand 'echo $$ > {Work}/probe; exec sleep 60'");

        (_, ErrorRecord error) = AssertRestored("deaf -TimeoutSec 5");

        AssertTells(error, "ProbeTimeout", ErrorCategory.OperationTimeout, "Select-IHModel deaf -TimeoutSec 10");
        Assert.Contains("its probe command did not come to an end", error.Exception.Message, StringComparison.Ordinal);
        Assert.False(await RunsAsync("probe"));
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task Where_nothing_ran_before_nothing_is_left_after_a_failed_start()
    {
        AddModel("after");
        AddModel("broken", "--load-time 60 --crash-after 0.2");

        (SelectResult result, ErrorRecord error) = Fail("broken");

        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        AssertTells(error, "StartFailed", ErrorCategory.OperationStopped, "Set-IHModel broken -ContextWindow");
        await AssertEndsWithAsync(null);
    }

    [Fact]
    public async Task A_fallback_that_crashes_too_ends_with_what_ran_before()
    {
        RunBefore();
        AddModel("spare", "--load-time 60 --crash-after 0.2");
        AddModel("broken", "--load-time 60 --crash-after 0.2", "-Fallback spare");

        (_, ErrorRecord error) = AssertRestored("broken -OnFailure Fallback");

        Assert.Contains("Its fallback 'spare' failed, too", error.Exception.Message, StringComparison.Ordinal);
        await AssertEndsWithAsync("before");
    }
}

public sealed class LocalStartFaultTests(Bystanders bystanders, LocalFaultHost way) : StartFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshStartFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : StartFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecStartFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : StartFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;
