using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>Disks that are full or read-only, where the state, the logs or the configuration is.</summary>
public sealed class DiskFaultTests(Bystanders bystanders, LocalFaultHost way) : FaultTestBase(bystanders, way), IClassFixture<LocalFaultHost>
{
    private readonly List<SmallDisk> _disks = [];

    private string Logs => Path.Combine(Session.StateDirectory, "logs");

    private SmallDisk Use(SmallDisk disk)
    {
        _disks.Add(disk);
        return disk;
    }

    /// <summary>A small disk for the state, on which the logs are not.</summary>
    private SmallDisk MountState()
    {
        SmallDisk disk = Use(SmallDisk.Mount(Session.StateDirectory));
        Use(SmallDisk.MountFrom(Path.Combine(Session.Root, "logs"), Logs));
        return disk;
    }

    [Fact]
    public async Task A_full_disk_of_the_state_is_told_before_anything_is_touched()
    {
        SmallDisk disk = MountState();
        RunBefore();
        int process = ProcessId();
        AddModel("next");
        disk.Fill();

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "StateNotWritable", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
        Assert.Equal((SelectStatus.Failed, "before", process), (result.Status, result.ActiveId, ProcessId()));
        await AssertRunsAsync("before");
        disk.MakeRoom();
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task What_runs_can_be_stopped_when_the_disk_of_the_state_is_full()
    {
        SmallDisk disk = MountState();
        RunBefore();
        disk.Fill();

        Session.Get("Stop-IHRuntime");

        await AssertRunsAsync(null);
        disk.MakeRoom();
        await AssertEndsWithAsync(null);
    }

    [Fact]
    public async Task A_disk_of_the_state_that_fills_up_in_the_middle_ends_with_nothing_and_says_so()
    {
        SmallDisk disk = MountState();
        RunBefore();
        Configure($"Add-IHBackend gpu -Type cpu -ApplyCommand {Quote(disk.FillCommand)}");
        AddModel("next", more: "-BackendPolicy gpu");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "StateNotWritable", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        Assert.Contains("Model 'before', which ran before, could not be brought back: The state", error.Exception.Message, StringComparison.Ordinal);
        await AssertRunsAsync(null);
        disk.MakeRoom();
        await AssertEndsWithAsync(null);
    }

    [Fact]
    public async Task A_disk_of_the_state_that_fills_up_while_the_model_loads_is_told_and_the_model_runs()
    {
        SmallDisk disk = MountState();
        RunBefore();
        AddModel("next");
        Configure($"Set-IHModel next -StartCommand ({Quote(disk.FillCommand + "; ")} + (Get-IHModel next).StartCommand)");

        Result run = Session.Run("Select-IHModel next");

        Assert.Empty(run.Errors);
        Assert.Equal(SelectStatus.Started, Emitted(run).Status);
        Assert.Contains(run.Warnings, warning => warning.Contains("can't be written: No space left on device", StringComparison.Ordinal));
        Assert.Equal(RuntimeStatus.Starting, Active()!.Status);
        await AssertRunsAsync("next");
        disk.MakeRoom();
        await AssertEndsWithAsync("next");
    }

    [Fact]
    public async Task A_full_disk_of_the_logs_is_told_before_anything_is_touched()
    {
        SmallDisk disk = Use(SmallDisk.Mount(Logs));
        RunBefore();
        int process = ProcessId();
        AddModel("next");
        disk.Fill();

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "LaunchFailed", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
        Assert.Equal((SelectStatus.Failed, "before", process), (result.Status, result.ActiveId, ProcessId()));
        await AssertRunsAsync("before");
        disk.MakeRoom();
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_disk_of_the_logs_that_fills_up_in_the_middle_ends_with_nothing_and_says_so()
    {
        SmallDisk disk = Use(SmallDisk.Mount(Logs));
        RunBefore();
        Configure($"Add-IHBackend gpu -Type cpu -ApplyCommand {Quote(disk.FillCommand)}");
        AddModel("next", more: "-BackendPolicy gpu");

        (SelectResult result, ErrorRecord error) = Fail("next");

        AssertTells(error, "LaunchFailed", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
        Assert.Equal((SelectStatus.Failed, null), (result.Status, result.ActiveId));
        Assert.Contains("Model 'before', which ran before, could not be brought back: ", error.Exception.Message, StringComparison.Ordinal);
        await AssertRunsAsync(null);
        disk.MakeRoom();
        await AssertEndsWithAsync(null);
    }

    [Fact]
    public async Task A_server_whose_log_no_longer_fits_on_the_disk_goes_on()
    {
        SmallDisk disk = Use(SmallDisk.Mount(Logs));
        RunBefore("--load-time 1");
        disk.Fill();

        await AssertRunsAsync("before");
        Assert.Equal(SelectStatus.Reused, Select("before").Status);
        disk.MakeRoom();
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_full_disk_of_the_configuration_leaves_the_file_as_it_was_and_what_runs_alone()
    {
        SmallDisk disk = Use(SmallDisk.Mount(Session.ConfigurationDirectory));
        RunBefore();
        disk.Fill();

        Result run = Session.Run("Set-IHModel before -ContextWindow 4096");

        AssertTells(run.Error, "ConfigurationUnwritable", ErrorCategory.OperationStopped, "Test-IHConfiguration");
        await AssertRunsAsync("before");
        Assert.DoesNotContain(Directory.EnumerateFiles(Session.ConfigurationDirectory), file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Equal(SelectStatus.Reused, Select("before").Status);
        disk.MakeRoom();
        await AssertEndsWithAsync("before");
    }

    [Fact]
    public async Task A_read_only_state_directory_is_told_and_what_runs_is_left_alone()
    {
        RunBefore();
        int process = ProcessId();
        AddModel("next");
        using (SmallDisk.MakeReadOnly(Session.StateDirectory))
        {
            Result select = Session.Run("Select-IHModel next");
            Result stop = Session.Run("Stop-IHRuntime -Force -Confirm:$false");

            AssertTells(select.Error, "StateNotWritable", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
            AssertTells(stop.Error, "StateNotWritable", ErrorCategory.PermissionDenied, "Get-IHRuntime -Verify");
            Assert.Equal(process, ProcessId());
            await AssertRunsAsync("before");
        }

        await AssertEndsWithAsync("before");
    }

    /// <inheritdoc />
    protected override void CleanUp()
    {
        _disks.ForEach(disk => disk.MakeRoom());
        base.CleanUp();
        foreach (SmallDisk disk in Enumerable.Reverse(_disks))
        {
            disk.Dispose();
        }
    }
}
