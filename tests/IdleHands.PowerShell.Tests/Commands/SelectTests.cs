using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using IdleHands.Execution;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class SelectTests : RuntimeTests
{
    [Fact]
    public void A_dry_run_emits_a_plan_whose_steps_filter_and_touches_nothing()
    {
        int port = AddModel("m1");

        Assert.Equal("CheckSource|CheckPort|StartModel|ProbeHealth", Text("(Select-IHModel m1 -DryRun).Steps.Kind"));
        Assert.Contains($"--port {port}", Text("(Select-IHModel m1 -DryRun).Steps | Where-Object Kind -eq StartModel | ForEach-Object Command"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Session.Root, "state")));
    }

    [Fact]
    public void WhatIf_says_what_would_happen_and_starts_nothing()
    {
        AddModel("m1");

        string shown = Session.Show("Select-IHModel m1 -WhatIf; Select-IHModel m1 -DryRun | Invoke-IHPlan -WhatIf");

        Assert.Equal(3, shown.Split("\"start model 'm1'\" on target \"host 'here'\"").Length);
        Assert.Empty(Session.Get("Get-IHRuntime"));
        Assert.False(Directory.Exists(Path.Combine(Session.Root, "state", "logs")));
    }

    [Fact]
    public void Starts_a_model_keeps_it_restarts_it_and_stops_it()
    {
        int port = AddModel("m1");

        PSObject started = Session.Get("Select-IHModel m1").Single();
        int first = (int)Value("Get-IHRuntime", "ProcessId")!;

        Assert.Equal("Started", started.Properties["Status"].Value);
        Assert.Equal($"http://127.0.0.1:{port}/v1", started.Properties["Endpoint"].Value);
        Assert.Equal("Reused", Value("Get-IHModel m1 | Select-IHModel", "Status"));
        Assert.Equal(first, Value("Get-IHRuntime", "ProcessId"));
        Assert.Equal("Started", Value("Select-IHModel m1 -Restart", "Status"));
        int second = (int)Value("Get-IHRuntime", "ProcessId")!;
        Assert.NotEqual(first, second);
        Assert.Equal("Started", Value("Select-IHModel m1 -Force", "Status"));
        Assert.NotEqual(second, Value("Get-IHRuntime", "ProcessId"));
        Assert.Equal("m1|ready", Text("$r = Get-IHRuntime -Verify; $r.Id; $r.Status"));
        Assert.Equal($"http://127.0.0.1:{port}/v1|ActiveRuntime", Text("$e = Resolve-IHEndpoint; $e.Endpoint; $e.Source"));
        Assert.Equal("m1", Value("Stop-IHRuntime -PassThru", "Id"));
        Assert.Empty(Session.Get("Get-IHRuntime; Stop-IHRuntime"));
    }

    [Fact]
    public void A_changed_start_command_is_a_reason_to_restart()
    {
        AddModel("m1");
        Session.Get("Select-IHModel m1; Set-IHModel m1 -StartCommand ((Get-IHModel m1).StartCommand + ' -ngl 1')");

        Assert.Contains("start command changed", Text("(Select-IHModel m1 -DryRun).Reasons"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_was_killed_is_started_again_once_and_that_is_said()
    {
        AddModel("m1");
        Session.Get("Select-IHModel m1");
        KillLaunch();

        Result result = Session.Run("Select-IHModel m1");

        Assert.Empty(result.Errors);
        Assert.Equal("Started", result.Output.Single().Properties["Status"].Value);
        Assert.Contains("Starting it again", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal("ready", Value("Get-IHRuntime -Verify", "Status"));
    }

    [Fact]
    public void A_failed_start_emits_its_result_and_then_an_error_with_the_end_of_the_log()
    {
        AddModel("broken", "--load-time 60 --crash-after 0.2 --crash-message out-of-luck");

        Result result = Session.Run("Select-IHModel broken; 'after'");

        Assert.Equal("Failed", result.Output[0].Properties["Status"].Value);
        Assert.Equal("after", result.Output[1].BaseObject);
        Assert.Contains("out-of-luck", result.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("broken", result.Error.TargetObject);
        Assert.NotEmpty(result.Error.ErrorDetails.RecommendedAction);
        Assert.Empty(Session.Get("Get-IHRuntime"));
    }

    [Fact]
    public void What_can_not_be_planned_is_an_error_for_each_id()
    {
        AddModel("m1");

        Result result = Session.Run("'missing', 'm*', 'm1' | Select-IHModel -DryRun");

        Assert.Equal(["ModelNotFound", "WildcardNotAllowed"], result.Errors.Select(ErrorId));
        Assert.Equal(ErrorCategory.ObjectNotFound, result.Errors[0].CategoryInfo.Category);
        Assert.Equal("m1", result.Output.Single().Properties["Id"].Value);
        Assert.Equal("HostNotFound", ErrorId(Session.Run("Select-IHModel m1 -HostId nowhere").Error));
        Assert.Equal("BackendNotFound", ErrorId(Session.Run("Select-IHModel m1 -BackendId none").Error));
        Assert.Contains("not a RuntimeHost", Session.Run("Get-IHHost | Select-IHModel").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_can_not_be_started_leaves_the_running_one_alone()
    {
        AddModel("m1");
        AddModel("absent", parameters: "-Disabled");
        Session.Get("Set-IHModel absent -Source /nowhere/nothing.gguf; Enable-IHModel absent; Select-IHModel m1");
        object? running = Value("Get-IHRuntime", "ProcessId");

        Result result = Session.Run("Select-IHModel absent");

        Assert.Equal("SourceMissing", ErrorId(result.Error));
        Assert.Equal("m1|ready", Text("$r = Get-IHRuntime -Verify; $r.Id; $r.Status"));
        Assert.Equal(running, Value("Get-IHRuntime", "ProcessId"));
    }

    [Fact]
    public void While_it_waits_a_progress_bar_shows_the_log_and_goes_away_at_the_end()
    {
        AddModel("m1", "--load-time 2");

        Result result = Session.Run("Select-IHModel m1 -Verbose");

        Assert.Contains(result.Progress, record => record.StatusDescription.Contains(" of at most 60 s", StringComparison.Ordinal) && record.CurrentOperation is { Length: > 0 });
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
        Assert.Contains(result.Verbose, line => line.Contains("StartModel on here: ok", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stopping_while_it_loads_ends_what_was_started_and_names_the_way_back()
    {
        AddModel("m1");
        int slow = AddModel("slow", "--load-time 100");
        Session.Get("Select-IHModel m1");
        using System.Management.Automation.PowerShell shell = Session.Shell("Select-IHModel slow");
        IAsyncResult running = shell.BeginInvoke();
        await SampleServerProcess.WaitForHealthAsync(slow, HttpStatusCode.ServiceUnavailable, Token);

        await Task.Run(shell.Stop, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(Session.Get("Get-IHRuntime"));
        Assert.Equal("down", Value("Test-IHHealth slow | Where-Object Section -eq Model", "Status"));
        Assert.Contains(Session.HostWarnings, warning => warning.Contains("Select-IHModel m1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_holds_the_lock_is_named()
    {
        AddModel("m1");
        string path = Path.Combine(Session.Root, "state", "runtime.lock");
        await using RuntimeLock held = await RuntimeLock.AcquireAsync(path, "Select-IHModel other", new LockWait(TimeSpan.Zero, TakeOver: false), _ => { }, Token);

        ErrorRecord error = Session.Run("Select-IHModel m1 -LockTimeoutSec 0").Error;

        Assert.Equal("RuntimeLocked", ErrorId(error));
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Contains("Select-IHModel other", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_carried_out_also_after_an_export()
    {
        AddModel("m1");

        Assert.Equal("Started", Value("""
            $plan = Select-IHModel m1 -DryRun
            [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($plan, 3)) | Invoke-IHPlan
            """, "Status"));
        Assert.Equal("Reused", Value("Select-IHModel m1 -DryRun | Invoke-IHPlan", "Status"));
    }

    [Fact]
    public void A_plan_whose_ground_has_moved_is_refused()
    {
        AddModel("m1");
        Session.Get("$plan = Select-IHModel m1 -DryRun; Set-IHModel m1 -ContextWindow 512");

        ErrorRecord error = Session.Run("$plan | Invoke-IHPlan").Error;

        Assert.Equal("PlanOutdated", ErrorId(error));
        Assert.Equal("PlanOutdated", ErrorId(Session.Run("$plan | Invoke-IHPlan -WhatIf").Error));
        Assert.Contains("Select-IHModel m1 -DryRun", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Session.Get("Get-IHRuntime"));
    }

    [Fact]
    public void No_command_of_a_given_plan_is_run()
    {
        AddModel("m1");
        string marker = Path.Combine(Session.Root, "marker");

        Result result = Session.Run($$"""
            $plan = Select-IHModel m1 -DryRun
            $forged = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($plan, 3))
            foreach ($step in $forged.Steps) { $step.Command = 'echo x > {{marker}}' }
            $forged | Invoke-IHPlan
            """);

        Assert.Equal("Started", result.Output.Single().Properties["Status"].Value);
        Assert.False(File.Exists(marker));
        Assert.Contains("not String", Session.Run("'text' | Invoke-IHPlan").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_configuration_does_not_stand_in_the_way_of_looking_and_stopping()
    {
        AddModel("m1");
        Session.Get("Select-IHModel m1");
        Session.WriteConfiguration("not JSON");

        Assert.Equal("ready", Value("Get-IHRuntime -Verify", "Status"));
        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("Select-IHModel m1").Error));
        Assert.Empty(Session.Get("Stop-IHRuntime; Get-IHRuntime"));
    }

    [Fact]
    public void WhatIf_stops_nothing()
    {
        AddModel("m1");
        Session.Get("Select-IHModel m1; Stop-IHRuntime -WhatIf");

        Assert.Equal("ready", Value("Get-IHRuntime -Verify", "Status"));
    }

    [Theory]
    [InlineData("Select-IHModel m", "m1")]
    [InlineData("Select-IHModel m1 -HostId h", "here")]
    [InlineData("Select-IHModel m1 -OnFailure ", "Fallback", "Restore", "Stop")]
    [InlineData("Get-IHHistory m", "m1")]
    public void Completes_ids_and_words(string text, params string[] expected)
    {
        AddModel("m1");

        Assert.Equal(expected, Session.Complete(text));
    }

    private void KillLaunch()
    {
        int processId = (int)Value("Get-IHRuntime", "ProcessId")!;
        using var process = Process.GetProcessById(processId);
        process.Kill(entireProcessTree: true);
        while (!string.Equals((string)Value("Get-IHRuntime -Verify", "Status")!, "exited", StringComparison.Ordinal))
        {
            Token.ThrowIfCancellationRequested();
        }
    }
}
