using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class DiagnosticTests : ModuleTests
{
    private const string Sound = "Add-IHHost here -CheckCommand 'exit 0'; Add-IHModel m -Source https://models.example/m.gguf -StartCommand 'echo {port}' -Port 47110";

    [Fact]
    public void Says_nothing_where_nothing_is_wrong()
    {
        Session.Get(Sound);

        Assert.Empty(Session.Get("Get-IHDiagnostic"));
        Assert.Equal(true, Session.Get("Get-IHDiagnostic -Quiet").Single().BaseObject);
    }

    [Fact]
    public void Tells_what_is_wrong_why_and_what_mends_it()
    {
        Session.Get("Add-IHHost here; Add-IHModel m -Source /no/such.gguf -StartCommand 'no-such-server {port}' -Port 47110");

        Dictionary<string, DiagnosticFinding> findings = Session.Get("Get-IHDiagnostic").Select(item => (DiagnosticFinding)item.BaseObject).ToDictionary(finding => finding.RuleId);

        Assert.Equal(["ModelFileMissing", "ProgramMissing"], findings.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("Error", "Model", "m", "here"), (findings["ProgramMissing"].Severity, findings["ProgramMissing"].Resource, findings["ProgramMissing"].Id, findings["ProgramMissing"].HostId));
        Assert.Contains("'no-such-server' is not found on host 'here'", findings["ProgramMissing"].Message, StringComparison.Ordinal);
        Assert.All(findings.Values, finding => Assert.NotEmpty(finding.Reason));
        Assert.All(findings.Values, finding => Assert.Contains("Set-IHModel m", finding.Recommendation, StringComparison.Ordinal));
    }

    [Fact]
    public void Mending_what_it_says_makes_it_silent()
    {
        Session.Get(Sound + "; Add-IHModel n -Source https://models.example/n.gguf -StartCommand 'echo --port 47112' -Port 47111 -Fallback m; Disable-IHModel m");
        IReadOnlyList<PSObject> findings = Session.Get("Get-IHDiagnostic");

        Assert.Equal(["FallbackDisabled", "StartPortMismatch"], findings.Select(finding => finding.Properties["RuleId"].Value).Order());
        Session.Get("Enable-IHModel m; Set-IHModel n -Port 47112");

        Assert.Empty(Session.Get("Get-IHDiagnostic"));
    }

    [Fact]
    public void A_host_that_is_named_has_the_findings_of_all_that_may_be_used_there()
    {
        Session.Get("Add-IHHost here; Add-IHHost other; Add-IHBackend own -Type custom -HostFilter here -Environment @{ K = 'env:NO_SUCH_VARIABLE' }; Add-IHModel m -Source https://models.example/m.gguf -StartCommand '{backend_env}echo --port 99' -HostPolicy here -BackendPolicy own -Port 47110");

        Assert.Equal(["SecretUnavailable", "StartPortMismatch"], Session.Get("Get-IHDiagnostic here").Select(finding => finding.Properties["RuleId"].Value).Order());
        Assert.Equal(false, Session.Get("Get-IHDiagnostic here -Quiet -Severity Error").Single().BaseObject);
        Assert.Equal(true, Session.Get("Get-IHDiagnostic other -Quiet").Single().BaseObject);
    }

    [Fact]
    public void A_disabled_host_that_is_named_is_looked_at_as_if_it_were_not()
    {
        Session.Get("Add-IHHost here -StopCommand 'pkill llama'; Add-IHModel m -Source /no/such.gguf -StartCommand 'no-such-server {port}' -Port 47110; Disable-IHHost here");

        Assert.Equal(["ModelFileMissing", "ProgramMissing", "StopCommandTooBroad"], Session.Get("Get-IHDiagnostic here").Select(finding => finding.Properties["RuleId"].Value).Order());
    }

    [Fact]
    public void An_empty_file_and_a_template_that_is_not_there_keep_a_model_from_starting()
    {
        string empty = Path.Combine(Session.Root, "empty.gguf");
        File.WriteAllText(empty, string.Empty);
        Session.Get($"Add-IHHost here; Add-IHModel m -Source '{empty}' -StartCommand 'echo {{port}} {{chat_template_args}}' -ChatTemplate /no/such.jinja -Port 47110");

        Assert.Equal(["ChatTemplateMissing", "ModelFileMissing"], Session.Get("Get-IHDiagnostic").Select(finding => finding.Properties["RuleId"].Value).Order());
    }

    [Fact]
    public void A_place_for_logs_that_nothing_can_be_written_to_is_found()
    {
        Session.Get(Sound);
        Directory.CreateDirectory(Session.StateDirectory);
        File.WriteAllText(Path.Combine(Session.StateDirectory, "logs"), "no directory");

        PSObject finding = Assert.Single(Session.Get("Get-IHDiagnostic -Severity Error"));

        Assert.Equal("DirectoryUnwritable", finding.Properties["RuleId"].Value);
        Assert.Contains("logs' is no directory", (string)finding.Properties["Message"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_goes_by_severity()
    {
        Session.Get("Add-IHHost here; Add-IHModel a -Source https://x/a -StartCommand 'echo' -Port 47110; Add-IHModel b -Source https://x/b -StartCommand 'echo' -Port 47110");

        Assert.Equal(["NoFallback", "SharedPort"], Session.Get("Get-IHDiagnostic").Select(finding => finding.Properties["RuleId"].Value).Order());
        Assert.Equal(true, Session.Get("Get-IHDiagnostic -Quiet").Single().BaseObject);
        Assert.Equal(false, Session.Get("Get-IHDiagnostic -Quiet -Severity information").Single().BaseObject);
        Session.Get("Set-IHHost here -StopCommand 'pkill -f llama-server || true'");
        Assert.Equal(false, Session.Get("Get-IHDiagnostic -Quiet").Single().BaseObject);
        Assert.Equal(true, Session.Get("Get-IHDiagnostic -Quiet -Severity Error").Single().BaseObject);
        Assert.Equal("StopCommandTooBroad", Session.Get("Get-IHDiagnostic -Severity Warning").Single().Properties["RuleId"].Value);
    }

    [Fact]
    public void Hosts_and_rules_are_taken_by_wildcard_and_by_object()
    {
        Session.Get("Add-IHHost a1 -CheckCommand 'exit 3'; Add-IHHost a2 -CheckCommand 'exit 3'; Add-IHHost b1 -Disabled -CheckCommand 'exit 3'");

        Assert.Equal(["a1", "a2"], Session.Get("Get-IHDiagnostic a*").Select(finding => finding.Properties["HostId"].Value).Order());
        Assert.Equal("b1", Session.Get("Get-IHHost b1 | Get-IHDiagnostic").Single().Properties["HostId"].Value);
        Assert.Empty(Session.Get("Get-IHDiagnostic x*"));
        Assert.Empty(Session.Get("Get-IHHost x* | Get-IHDiagnostic"));
        Assert.Equal(2, Session.Get("Get-IHDiagnostic -RuleId host*").Count);
        Assert.Empty(Session.Get("Get-IHDiagnostic -RuleId x*"));
        Assert.Equal("NothingConfigured", Session.Get("Get-IHDiagnostic -RuleId nothingconfigured").Single().Properties["RuleId"].Value);
    }

    [Fact]
    public void Hosts_and_rules_that_are_not_there_are_errors_and_not_well()
    {
        Session.Get("Add-IHHost here");

        Assert.Equal("HostNotFound", ErrorId(Session.Run("Get-IHDiagnostic missing").Error));
        Assert.Equal("RuleNotFound", ErrorId(Session.Run("Get-IHDiagnostic -RuleId Missing").Error));
        Assert.Equal(false, Session.Run("Get-IHDiagnostic -RuleId Missing -Quiet").Output.Single().BaseObject);
        Session.WriteConfiguration("nonsense");
        Result broken = Session.Run("Get-IHDiagnostic -Quiet");
        Assert.Equal("ConfigurationInvalid", ErrorId(broken.Error));
        Assert.Equal(false, broken.Output.Single().BaseObject);
    }

    [Fact]
    public void A_host_that_can_not_be_reached_is_one_finding()
    {
        Session.Get("Add-IHHost away -Transport exec -ExecPrefix false -CheckCommand true; Add-IHModel m -Source /m.gguf -StartCommand srv; Add-IHBackend b -VerifyCommand true");

        PSObject finding = Session.Get("Get-IHDiagnostic").Single();

        Assert.Equal(("HostUnreachable", "away"), (finding.Properties["RuleId"].Value, finding.Properties["HostId"].Value));
    }

    [Fact]
    public void Secrets_do_not_show()
    {
        Session.WriteConfiguration("""
            {"schema_version": 1, "backends": [], "models": [], "hosts": [{"id": "far", "display_name": "far", "enabled": true, "transport": "ssh", "connection": {"host": "127.0.0.1", "port": 1, "password": "hunter2-secret"}}]}
            """);

        IReadOnlyList<PSObject> findings = Session.Get("Get-IHDiagnostic");

        Assert.Contains("PasswordInClear", findings.Select(finding => finding.Properties["RuleId"].Value));
        Assert.DoesNotContain("hunter2", string.Join('\n', findings.Select(finding => finding.BaseObject.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_of_hosts_and_rules_are_completed()
    {
        Session.Get("Add-IHHost workstation");

        Assert.Equal(["workstation"], Session.Complete("Get-IHDiagnostic w"));
        Assert.Equal(["PasswordInClear", "PortHeld", "ProbePortMismatch", "ProgramMissing"], Session.Complete("Get-IHDiagnostic -RuleId p"));
        Assert.Equal(["Error", "Information", "Warning"], Session.Complete("Get-IHDiagnostic -Severity ").Order());
    }

    [Fact]
    public async Task Stopping_ends_the_commands_and_the_cmdlet()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The process is found by the file it writes from a Unix shell.");
        string pidFile = Path.Combine(Session.Root, "pid");
        Session.Get($"Add-IHHost slow -CheckCommand 'echo $$ > {pidFile}; exec sleep 300' -CheckTimeoutSec 300");
        using var watcher = new FileSystemWatcher(Session.Root, "pid");
        var written = new TaskCompletionSource();
        watcher.Changed += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;
        using System.Management.Automation.PowerShell shell = Session.Shell("Get-IHDiagnostic");
        IAsyncResult running = shell.BeginInvoke();
        await written.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await Task.Run(shell.Stop, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        string id = (await File.ReadAllTextAsync(pidFile, TestContext.Current.CancellationToken)).Trim();
        Assert.DoesNotContain(System.Diagnostics.Process.GetProcesses(), process => $"{process.Id}" == id && process.ProcessName == "sleep");
    }

    [Fact]
    public void The_question_to_a_PowerShell_host_is_understood_by_PowerShell()
    {
        string question = IdleHands.Hosts.HostQuestion.Write(IdleHands.Templates.ShellDialect.PowerShell, ["Get-Command", "no-such 'thing'"], asksHost: true);

        string answer = string.Join('\n', Session.Get(question).Select(line => line.ToString()));

        IdleHands.Hosts.HostAnswer read = IdleHands.Hosts.HostQuestion.Read(answer, ["Get-Command", "no-such 'thing'"])!;
        Assert.Equal(["no-such 'thing'"], read.Missing.Keys);
        Assert.InRange((DateTimeOffset.UtcNow - read.Clock!.Value).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.True(read.Logs!.FreeBytes > 0);
    }
}
