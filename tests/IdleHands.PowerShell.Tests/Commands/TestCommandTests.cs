using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class TestCommandTests : ModuleTests
{
    /// <summary>Commands for the shell that a local host has by default.</summary>
    private static readonly string Fails = OperatingSystem.IsWindows() ? "[Console]::Error.WriteLine('no GPU'); exit 3" : "echo no GPU >&2; exit 3";

    private static readonly string Hangs = OperatingSystem.IsWindows() ? "Start-Sleep 300" : "sleep 300";

    [Fact]
    public void Tells_which_hosts_are_well_and_why_others_are_not()
    {
        Session.Get($"Add-IHHost well -CheckCommand 'echo fine'; Add-IHHost ill -CheckCommand \"{Fails}\"; Add-IHHost plain; Add-IHHost off -CheckCommand nonsense -Disabled");

        Dictionary<object, PSObject> results = Session.Get("Test-IHHost").ToDictionary(item => item.Properties["HostId"].Value);

        Assert.Equal(["ill", "plain", "well"], results.Keys.Order());
        Assert.Equal((true, 0, "fine"), (results["well"].Properties["Success"].Value, results["well"].Properties["ExitCode"].Value, results["well"].Properties["Output"].Value));
        Assert.Equal((false, 3, "no GPU"), (results["ill"].Properties["Success"].Value, results["ill"].Properties["ExitCode"].Value, results["ill"].Properties["Error"].Value));
        Assert.Equal(true, results["plain"].Properties["Success"].Value);
    }

    [Fact]
    public void A_command_that_takes_too_long_is_ended_and_that_is_said()
    {
        Session.Get($"Add-IHHost slow -CheckCommand '{Hangs}' -CheckTimeoutSec 1");

        PSObject result = Session.Get("Test-IHHost slow").Single();

        Assert.Equal(false, result.Properties["Success"].Value);
        Assert.Null(result.Properties["ExitCode"].Value);
        Assert.Contains("limit of 1 s", (string)result.Properties["Error"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_can_not_be_reached_yet_is_a_result_like_any_other()
    {
        Session.Get("Add-IHHost far -Transport ssh -HostName far.lan");

        PSObject result = Session.Get("Test-IHHost far").Single();

        Assert.Equal(false, result.Properties["Success"].Value);
        Assert.Contains("'far'", (string)result.Properties["Error"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Hosts_are_taken_by_wildcard_by_object_and_although_disabled()
    {
        Session.Get("Add-IHHost a1 -Disabled; Add-IHHost a2; Add-IHHost b1");

        Assert.Equal(["a1", "a2"], Session.Get("Test-IHHost a*").Select(item => item.Properties["HostId"].Value).Order());
        Assert.Equal("b1", Session.Get("Get-IHHost b1 | Test-IHHost").Single().Properties["HostId"].Value);
        Assert.Empty(Session.Get("Test-IHHost x*"));
        Assert.Equal("HostNotFound", ErrorId(Session.Run("Test-IHHost missing").Error));
        Assert.Contains("not a RuntimeModel", Session.Run("Add-IHModel m -Source s -StartCommand c; Get-IHModel | Test-IHHost").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_is_one_word()
    {
        Session.Get($"Add-IHHost well; Add-IHHost ill -CheckCommand '{Fails.Replace("'", "''", StringComparison.Ordinal)}'");

        Assert.Equal(true, Session.Get("Test-IHHost well -Quiet").Single().BaseObject);
        Assert.Equal(false, Session.Get("Test-IHHost -Quiet").Single().BaseObject);
        Assert.Equal(false, Session.Run("Test-IHHost missing -Quiet").Output.Single().BaseObject);
    }

    [Fact]
    public async Task Stopping_ends_the_command_and_the_cmdlet()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The process is found by the file it writes from a Unix shell.");
        }

        string pidFile = Path.Combine(Session.Root, "pid");
        Session.Get($"Add-IHHost slow -CheckCommand 'echo $$ > {pidFile}; exec sleep 300' -CheckTimeoutSec 300");
        using var watcher = new FileSystemWatcher(Session.Root, "pid");
        var written = new TaskCompletionSource();
        watcher.Changed += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;
        using System.Management.Automation.PowerShell shell = Session.Shell("Test-IHHost slow");
        IAsyncResult running = shell.BeginInvoke();
        await written.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await Task.Run(shell.Stop, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        int processId = int.Parse(await File.ReadAllTextAsync(pidFile, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        Assert.DoesNotContain(Process.GetProcesses(), process => process.Id == processId && process.ProcessName == "sleep");
    }

    [Fact]
    public void Backends_are_verified_on_every_host_that_they_may_run_on()
    {
        Session.Get("""
            Add-IHHost h1; Add-IHHost h2; Add-IHHost off -Disabled
            Add-IHBackend everywhere -VerifyCommand 'echo {host_id} {backend_id} {backend_args}' -Argument a, 'b c'
            Add-IHBackend one -HostFilter h2 -VerifyCommand 'exit 4'
            """);

        IEnumerable<string> results = Session.Get("Test-IHBackend")
            .Select(item => $"{item.Properties["BackendId"].Value} {item.Properties["HostId"].Value} {item.Properties["ExitCode"].Value} {item.Properties["Output"].Value}");

        Assert.Equal(["everywhere h1 0 h1 everywhere a b c", "everywhere h2 0 h2 everywhere a b c", "one h2 4 "], results.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_backend_gets_its_secrets_and_a_missing_one_is_named()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The command is written for a Unix shell.");
        }

        Session.Get("Add-IHHost h1; Add-IHBackend b1 -Environment @{ TOKEN = 'env:IDLEHANDS_TEST_TOKEN' } -VerifyCommand '{backend_env} test \"$TOKEN\" = hunter2'");

        PSObject missing = Session.Get("Test-IHBackend b1").Single();
        PSObject there = Session.Get("$env:IDLEHANDS_TEST_TOKEN = 'hunter2'; Test-IHBackend b1; $env:IDLEHANDS_TEST_TOKEN = $null").Single();

        Assert.Equal(false, missing.Properties["Success"].Value);
        Assert.Contains("IDLEHANDS_TEST_TOKEN", (string)missing.Properties["Error"].Value, StringComparison.Ordinal);
        Assert.Equal(true, there.Properties["Success"].Value);
    }

    [Theory]
    [InlineData("Test-IHBackend one -HostId h1", "may not run on host 'h1'")]
    [InlineData("Test-IHBackend needs -HostId h1", "{source}")]
    public void A_backend_that_can_not_be_verified_there_says_why(string script, string reason)
    {
        Session.Get("Add-IHHost h1; Add-IHHost h2; Add-IHBackend one -HostFilter h2; Add-IHBackend needs -VerifyCommand 'test -f {source}'");

        PSObject result = Session.Get(script).Single();

        Assert.Equal(false, result.Properties["Success"].Value);
        Assert.Contains(reason, (string)result.Properties["Error"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Backends_and_hosts_that_are_not_there_are_errors()
    {
        Session.Get("Add-IHHost h1; Add-IHBackend b1");

        Assert.Equal("BackendNotFound", ErrorId(Session.Run("Test-IHBackend missing").Error));
        Assert.Equal("HostNotFound", ErrorId(Session.Run("Test-IHBackend b1 -HostId missing").Error));
        Assert.Contains("not a RuntimeHost", Session.Run("Get-IHHost | Test-IHBackend").Error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("h1", Session.Get("Get-IHBackend b* | Test-IHBackend -HostId (Get-IHHost)").Single().Properties["HostId"].Value);
    }

    [Fact]
    public void A_valid_configuration_has_no_findings()
    {
        Assert.Empty(Session.Get("Test-IHConfiguration"));
        Assert.Equal(true, Session.Get("Test-IHConfiguration -Quiet").Single().BaseObject);
        AddSamples();
        Assert.Empty(Session.Get("Test-IHConfiguration"));
    }

    [Fact]
    public void Every_finding_of_a_broken_configuration_is_listed_with_its_place()
    {
        Session.WriteConfiguration("""
            {"schema_version": 1, "hosts": [{"id": "A b", "display_name": "x", "enabled": true, "transport": "local"}], "backends": [],
             "models": [{"id": "m", "display_name": "m", "enabled": true, "source": "s", "host_policy": "any", "backend_policy": "any", "launch": {"start_cmd": "run {nonsense}"}, "runtime_defaults": {"port": 70000}}], "extra": 1}
            """);

        IReadOnlyList<PSObject> findings = Session.Get("Test-IHConfiguration");

        Assert.Superset(
            new HashSet<string> { "hosts[0].id Error", "models[0].launch.start_cmd Error", "models[0].runtime_defaults.port Error", "extra Warning" },
            findings.Select(finding => $"{finding.Properties["Path"].Value} {finding.Properties["Severity"].Value}").ToHashSet());
        Assert.Equal(false, Session.Get("Test-IHConfiguration -Quiet").Single().BaseObject);
    }

    [Fact]
    public void A_warning_alone_does_not_make_it_unusable()
    {
        Session.WriteConfiguration("""{"schema_version": 1, "hosts": [], "backends": [], "models": [], "extra": 1}""");

        Assert.Equal("Warning", Session.Get("Test-IHConfiguration").Single().Properties["Severity"].Value);
        Assert.Equal(true, Session.Get("Test-IHConfiguration -Quiet").Single().BaseObject);
    }

    [Fact]
    public void Another_file_is_found_from_the_location_of_the_session()
    {
        File.WriteAllText(Path.Combine(Session.Root, "other.json"), "{}");
        Session.Get("$null = $ExecutionContext.SessionState.Path.SetLocation(\"$input\")", Session.Root);

        Assert.NotEmpty(Session.Get("Test-IHConfiguration -Path ./other.json"));
        Assert.NotEmpty(Session.Get("[pscustomobject]@{ PSPath = \"Microsoft.PowerShell.Core\\FileSystem::$input/other.json\" } | Test-IHConfiguration", Session.Root));
        ErrorRecord error = Session.Run("Test-IHConfiguration ./missing.json").Error;
        Assert.Equal("FileNotFound", ErrorId(error));
        Assert.Equal(Path.Combine(Session.Root, "missing.json"), error.TargetObject);
    }
}
