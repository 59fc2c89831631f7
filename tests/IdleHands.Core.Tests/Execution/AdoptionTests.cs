using IdleHands.Core.Tests.Hosts;
using IdleHands.Execution;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Execution;

/// <summary>Servers that are right and run, and that nobody wrote down.</summary>
public abstract class AdoptionTests(TestTransport transport) : IAsyncDisposable
{
    private readonly SelectFixture _ih = new(transport);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _ih.DisposeAsync();

    private async Task<SampleServerProcess> ByHandAsync(RuntimeModel model, params string[] more)
    {
        SampleServerProcess server = SampleServerProcess.StartRaw(
            model.Port!.Value, ["-m", _ih.Weights.FilePath, "--port", $"{model.Port}", "--alias", model.Id, "--lifetime", "60", .. more]);
        await server.WaitUntilListeningAsync(Token);
        return server;
    }

    [Fact]
    public async Task A_server_that_was_started_by_hand_is_taken_over_and_that_is_said()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal((SelectStatus.Reused, "coder"), (result.Status, result.ActiveId));
        Assert.Contains($"process {server.ProcessId} (sample-server) serves coder already and is taken over", result.Reasons);
        Assert.Contains("Select-IHModel coder -Restart", Assert.Single(result.Warnings), StringComparison.Ordinal);
        ActiveRuntime active = _ih.Store.Read()!;
        Assert.Equal((RuntimeStatus.Ready, server.ProcessId), (active.Status, active.ProcessId));
        Assert.False(server.HasExited);
    }

    [Fact]
    public async Task What_was_taken_over_is_reused_looked_at_and_stopped_like_a_launch()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);
        await _ih.SelectAsync("coder");

        SelectResult again = await _ih.SelectAsync("coder");
        ActiveRuntime seen = await new RuntimeInspector(_ => _ih.Connect()).LookAsync(_ih.Store.Read()!, Token);
        ActiveRuntime? stopped = await _ih.StopAsync();

        Assert.Equal(SelectStatus.Reused, again.Status);
        Assert.Empty(again.Warnings);
        Assert.Equal(RuntimeStatus.Ready, seen.Status);
        Assert.Equal("coder", stopped!.Id);
        Assert.Equal(0, await server.WaitForExitAsync(Token));
        Assert.Null(_ih.Store.Read());
    }

    [Fact]
    public async Task Only_the_server_and_its_children_are_stopped_and_not_the_terminal_it_was_started_from()
    {
        RuntimeModel model = _ih.Add("coder");
        using var terminal = new System.Diagnostics.Process
        {
            StartInfo = new System.Diagnostics.ProcessStartInfo("setsid", ["sh", "-c", $"'{SampleServerProcess.ExecutablePath}' -m \"$1\" --port {model.Port} --alias coder --lifetime 60 2>/dev/null & cat", "sh", _ih.Weights.FilePath])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        terminal.Start();
        await SampleServerProcess.WaitForHealthAsync(model.Port!.Value, System.Net.HttpStatusCode.OK, Token);
        await _ih.SelectAsync("coder");

        await _ih.StopAsync();

        Assert.Null(await SelectFixture.ServedAsync(model.Port.Value));
        await terminal.StandardInput.WriteLineAsync("still here");
        Assert.Equal("still here", await terminal.StandardOutput.ReadLineAsync(Token));
        terminal.StandardInput.Close();
        await terminal.WaitForExitAsync(Token);
    }

    [Fact]
    public async Task A_restart_stops_it_and_starts_the_model_s_own_command()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        SelectResult result = await _ih.SelectAsync("coder", request => request with { Restart = true });

        Assert.Equal(SelectStatus.Started, result.Status);
        Assert.Equal(0, await server.WaitForExitAsync(Token));
        Assert.Equal("coder", await SelectFixture.ServedAsync(model.Port!.Value));
        Assert.NotEqual(server.ProcessId, _ih.Launch().ProcessId);
    }

    [Fact]
    public async Task What_ran_is_stopped_for_it()
    {
        RuntimeModel before = _ih.Add("before");
        await _ih.StartAsync("before");
        _ih.Launch();
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal((SelectStatus.Reused, "coder"), (result.Status, _ih.Store.Read()!.Id));
        Assert.Contains(PlanStepKind.StopModel, result.Steps.Select(step => step.Kind));
        Assert.Null(await SelectFixture.ServedAsync(before.Port!.Value));
        Assert.Empty(_ih.RunningLaunches());
    }

    [Fact]
    public async Task It_takes_the_place_of_a_record_whose_launch_is_gone()
    {
        RuntimeModel model = _ih.Add("coder");
        await _ih.StartAsync("coder");
        await _ih.KillAsync(_ih.Launch());
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal(SelectStatus.Reused, result.Status);
        Assert.Equal(server.ProcessId, _ih.Store.Read()!.ProcessId);
        Assert.False(server.HasExited);
    }

    [Fact]
    public async Task One_that_answers_as_the_model_but_fails_its_probe_is_left_alone()
    {
        RuntimeModel model = _ih.Add("coder", change: m => m with { ProbeCommand = "echo no >&2; exit 1" });
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal((SelectStatus.Failed, "PortInUse"), (result.Status, result.Failure!.ErrorId));
        Assert.False(server.HasExited);
        Assert.Null(_ih.Store.Read());
    }

    [Fact]
    public async Task One_that_still_loads_can_not_be_told_and_is_left_alone()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model, "--load-time", "60");

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal((SelectStatus.Failed, "PortInUse"), (result.Status, result.Failure!.ErrorId));
        Assert.False(server.HasExited);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("true", null)]
    [InlineData(null, "true")]
    [InlineData("true", "true")]
    public async Task One_that_only_passes_the_port_on_is_no_process_to_stop(string? stopCommand, string? statusCommand)
    {
        // As docker-proxy is: it has the port, and ends without its server ending.
        string proxy = Path.Combine(_ih.Weights.Directory, "docker-proxy");
        File.Copy(SampleServerProcess.ExecutablePath, proxy);
        foreach (string part in Directory.EnumerateFiles(Path.GetDirectoryName(SampleServerProcess.ExecutablePath)!, "sample-server.*"))
        {
            File.Copy(part, Path.Combine(_ih.Weights.Directory, Path.GetFileName(part)));
        }

        _ih.ChangeHost(host => host with { StopCommand = stopCommand });
        RuntimeModel model = _ih.Add("coder", change: m => m with { StatusCommand = statusCommand });
        using var server = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(proxy, ["-m", _ih.Weights.FilePath, "--port", $"{model.Port}", "--alias", "coder", "--lifetime", "60"]) { RedirectStandardError = true })!;
        await SampleServerProcess.WaitForHealthAsync(model.Port!.Value, System.Net.HttpStatusCode.OK, Token);

        SelectResult result = await _ih.SelectAsync("coder");

        Assert.Equal(stopCommand is null || statusCommand is null ? SelectStatus.Failed : SelectStatus.Reused, result.Status);
        Assert.Null(_ih.Store.Read()?.Launch);
        Assert.False(server.HasExited);
        server.Kill();
        await server.WaitForExitAsync(Token);
    }

    [Fact]
    public async Task A_dry_run_says_it_and_writes_nothing()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);

        RuntimePlan plan = await _ih.Selector.PlanAsync(new IdleHands.Planning.PlanRequest("coder"), Token);

        Assert.True(plan.Reuse);
        Assert.EndsWith("serves coder already and is taken over", Assert.Single(plan.Reasons), StringComparison.Ordinal);
        Assert.Equal(["ProbeHealth"], plan.Steps.Select(step => step.Kind));
        Assert.Null(_ih.Store.Read());
    }

    [Fact]
    public async Task A_process_that_got_the_number_of_an_adopted_one_is_never_signalled()
    {
        RuntimeModel model = _ih.Add("coder");
        await using SampleServerProcess server = await ByHandAsync(model);
        await server.WaitUntilReadyAsync(Token);
        await _ih.SelectAsync("coder");
        ActiveRuntime active = _ih.Store.Read()!;

        // The record of another process that had this number before.
        _ih.Store.Write(active with { Launch = active.Launch! with { StartTime = "1", KnownProcesses = NameList.Empty } });
        await _ih.StopAsync();

        Assert.False(server.HasExited);
        Assert.Null(_ih.Store.Read());
    }
}

public sealed class LocalAdoptionTests(LocalTransport transport) : AdoptionTests(transport), IClassFixture<LocalTransport>;

public sealed class SshAdoptionTests(SshTransport transport) : AdoptionTests(transport), IClassFixture<SshTransport>;

public sealed class ExecAdoptionTests(ThoroughExecTransport transport) : AdoptionTests(transport), IClassFixture<ThoroughExecTransport>;
