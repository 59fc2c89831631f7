using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class HistoryTests : SelectTestBase
{
    private HistoryEntry[] History(string arguments = "") =>
        [.. Session.Get($"Get-IHHistory {arguments}").Select(item => (HistoryEntry)item.BaseObject)];

    private void MakeHistory()
    {
        AddModel("one", "--load-time 0.2");
        AddModel("broken", "--load-time 60 --crash-after 0.2 --crash-message 'cudaMalloc failed: out of memory'");
        Select("one");
        Session.Run("Select-IHModel broken");
        Session.Get("Stop-IHRuntime");
    }

    [Fact]
    public void There_is_none_before_the_first_select() => Assert.Empty(History());

    [Fact]
    public void Tells_each_select_and_stop_with_plan_steps_outcome_and_cause()
    {
        MakeHistory();

        HistoryEntry[] history = History();

        Assert.Equal(["Select-IHModel one", "Select-IHModel broken", "Stop-IHRuntime"], history.Select(entry => entry.Action));
        Assert.Equal([SelectStatus.Started, SelectStatus.Restored, SelectStatus.Stopped], history.Select(entry => entry.Status));
        Assert.Equal(["one", "one", null], history.Select(entry => entry.ActiveId));
        Assert.Equal([null, "out of device memory", null], history.Select(entry => entry.Cause));
        HistoryEntry failed = history[1];
        Assert.Equal(("broken", "StartFailed"), (failed.Id, failed.ErrorId));
        Assert.Contains("was started again and answers", failed.Error, StringComparison.Ordinal);
        Assert.Contains("--crash-after 0.2", failed.Plan.Single(step => step.Kind == PlanStepKind.StartModel).Command, StringComparison.Ordinal);
        Assert.Equal(["broken", "one"], failed.Steps.Where(step => step.Kind == PlanStepKind.ProbeHealth).Select(step => step.Id));
        Assert.All(failed.Steps, step => Assert.True(step.Duration >= TimeSpan.Zero));
        Assert.True(failed.Duration > TimeSpan.FromSeconds(0.2));
        Assert.Equal($"{Environment.UserName}@{Environment.MachineName}", failed.User);
        Assert.Equal(Environment.ProcessId, failed.ProcessId);
        Assert.Equal(Path.GetFileNameWithoutExtension(history[0].LogPath), history[0].LaunchId);
        Assert.StartsWith("broken-", failed.LaunchId, StringComparison.Ordinal);
        Assert.Contains("cudaMalloc failed: out of memory", Session.Get("Get-IHHistory broken | Get-IHLog -Tail 2").Select(line => line.ToString()));
        Assert.StartsWith("1. CheckSource: ok; 2. CheckPort: ok", failed.Steps.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Is_narrowed_down_by_id_wildcard_and_number()
    {
        MakeHistory();

        Assert.Equal(["broken"], History("BROKEN").Select(entry => entry.Id));
        Assert.Equal(["one", "one"], History("o*").Select(entry => entry.Id));
        Assert.Equal(["Stop-IHRuntime"], History("one -Last 1").Select(entry => entry.Action));
        Assert.Equal(["broken", "one"], History("-Last 2").Select(entry => entry.Id));
        Assert.Equal(["broken"], Session.Get("Get-IHModel br* | Get-IHHistory").Select(item => (string)Property(item, "Id")!));
        Assert.Empty(History("nobody*"));
        Assert.Equal(2, Session.Get("Get-IHHistory one -Last 1 | Get-IHHistory").Count);
    }

    [Fact]
    public void A_literal_id_that_it_does_not_tell_of_is_an_error()
    {
        MakeHistory();

        Result run = Session.Run("Get-IHHistory nobody, one");

        Assert.Equal("HistoryNotFound", ErrorId(run.Error));
        Assert.Equal("nobody", run.Error.TargetObject);
        Assert.Equal(2, run.Output.Count);
    }

    [Fact]
    public void Tells_also_what_never_got_the_lock()
    {
        AddModel("one");
        Directory.CreateDirectory(Session.StateDirectory);
        using (FileStream? held = FileLock.TryAcquire(Path.Combine(Session.StateDirectory, "runtime.lock")))
        {
            Assert.NotNull(held);
            Session.Run("Select-IHModel one -LockTimeoutSec 0");
        }

        HistoryEntry entry = Assert.Single(History());

        Assert.Equal(("one", SelectStatus.Failed, "RuntimeLocked"), (entry.Id, entry.Status, entry.ErrorId));
        Assert.Empty(entry.Plan);
    }

    [Fact]
    public void A_broken_configuration_does_not_stand_in_the_way()
    {
        MakeHistory();
        Session.WriteConfiguration("not JSON");

        Assert.Equal(3, History().Length);
    }

    [Fact]
    public async Task What_is_broken_off_is_told_with_the_steps_that_it_took_and_its_log()
    {
        AddModel("one");
        AddModel("slow", "--load-time 60");
        Select("one");
        (System.Management.Automation.PowerShell shell, IAsyncResult running) = await BeginLoadingAsync("slow");

        shell.Stop();
        Assert.ThrowsAny<System.Management.Automation.RuntimeException>(() => shell.EndInvoke(running));
        shell.Dispose();

        HistoryEntry entry = Assert.Single(History("slow"));
        Assert.Equal(HistoryStatus.Canceled, entry.Status);
        Assert.Equal(entry.Plan.Select(step => step.Kind), entry.Steps.Select(step => step.Kind));
        Assert.All(entry.Steps.SkipLast(1), step => Assert.Equal("ok", step.Status));
        Assert.Equal("canceled", entry.Steps[^1].Status);
        Assert.StartsWith("slow-", Path.GetFileName(entry.LogPath), StringComparison.Ordinal);
        Assert.Contains(Session.Get("Get-IHHistory -Last 1 | Get-IHLog"), line => line.ToString().Contains("loading model", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_that_can_not_be_written_is_told_once_and_is_no_failure()
    {
        AddModel("one");
        Directory.CreateDirectory(Path.Combine(Session.StateDirectory, "journal.jsonl"));

        Result run = Session.Run("Select-IHModel one");

        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        Assert.Contains("The history could not be written", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal("HistoryUnreadable", ErrorId(Session.Run("Get-IHHistory").Error));
    }

    [Fact]
    public void Past_starts_give_the_next_plan_an_estimate()
    {
        AddModel("one", "--load-time 2");
        Assert.Null(Property(Assert.Single(Session.Get("Select-IHModel one -DryRun")), "EstimatedDuration"));
        Select("one");
        Session.Get("Stop-IHRuntime");

        var estimate = (TimeSpan)Property(Assert.Single(Session.Get("Select-IHModel one -DryRun")), "EstimatedDuration")!;

        Assert.InRange(estimate, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(40));
        Result again = Session.Run("Select-IHModel one");
        Assert.Contains(again.Progress, record => record.StatusDescription.Contains("usually", StringComparison.Ordinal));
    }
}
