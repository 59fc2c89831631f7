using System.Text.RegularExpressions;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Processes;

/// <summary>Selects of several processes at once, and selects that are killed or interrupted.</summary>
public sealed class SelectProcessTests : ProcessTestBase
{
    private const int Sigint = 2;

    [Fact]
    public async Task Of_eight_processes_that_select_at_once_one_at_a_time_has_a_server()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the start command is written for sh");
        string[] models = [.. Enumerable.Range(1, 8).Select(number => $"m{number}")];
        string journal = Path.Combine(Session.Root, "journal");
        foreach (string model in models)
        {
            // The shell outlives the TERM that ends its server, so that it can write the end down.
            AddModel(model, "--load-time 0.2");
            Session.Get($"Set-IHModel {model} -StartCommand ('trap : TERM; echo up {{model_id}} >> {journal}; ' + (Get-IHModel {model}).StartCommand + '; echo down {{model_id}} >> {journal}')");
        }

        var selects = new List<QuickstartProcess>();
        try
        {
            selects.AddRange(models.Select(model => StartAtGate($"(Select-IHModel {model} -LockTimeoutSec 100).Status")));
            foreach (QuickstartProcess select in selects)
            {
                await ArriveAsync(select);
            }

            selects.ForEach(Go);
            Task all = Task.WhenAll(selects.Select(select => select.WaitForExitAsync(Token)));
            while (!all.IsCompleted)
            {
                // One look at all ports: between two of them, one server may have taken the place of another.
                int[] listening = ListeningPorts();
                Assert.InRange(models.Count(model => listening.Contains(PortOf(model))), 0, 1);
                await Task.WhenAny(all, Task.Delay(20, Token));
            }

            await all;
            Assert.All(selects, AssertSucceeded);
            Assert.All(selects, select => Assert.EndsWith("\nStarted\n", select.Output, StringComparison.Ordinal));
        }
        finally
        {
            foreach (QuickstartProcess select in selects)
            {
                await select.DisposeAsync();
            }
        }

        // Each start is followed by its own end, but for the last.
        string[] lines = await File.ReadAllLinesAsync(journal, Token);
        string[] started = [.. lines.Where((_, index) => index % 2 == 0).Select(line => line["up ".Length..])];
        Assert.Equal(models, started.Order(StringComparer.Ordinal));
        Assert.Equal(started.SelectMany(model => (string[])[$"up {model}", $"down {model}"]).SkipLast(1), lines);
        Assert.Equal((started[^1], RuntimeStatus.Ready), (Look().Id, Look().Status));
    }

    [Fact]
    public async Task A_select_that_may_not_wait_says_which_process_holds_the_lock()
    {
        AddModel("slow", "--load-time 60");
        AddModel("one");
        await using QuickstartProcess holder = Start("Select-IHModel slow");
        await SampleServerProcess.WaitForHealthAsync(PortOf("slow"), System.Net.HttpStatusCode.ServiceUnavailable, Token);

        Result refused = Session.Run("Select-IHModel one -LockTimeoutSec 0");

        Assert.Equal("RuntimeLocked", ErrorId(refused.Error));
        Assert.Contains($"process {holder.ProcessId} (Select-IHModel slow, since ", refused.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(SelectStatus.Started, Select("one -Force").Status);
        await holder.WaitForExitAsync(Token);
        Assert.Contains("Error id: TakenOver\n", holder.Errors, StringComparison.Ordinal);
        Assert.False(IsListening(PortOf("slow")));
    }

    [Fact]
    public async Task Who_is_taken_over_names_what_it_had_stopped()
    {
        AddModel("before");
        AddModel("slow", "--load-time 60");
        Select("before");
        await using QuickstartProcess holder = Start("Select-IHModel slow");
        await SampleServerProcess.WaitForHealthAsync(PortOf("slow"), System.Net.HttpStatusCode.ServiceUnavailable, Token);

        Session.Run("Stop-IHRuntime -Force");

        await holder.WaitForExitAsync(Token);
        Assert.Contains("Model 'before' was stopped and is not started again. To bring it back: Select-IHModel before", holder.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launched_server_survives_its_process_and_the_next_one_finds_and_stops_it()
    {
        int port = AddModel("one");
        await using QuickstartProcess first = await RunAsync("(Select-IHModel one).Status");
        AssertSucceeded(first);
        Assert.Equal("Started\n", first.Output);
        int processId = ProcessId();

        await using QuickstartProcess second = await RunAsync("$now = Get-IHRuntime -Verify; \"$($now.Id) $($now.Status) $($now.ProcessId)\"; (Select-IHModel one).Status");
        AssertSucceeded(second);
        Assert.Equal($"one ready {processId}\nReused\n", second.Output);
        Assert.True(IsListening(port));

        await using QuickstartProcess third = await RunAsync("Stop-IHRuntime");
        AssertSucceeded(third);
        AssertNothingRuns();
    }

    [Fact]
    public async Task An_interrupt_in_the_middle_of_a_select_leaves_no_server_and_no_lock()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals to send");
        AddModel("one");
        AddModel("slow", "--load-time 60");
        Select("one");
        await using QuickstartProcess run = Start("Select-IHModel slow");
        await SampleServerProcess.WaitForHealthAsync(PortOf("slow"), System.Net.HttpStatusCode.ServiceUnavailable, Token);

        run.Signal(Sigint);
        await run.WaitForExitAsync(Token);

        Assert.Equal(130, run.ExitCode);
        Assert.Matches(new Regex("To bring it back: Select-IHModel\\s+one"), run.Output + run.Errors);
        AssertNothingRuns();
        Assert.Equal(SelectStatus.Started, Select("one -LockTimeoutSec 0").Status);
    }
}
