using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Remote;

/// <summary>The cmdlets on a host behind a real sshd.</summary>
public sealed class RemoteSelectTests : ProcessTestBase, IClassFixture<SshHost>
{
    private readonly SshHost _ssh;

    public RemoteSelectTests(SshHost ssh)
    {
        _ssh = ssh;
        Session.Get($"Add-IHHost box {ssh.Parameters}");
    }

    private string RemoteLogs => Path.Combine(_ssh.Server.Home, ".local/state/idlehands/logs");

    [Fact]
    public async Task A_model_is_started_switched_and_stopped_on_another_host()
    {
        AddModel("one", more: "-HostPolicy box");
        AddModel("two", more: "-HostPolicy box");

        SelectResult first = Select("one");
        Assert.Equal((SelectStatus.Started, "box"), (first.Status, first.HostId));
        Assert.StartsWith(RemoteLogs, first.LogPath, StringComparison.Ordinal);
        Assert.Equal(SelectStatus.Reused, Select("one").Status);
        Assert.Equal((RuntimeStatus.Ready, "box"), (Look().Status, Look().HostId));
        Assert.Equal("one", await Served.ByAsync(PortOf("one")));

        Assert.Equal(SelectStatus.Started, Select("two").Status);
        Assert.False(IsListening(PortOf("one")));
        Assert.Equal("two", await Served.ByAsync(PortOf("two")));

        Session.Get("Stop-IHRuntime");
        Assert.False(IsListening(PortOf("two")));
        Assert.Null(Active());
    }

    [Fact]
    public void The_log_is_read_from_the_host_also_when_the_launch_is_over()
    {
        AddModel("one", more: "-HostPolicy box");
        AddModel("broken", "--crash-after 0", "-HostPolicy box");
        SelectResult one = Select("one");
        string[] lines = [.. Session.Get("Get-IHLog").Select(line => line.ToString())];
        Assert.Equal(File.ReadAllLines(one.LogPath!), lines);
        Assert.StartsWith($"# idlehands launch {one.LaunchId}: model one on host box", lines[0], StringComparison.Ordinal);

        (SelectResult failed, ErrorRecord error) = Fail("broken -OnFailure Stop");
        Assert.Equal("StartFailed", ErrorId(error));
        Assert.Equal(File.ReadAllLines(failed.LogPath!), Session.Get("Get-IHLog broken").Select(line => line.ToString()));
        Assert.Equal(File.ReadAllLines(one.LogPath!), Session.Get($"Get-IHLog -LaunchId {one.LaunchId}").Select(line => line.ToString()));
        Assert.Equal(failed.LaunchId + "|" + one.LaunchId, string.Join('|', TabExpansion("Get-IHLog -LaunchId ")));

        Session.Get("Set-IHModel one -HostPolicy here; Set-IHModel broken -HostPolicy here; Remove-IHHost box -Confirm:$false");
        ErrorRecord gone = Session.Run("Get-IHLog broken").Error;
        Assert.Equal("LogNotFound", ErrorId(gone));
        Assert.Contains("host 'box', which is not configured any more: " + failed.LogPath, gone.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tunnel_leads_to_the_model_and_goes_with_it()
    {
        AddModel("one", more: "-HostPolicy box");
        AddModel("two", more: "-HostPolicy box");

        SelectResult result = Select("one -Tunnel");
        ActiveRuntime active = Active()!;
        int port = active.TunnelPort!.Value;
        Assert.Equal($"http://127.0.0.1:{port}/v1", result.Endpoint);
        Assert.Equal(result.Endpoint, active.Endpoint);
        Assert.NotEqual(PortOf("one"), port);
        Assert.Equal("one", await Served.ByAsync(port));
        Assert.Equal(result.Endpoint, Text("(Resolve-IHEndpoint).Endpoint"));
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
        Assert.Equal(SelectStatus.Reused, Select("one -Tunnel").Status);
        Assert.Equal(port, Active()!.TunnelPort);

        Select("two");
        Assert.False(IsListening(port));
        Assert.Null(Active()!.TunnelPort);

        Select("two -Tunnel");
        port = Active()!.TunnelPort!.Value;
        Assert.Equal("two", await Served.ByAsync(port));
        Session.Get("Stop-IHRuntime");
        Assert.False(IsListening(port));
        AssertNothingRuns();
    }

    [Fact]
    public async Task A_tunnel_that_was_lost_is_told_and_opened_anew_by_the_next_select()
    {
        AddModel("one", more: "-HostPolicy box");
        Select("one -Tunnel");
        int port = Active()!.TunnelPort!.Value;
        int tunnel = Launches.Of(Session.StateDirectory).Keys.Single(id => File.ReadAllText($"/proc/{id}/comm").StartsWith("ssh", StringComparison.Ordinal));
        using (var process = Process.GetProcessById(tunnel))
        {
            process.Kill();
            process.WaitForExit();
        }

        Assert.Contains("tunnel", Look().Detail, StringComparison.OrdinalIgnoreCase);

        Assert.Equal(SelectStatus.Reused, Select("one -Tunnel").Status);
        Assert.Equal("one", await Served.ByAsync(Active()!.TunnelPort!.Value));
        Session.Get("Stop-IHRuntime");
        Assert.False(IsListening(port));
        AssertNothingRuns();
    }

    [Fact]
    public void A_tunnel_to_a_host_that_has_none_is_refused_before_anything_is_touched()
    {
        AddModel("one");
        AddModel("far", more: "-HostPolicy box");
        Session.Get("Set-IHHost box -Transport exec -ExecPrefix env");
        Select("one");

        Assert.Equal("TunnelNotAvailable", ErrorId(Session.Run("Select-IHModel far -Tunnel").Error));
        Assert.Equal("TunnelNotAvailable", ErrorId(Session.Run("Select-IHModel one -Tunnel").Error));
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
    }

    [Fact]
    public async Task A_launched_server_survives_its_process_and_the_next_session_finds_and_stops_it()
    {
        int port = AddModel("slow", "--load-time 1.5", "-HostPolicy box");
        await using QuickstartProcess select = StartAtGate("Select-IHModel slow -Verbose");
        await ArriveAsync(select);
        Go(select);
        await SampleServerProcess.WaitForHealthAsync(port, System.Net.HttpStatusCode.ServiceUnavailable, Token);
        select.Kill();
        await select.WaitForExitAsync(Token);

        Assert.Equal(RuntimeStatus.Starting, Active()!.Status);
        await SampleServerProcess.WaitForHealthAsync(port, System.Net.HttpStatusCode.OK, Token);
        Assert.Equal(("slow", RuntimeStatus.Ready), (Look().Id, Look().Status));
        Assert.Equal("slow", await Served.ByAsync(port));

        // The lease that the killed one has left is that of this state directory.
        Result stopped = Session.Run("Stop-IHRuntime -LockTimeoutSec 0");
        Assert.Empty(stopped.Errors);
        Assert.False(IsListening(port));
        Assert.Null(Active());
    }

    [Fact]
    public async Task A_prefix_that_leads_to_this_very_machine_keeps_nobody_out()
    {
        Session.Get("Add-IHHost nice -Transport exec -ExecPrefix nice");
        int port = AddModel("one", more: "-HostPolicy nice");

        Assert.Equal(SelectStatus.Started, Select("one -LockTimeoutSec 0").Status);
        Assert.Equal("one", await Served.ByAsync(port));
        Assert.StartsWith(Session.StateDirectory, Active()!.LogPath, StringComparison.Ordinal);
        Assert.Equal(SelectStatus.Started, Select("one -Restart -LockTimeoutSec 0").Status);
        AddModel("two");
        Assert.Equal(SelectStatus.Started, Select("two -LockTimeoutSec 0").Status);
        Assert.False(IsListening(port));
    }

    [Fact]
    public void A_host_that_can_t_be_reached_leaves_what_runs_alone_and_says_why()
    {
        AddModel("one");
        Session.Get($"Add-IHHost gone {_ssh.Parameters}; Set-IHHost gone -Port {SampleServerProcess.FindFreePort()}");
        AddModel("far", more: "-HostPolicy gone");
        Select("one");

        Result plan = Session.Run("Select-IHModel far -DryRun");
        Assert.Empty(plan.Errors);
        Assert.Contains("can't be reached", ((RuntimePlan)Assert.Single(plan.Output).BaseObject).Warnings.ToString(), StringComparison.Ordinal);

        (SelectResult result, ErrorRecord error) = Fail("far");
        Assert.Equal((SelectStatus.Failed, "one"), (result.Status, result.ActiveId));
        Assert.Equal(("ConnectionRefused", ErrorCategory.ResourceUnavailable), (ErrorId(error), error.CategoryInfo.Category));
        Assert.Contains("Set-IHHost gone -Port", error.ErrorDetails!.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
    }

    [Fact]
    public void Hosts_are_tested_at_once_and_each_tells_for_itself()
    {
        Session.Get(
            $"""
            Add-IHHost bad {_ssh.Parameters}; Set-IHHost bad -KeyPath '{_ssh.Server.WrongKeyPath}'
            Set-IHHost box -CheckCommand 'echo $SSH_CONNECTION'
            Add-IHBackend gpu -Type cpu -VerifyCommand 'test -n "$SSH_CONNECTION"'
            """);

        string checks = Text("Test-IHHost -ThrottleLimit 8 | ForEach-Object { \"$($_.HostId) $($_.Success)\" }");
        Assert.Equal(["bad False", "box True", "here True"], checks.Split('|').Order(StringComparer.Ordinal));
        Assert.Contains("did not accept this user", Text("(Test-IHHost bad).Error"), StringComparison.Ordinal);
        Assert.Equal("box True", Text("Test-IHBackend gpu -HostId box -ThrottleLimit 2 | ForEach-Object { \"$($_.HostId) $($_.Success)\" }"));
        string health = Text("Test-IHHealth | Where-Object Section -eq Host | ForEach-Object { \"$($_.HostId) $($_.Status)\" }");
        Assert.Equal(["bad unknown", "box ready", "here ready"], health.Split('|').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_password_in_clear_is_not_written_down_and_what_runs_is_stopped_nevertheless()
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);
        Session.Get($"Set-IHHost box -Port {server.Port} -UserName {user.Name} -Password env:IH_TEST_PASSWORD -SshOption {string.Join(',', server.Options.Select(option => $"'{option}'"))}");
        string configuration = await File.ReadAllTextAsync(Session.ConfigurationFile, Token);
        Session.WriteConfiguration(configuration.Replace("env:IH_TEST_PASSWORD", user.Password, StringComparison.Ordinal));
        File.SetUnixFileMode(Weights.Directory, (UnixFileMode)0b111_101_101);
        int port = AddModel("one", more: "-HostPolicy box");

        Select("one");
        Assert.DoesNotContain(user.Password, File.ReadAllText(Session.StateFile), StringComparison.Ordinal);
        Assert.Equal("one", await Served.ByAsync(port));
        Assert.Equal(RuntimeStatus.Ready, Look().Status);
        Session.Get("Stop-IHRuntime");

        Assert.False(IsListening(port));
    }

    private string[] TabExpansion(string line) =>
        [.. Session.Get($"(TabExpansion2 '{line}' {line.Length}).CompletionMatches.CompletionText").Select(text => text.ToString())];
}
