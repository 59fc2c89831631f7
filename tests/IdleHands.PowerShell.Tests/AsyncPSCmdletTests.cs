using System.Management.Automation;
using System.Management.Automation.Runspaces;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests;

public sealed class AsyncPSCmdletTests : IDisposable
{
    private readonly CapturingHost _host = new();
    private readonly Runspace _runspace;

    public AsyncPSCmdletTests()
    {
        var initial = InitialSessionState.CreateDefault2();
        initial.Commands.Add(new SessionStateCmdletEntry("Invoke-Body", typeof(InvokeBodyCommand), null));
        _runspace = RunspaceFactory.CreateRunspace(_host, initial);
        _runspace.Open();
    }

    public void Dispose() => _runspace.Dispose();

    [Fact]
    public void Writes_from_other_threads_reach_their_streams_in_order()
    {
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body -Verbose", async (cmdlet, _) =>
        {
            cmdlet.WriteObject(1);
            await Task.Yield();
            cmdlet.WriteVerbose("verbose");
            cmdlet.WriteWarning("warning");
            cmdlet.WriteProgress(new ProgressRecord(1, "activity", "status"));
            cmdlet.WriteError(new ErrorRecord(new InvalidOperationException("error"), "Id", ErrorCategory.NotSpecified, null));
            cmdlet.WriteObject(2);
        });

        Assert.Equal([1, 2], shell.Invoke().Select(item => item.BaseObject));
        Assert.Equal("verbose", Assert.Single(shell.Streams.Verbose).Message);
        Assert.Equal("warning", Assert.Single(shell.Streams.Warning).Message);
        Assert.Equal("activity", Assert.Single(shell.Streams.Progress).Activity);
        Assert.Equal("error", Assert.Single(shell.Streams.Error).Exception.Message);
    }

    [Fact]
    public void Rows_leave_before_the_body_has_ended()
    {
        var goOn = new TaskCompletionSource();
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body", async (cmdlet, token) =>
        {
            cmdlet.WriteObject("early");
            await goOn.Task.WaitAsync(token);
        });
        var output = new PSDataCollection<PSObject>();
        using var arrived = new ManualResetEventSlim();
        output.DataAdded += (_, _) => arrived.Set();

        IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);

        Assert.True(arrived.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.False(running.IsCompleted);
        goOn.SetResult();
        shell.EndInvoke(running);
    }

    [Fact]
    public void A_failure_that_explains_itself_is_a_non_terminating_error_with_its_advice()
    {
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body; 'after'", (_, _) =>
            throw new IdleHandsException("PortInUse", FailureKind.Busy, "Port 8080 is in use.", "Stop-IHRuntime stops it.", 8080));

        Assert.Equal("after", Assert.Single(shell.Invoke()).BaseObject);
        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.Equal("PortInUse,IdleHands.PowerShell.Tests.InvokeBodyCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Equal("Port 8080 is in use.", error.ErrorDetails.Message);
        Assert.Equal("Stop-IHRuntime stops it.", error.ErrorDetails.RecommendedAction);
        Assert.Equal(8080, error.TargetObject);
    }

    [Fact]
    public void An_unexpected_failure_keeps_its_message_and_its_cause()
    {
        var cause = new IOException("the cause");
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body", (_, _) => throw new InvalidOperationException("the message", cause));

        shell.Invoke();

        ErrorRecord error = Assert.Single(shell.Streams.Error);
        Assert.StartsWith("Unexpected,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("the message", error.Exception.Message);
        Assert.Same(cause, error.Exception.InnerException);
    }

    [Fact]
    public async Task A_stop_cancels_the_body_and_waits_for_its_clean_up()
    {
        var begun = new TaskCompletionSource();
        bool cleaned = false;
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body", async (cmdlet, token) =>
        {
            try
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                await Task.Yield();
                cmdlet.WriteWarning("what to do now");
                cleaned = true;
            }
        });

        IAsyncResult running = shell.BeginInvoke();
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        await Task.Run(shell.Stop, TestContext.Current.CancellationToken);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.True(cleaned);
        Assert.Equal(["what to do now"], _host.Warnings);
    }

    [Fact]
    public void An_error_that_stops_the_pipeline_cancels_the_body()
    {
        bool canceled = false;
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body -ErrorAction Stop", async (cmdlet, token) =>
        {
            cmdlet.WriteError(new ErrorRecord(new InvalidOperationException("error"), "Id", ErrorCategory.NotSpecified, null));
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                canceled = true;
                throw;
            }
        });

        Assert.Equal("error", Assert.Throws<ActionPreferenceStopException>(() => shell.Invoke()).ErrorRecord.Exception.Message);
        Assert.True(canceled);
    }

    [Fact]
    public void A_command_behind_that_throws_gets_no_further_object()
    {
        using System.Management.Automation.PowerShell shell = Shell("$seen = 0; try { Invoke-Body | ForEach-Object { $seen++; throw 'enough' } } catch { $seen }", (cmdlet, _) =>
        {
            cmdlet.WriteObject(1);
            cmdlet.WriteObject(2);
            cmdlet.WriteWarning("still said");
            return Task.CompletedTask;
        });

        Assert.Equal(1, Assert.Single(shell.Invoke()).BaseObject);
        Assert.Equal("still said", Assert.Single(shell.Streams.Warning).Message);
    }

    [Fact]
    public void A_body_may_ask_whether_to_go_on()
    {
        bool? answer = null;
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body -WhatIf", async (cmdlet, _) =>
        {
            await Task.Yield();
            answer = await cmdlet.AskAsync("the target", "Do");
        });

        shell.Invoke();

        Assert.False(answer);
        Assert.Contains(_host.Lines, line => line.Contains("\"Do\" on target \"the target\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_late_report_of_a_task_left_behind_is_dropped()
    {
        var ended = new TaskCompletionSource();
        Task late = Task.CompletedTask;
        using System.Management.Automation.PowerShell shell = Shell("Invoke-Body", (cmdlet, _) =>
        {
            late = ReportLate(cmdlet);
            return Task.CompletedTask;
        });

        Assert.Empty(shell.Invoke());
        ended.SetResult();
        await late;
        Assert.Empty(shell.Streams.Warning);

        async Task ReportLate(InvokeBodyCommand cmdlet)
        {
            await ended.Task.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            cmdlet.WriteWarning("late");
        }
    }

    private System.Management.Automation.PowerShell Shell(string script, Func<InvokeBodyCommand, CancellationToken, Task> body)
    {
        InvokeBodyCommand.Body = body;
        var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script);
        return shell;
    }
}

[Cmdlet(VerbsLifecycle.Invoke, "Body", SupportsShouldProcess = true)]
public sealed class InvokeBodyCommand : AsyncPSCmdlet
{
    public static Func<InvokeBodyCommand, CancellationToken, Task> Body { get; set; } = (_, _) => Task.CompletedTask;

    public Task<bool> AskAsync(string target, string action) => ShouldProcessAsync(target, action);

    protected override void ProcessRecord() => Run(token => Body(this, token));
}
