using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>What a select says beside its result, and what it does when it is broken off.</summary>
public sealed class SelectStreamsTests : SelectTestBase
{
    [Fact]
    public void WhatIf_says_what_would_be_done_and_does_nothing()
    {
        AddModel("one");
        AddModel("two");

        Assert.Contains("\"start model 'one'\" on target \"host 'here'\"", WhatIf("Select-IHModel one -WhatIf"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Session.StateDirectory));

        Select("one");
        int first = ProcessId();
        Assert.Contains("\"check and keep the running model 'one'\"", WhatIf("Select-IHModel one -WhatIf"), StringComparison.Ordinal);
        Assert.Contains("\"stop model 'one', start model 'two'\"", WhatIf("Select-IHModel two -WhatIf"), StringComparison.Ordinal);
        Assert.Contains("\"stop\" on target \"model 'one' on host 'here'\"", WhatIf("Stop-IHRuntime -WhatIf"), StringComparison.Ordinal);
        Assert.Equal((first, RuntimeStatus.Ready), (ProcessId(), Look().Status));
    }

    [Fact]
    public void WhatIf_of_a_change_of_many_models_changes_nothing()
    {
        AddModel("m1");
        AddModel("m2");
        string before = Session.ReadConfiguration();

        string said = WhatIf("Get-IHModel m* | Set-IHModel -Port 9000 -WhatIf");

        Assert.Contains("m1", said, StringComparison.Ordinal);
        Assert.Contains("m2", said, StringComparison.Ordinal);
        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Fact]
    public void Shows_progress_while_it_waits_and_takes_it_away_at_the_end()
    {
        AddModel("one", "--load-time 1.5");

        Result run = Session.Run("Select-IHModel one");

        ProgressRecord[] shown = [.. run.Progress.Where(record => record.RecordType == ProgressRecordType.Processing)];
        Assert.All(shown, record => Assert.InRange(record.PercentComplete, -1, 100));
        Assert.All(shown, record => Assert.Equal("Select-IHModel one", record.Activity));
        Assert.Contains(shown, record => record.StatusDescription.Contains(" s of at most 60 s", StringComparison.Ordinal));
        Assert.Equal(ProgressRecordType.Completed, run.Progress[^1].RecordType);
        Assert.Single(run.Progress, record => record.RecordType == ProgressRecordType.Completed);
    }

    [Theory]
    [InlineData("Select-IHModel one")]
    [InlineData("Wait-IHModel one")]
    [InlineData("Stop-IHRuntime -PassThru")]
    public void Progress_is_gone_before_the_result_is_worked_with(string command)
    {
        AddModel("one", "--load-time 0.5");
        if (!command.StartsWith("Select", StringComparison.Ordinal))
        {
            Select("one");
        }

        using System.Management.Automation.PowerShell shell = Session.Shell(command);
        using var output = new PSDataCollection<PSObject>();
        ProgressRecord[] shown = [];
        output.DataAdded += (_, _) => shown = [.. shell.Streams.Progress];

        shell.Invoke(null, output);

        Assert.Single(output);
        Assert.Equal(ProgressRecordType.Completed, shown[^1].RecordType);
        Assert.Equal(shell.Streams.Progress.Count, shown.Length);
    }

    [Fact]
    public void Progress_is_throttled_however_often_it_probes()
    {
        AddModel("one", "--load-time 2");
        Session.Get("Set-IHModel one -ProbeIntervalMs 10");

        Result run = Session.Run("Select-IHModel one");

        // At most five a second, and one for each step.
        int limit = (int)(Emitted(run).Duration.TotalSeconds * 5) + Emitted(run).Steps.Count + 1;
        Assert.InRange(run.Progress.Count, Emitted(run).Steps.Count, limit);
    }

    [Fact]
    public void Progress_is_completed_after_a_failure_too()
    {
        AddModel("crashing", "--load-time 60 --crash-after 0.2");

        Result run = Session.Run("Select-IHModel crashing");

        Assert.Equal(ProgressRecordType.Completed, run.Progress[^1].RecordType);
    }

    [Fact]
    public void Verbose_tells_each_step_and_debug_the_commands()
    {
        int port = AddModel("one");

        Result run = Session.Run("$DebugPreference = 'Continue'; Select-IHModel one -Verbose");

        Assert.Contains("Start of model 'one' on host 'here': nothing is running.", run.Verbose);
        string[] steps = ["CheckSource", "CheckPort", "StartModel", "ProbeHealth"];
        for (int index = 0; index < steps.Length; index++)
        {
            string begin = $"{index + 1}. {steps[index]} on here: ok in ";
            Assert.Contains(run.Verbose, line => line.StartsWith(begin, StringComparison.Ordinal));
        }

        Assert.Contains(run.Debug, line => line.StartsWith("3. StartModel on here:", StringComparison.Ordinal)
            && line.Contains($"--port {port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_while_it_loads_leaves_no_server_and_no_lock()
    {
        AddModel("slow", "--load-time 60");
        AddModel("one");
        var (shell, running) = await BeginLoadingAsync("slow");
        using (shell)
        {
            await Task.Run(shell.Stop, Token);
            Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        }

        AssertNothingRuns();
        Assert.Empty(Session.HostWarnings);
        Assert.Equal(SelectStatus.Started, Select("one -LockTimeoutSec 0").Status);
    }

    [Fact]
    public async Task A_stop_after_the_old_model_was_stopped_names_the_command_that_brings_it_back()
    {
        AddModel("one");
        AddModel("slow", "--load-time 60");
        Select("one");
        var (shell, running) = await BeginLoadingAsync("slow");
        using (shell)
        {
            await Task.Run(shell.Stop, Token);
            Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        }

        Assert.EndsWith("To bring it back: Select-IHModel one", Assert.Single(Session.HostWarnings), StringComparison.Ordinal);
        AssertNothingRuns();
        Assert.Equal(SelectStatus.Started, Select("one -LockTimeoutSec 0").Status);
    }

    [Fact]
    public void What_a_plan_warns_of_is_a_warning_of_the_select_once()
    {
        Session.Get("Set-IHHost here -Backend rocm; Add-IHBackend fast -Type cuda");
        AddModel("one", more: "-BackendPolicy fast");

        Result run = Session.Run("Select-IHModel one");

        Assert.Equal(run.Warnings, Emitted(run).Warnings);
        Assert.Contains("fast", Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    private string WhatIf(string script)
    {
        int before = Session.HostLines.Count;
        Assert.Empty(Session.Get(script));
        return string.Join('\n', Session.HostLines.Skip(before)).Replace("\"\"", "\"", StringComparison.Ordinal);
    }
}
