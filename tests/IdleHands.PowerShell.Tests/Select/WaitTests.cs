using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using IdleHands.Health;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>Wait-IHModel.</summary>
public sealed class WaitTests : SelectTestBase
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static HealthResult Row(PSObject item) => Assert.IsType<HealthResult>(item.BaseObject);

    private static HealthResult Row(Result run)
    {
        Assert.True(run.Errors.Count == 0, run.Errors.Count > 0 ? run.Errors[0].Exception.Message : null);
        return Row(Assert.Single(run.Output));
    }

    /// <summary>What makes a server go on, see its <c>--load-until</c> and <c>--die-on</c>.</summary>
    private string Signal => Path.Combine(Session.Root, "signal");

    private Task GiveSignalAsync() => File.WriteAllTextAsync(Signal, string.Empty, Token);

    /// <summary>Begins to wait in the first session, and gives the wait once it shows that it waits.</summary>
    private Task<Task<Result>> BeginAsync(string script) => BeginAsync(Session.Shell(script), _ => true);

    /// <summary>Begins to wait, and gives the wait once it shows what is looked for.</summary>
    private static async Task<Task<Result>> BeginAsync(System.Management.Automation.PowerShell shell, Func<ProgressRecord, bool> isShown)
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Streams.Progress.DataAdded += (sender, added) =>
        {
            if (isShown(((PSDataCollection<ProgressRecord>)sender!)[added.Index]))
            {
                waits.TrySetResult();
            }
        };
        Task<Result> running = Task.Run(
            () =>
            {
                using (shell)
                {
                    return ModuleSession.Run(shell);
                }
            },
            Token);
        await waits.Task.WaitAsync(Soon, Token);
        return running;
    }

    [Fact]
    public void A_model_that_has_the_status_is_emitted_at_once()
    {
        AddModel("one");
        AddModel("two");
        Select("one");

        HealthResult row = Row(Session.Run("Wait-IHModel"));

        Assert.Equal(("Model", "here", "one", ProbeStatus.Ready, PortOf("one")), (row.Section, row.HostId, row.Id, row.Status, row.Port));
        Assert.Equal(["two", "one"], Session.Get("'two' | Wait-IHModel -Status DOWN; Get-IHModel o* | Wait-IHModel").Select(item => Row(item).Id));
        Assert.Equal(ProbeStatus.Down, Row(Session.Run("Wait-IHModel two down")).Status);
    }

    [Fact]
    public async Task A_model_that_loads_is_waited_for_with_progress()
    {
        AddModel("slow", $"--load-time 0.5 --load-until {Signal}");
        var (shell, running) = await BeginLoadingAsync("slow");
        using (shell)
        {
            using var other = new OtherSession(Session);

            Assert.Equal(ProbeStatus.Loading, Row(other.Run("Wait-IHModel slow -Status loading")).Status);
            long start = Stopwatch.GetTimestamp();
            Task<Result> waiting = await BeginAsync(
                other.Shell("Wait-IHModel -IntervalMs 100"),
                shown => shown.StatusDescription.Contains(" s of at most 60 s: load_tensors", StringComparison.Ordinal) && shown.StatusDescription[0] > '1');
            await GiveSignalAsync();
            Result run = await waiting.WaitAsync(Soon, Token);

            Assert.Equal(ProbeStatus.Ready, Row(run).Status);
            Assert.All(run.Progress, record => Assert.Equal("Wait-IHModel slow", record.Activity));
            Assert.Equal("wait until model 'slow' is ready", run.Progress[0].CurrentOperation);
            Assert.Equal(ProgressRecordType.Completed, run.Progress[^1].RecordType);

            // At most four a second, and the one that takes it away.
            Assert.InRange(run.Progress.Count, 2, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * 4) + 2);
            shell.EndInvoke(running);
        }
    }

    [Fact]
    public async Task A_select_that_comes_later_is_followed()
    {
        AddModel("one", "--load-time 1");
        Task<Result> waiting = await BeginAsync("Wait-IHModel one");
        using var other = new OtherSession(Session);

        Assert.Empty(other.Run("Select-IHModel one").Errors);

        Assert.Equal(ProbeStatus.Ready, Row(await waiting.WaitAsync(Soon, Token)).Status);
    }

    [Fact]
    public async Task A_restart_is_followed_also_to_another_port()
    {
        AddModel("one");
        Select("one");
        Task<Result> waiting = await BeginAsync("Wait-IHModel one -Status loading -IntervalMs 50");
        int port = SampleServerProcess.FindFreePort();
        using var other = new OtherSession(Session);

        Task<Result> select = Task.Run(
            () => other.Run($"Set-IHModel one -Port {port} -StartCommand ((Get-IHModel one).StartCommand + ' --load-until {Signal}'); Select-IHModel one"),
            Token);

        HealthResult row = Row(await waiting.WaitAsync(Soon, Token));
        await GiveSignalAsync();
        Assert.Equal((ProbeStatus.Loading, port), (row.Status, row.Port));
        Assert.Empty((await select).Errors);
    }

    [Fact]
    public void A_launch_that_is_gone_is_not_waited_for()
    {
        AddModel("one");
        Select("one");
        Kill(ProcessId());
        long start = Stopwatch.GetTimestamp();

        Result run = Session.Run("Wait-IHModel one; Wait-IHModel -Status loading");

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Equal(["ModelExited", "ModelExited"], run.Errors.Select(ErrorId));
        Assert.Equal(ErrorCategory.OperationStopped, run.Errors[0].CategoryInfo.Category);
        Assert.Equal("one", run.Errors[0].TargetObject);
        Assert.Contains($"The end of its log ({Active()!.LogPath})", run.Errors[0].Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Select-IHModel one", run.Errors[0].ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(ProbeStatus.Down, Row(Session.Run("Wait-IHModel one -Status down")).Status);
    }

    [Fact]
    public async Task A_server_that_dies_while_it_is_waited_for_ends_the_wait()
    {
        AddModel("one", $"--die-on {Signal} --crash-code 7");
        Select("one");
        Task<Result> waiting = await BeginAsync("Wait-IHModel -Status loading");

        await GiveSignalAsync();

        Result run = await waiting.WaitAsync(Soon, Token);
        Assert.Equal("ModelExited", ErrorId(run.Error));
        Assert.Contains("its start command ended with exit code 7", run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(ProgressRecordType.Completed, run.Progress[^1].RecordType);
        Assert.Single(run.Progress, record => record.RecordType == ProgressRecordType.Completed);
    }

    [Fact]
    public async Task A_start_that_fails_in_another_session_ends_the_wait()
    {
        AddModel("broken", "--load-time 60 --crash-after 2 --crash-message 'cudaMalloc failed: out of memory'");
        Task<Result> waiting = await BeginAsync("Wait-IHModel broken");
        using var other = new OtherSession(Session);

        Assert.Single(other.Run("Select-IHModel broken").Errors);

        ErrorRecord error = (await waiting.WaitAsync(Soon, Token)).Error;
        Assert.Equal("ModelExited", ErrorId(error));
        Assert.Contains("exit code 134 (out of device memory)", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("cudaMalloc failed", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Set-IHModel broken -ContextWindow", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_in_another_session_ends_the_wait()
    {
        AddModel("one");
        Select("one");
        Task<Result> waiting = await BeginAsync("Wait-IHModel one -Status loading");
        using var other = new OtherSession(Session);

        Assert.Empty(other.Run("Stop-IHRuntime").Errors);

        Assert.Equal("ModelExited", ErrorId((await waiting.WaitAsync(Soon, Token)).Error));
    }

    [Fact]
    public async Task Down_is_reached_by_a_stop()
    {
        AddModel("one");
        Select("one");
        Task<Result> waiting = await BeginAsync("Wait-IHModel one -Status down");
        using var other = new OtherSession(Session);

        Assert.Empty(other.Run("Stop-IHRuntime").Errors);

        Assert.Equal(ProbeStatus.Down, Row(await waiting.WaitAsync(Soon, Token)).Status);
    }

    [Fact]
    public void A_limit_that_passes_says_what_was_seen_and_what_to_do()
    {
        AddModel("one");

        Result run = Session.Run("Wait-IHModel one -TimeoutSec 5; 'after'");

        Assert.Equal("WaitTimeout", ErrorId(run.Error));
        Assert.Equal(ErrorCategory.OperationTimeout, run.Error.CategoryInfo.Category);
        Assert.Contains("was not ready within 5 s. Last seen: down", run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Wait-IHModel one -TimeoutSec 10", run.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("Select-IHModel one", run.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(ProgressRecordType.Completed, run.Progress[^1].RecordType);
        Assert.Equal("after", Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public async Task A_server_that_hangs_does_not_outlast_the_limit()
    {
        AddModel("one");
        string port = PortOf("one").ToString(CultureInfo.InvariantCulture);
        await using var server = SampleServerProcess.StartRaw(
            PortOf("one"), "-m", Weights.FilePath, "--port", port, "--lifetime", "120", "--hang", "/health", "--hang", "/v1/models");
        await server.WaitUntilListeningAsync(Token);
        long start = Stopwatch.GetTimestamp();

        Result run = Session.Run("Wait-IHModel one -TimeoutSec 1");

        Assert.Equal("WaitTimeout", ErrorId(run.Error));
        Assert.Contains("No look at it came to an end.", run.Error.Exception.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < new HealthOptions().Timeout, "It waited until the look itself gave up.");
    }

    [Theory]
    [InlineData("Set-IHModel one -ProbeTimeoutSec 45", "45")]
    [InlineData("Set-IHModel one -ProbeTimeoutSec $null", "120")]
    public async Task The_limit_is_the_model_s_own_or_one_by_its_size(string change, string seconds)
    {
        AddModel("one");
        Session.Get(change);
        using System.Management.Automation.PowerShell shell = Session.Shell("Wait-IHModel one");
        var shown = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Streams.Progress.DataAdded += (sender, added) => shown.TrySetResult(((PSDataCollection<ProgressRecord>)sender!)[added.Index].StatusDescription);
        IAsyncResult running = shell.BeginInvoke();

        Assert.StartsWith($"0 s of at most {seconds} s", await shown.Task.WaitAsync(Soon, Token), StringComparison.Ordinal);

        await Task.Run(shell.Stop, Token);
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    [Fact]
    public void What_can_not_be_waited_for_is_an_error_that_says_why()
    {
        AddModel("one");
        AddModel("off", more: "-Disabled");
        Session.Get("Add-IHHost away; Disable-IHHost away; Add-IHModel far -Source x -StartCommand x -HostPolicy away");

        Result run = Session.Run("Wait-IHModel; Wait-IHModel nobody; Wait-IHModel off; Wait-IHModel far; Wait-IHModel z*");

        Assert.Equal(["NoActiveModel", "ModelNotFound", "ModelNotFound", "NoEligibleHost"], run.Errors.Select(ErrorId));
        Assert.Contains("disabled", run.Errors[2].Exception.Message, StringComparison.Ordinal);
        Assert.All(run.Errors, error => Assert.NotEmpty(error.ErrorDetails.RecommendedAction));
        Assert.Empty(run.Output);
        Assert.Contains("not a RuntimeHost", Session.Run("Get-IHHost here | Wait-IHModel").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_configuration_is_one_clear_error()
    {
        Session.WriteConfiguration("{ not JSON");

        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("Wait-IHModel one").Error));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_at_once()
    {
        AddModel("one");
        using System.Management.Automation.PowerShell shell = Session.Shell("Wait-IHModel one -TimeoutSec 600 -IntervalMs 600000");
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Streams.Progress.DataAdded += (_, _) => waits.TrySetResult();
        IAsyncResult running = shell.BeginInvoke();
        await waits.Task.WaitAsync(Soon, Token);

        await Task.Run(shell.Stop, Token).WaitAsync(TimeSpan.FromSeconds(10), Token);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    [Theory]
    [InlineData("Wait-IHModel o", "one")]
    [InlineData("Wait-IHModel one -Status ", "ready", "loading", "down", "unknown")]
    public void Completes_ids_and_words(string text, params string[] expected)
    {
        AddModel("one");

        Assert.Equal(expected.Order(StringComparer.Ordinal), Session.Complete(text).Order(StringComparer.Ordinal));
    }
}
