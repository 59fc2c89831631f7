using System.Globalization;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>Secrets are planted and echoed by every command that gets them; nothing that is left behind may hold one.</summary>
public sealed class LeakTests : SelectTestBase
{
    /// <summary>Stands in every secret, and nowhere else: whatever part or form of one leaks, this is in it.</summary>
    private const string Mark = "QZLEAK";

    private const string Variable = "IH_TEST_PLANTED";
    private const string OfEnvironment = "e" + Mark + "-env-71";
    private const string OfVault = "v" + Mark + " \"q/2'\\<b>\u00e4";
    private const string Lines = "l" + Mark + "-one\n" + Mark + "-two\n" + Mark + "-three";

    /// <summary>Prints the secrets to both streams, as they are, line by line, and as JSON.</summary>
    private const string Echo = """
        printf "%s\n" "$ENV_KEY and $VAULT_KEY" "$LINES" | tee /dev/stderr; printf "%s\n" "$VAULT_KEY" | sed "s/[\"\\\\]/\\\\&/g" >&2
        """;

    private readonly StandInVaults _vaults;
    private readonly Artefacts _artefacts;
    private readonly int _port = SampleServerProcess.FindFreePort();

    public LeakTests()
    {
        Environment.SetEnvironmentVariable(Variable, OfEnvironment);
        _vaults = new StandInVaults(Session.Root, $$"""
            $vaults = [ordered] @{
                first = @{ key = '{{OfVault.Replace("'", "''", StringComparison.Ordinal)}}' }
                work = @{ lines = '{{Lines}}' }
            }
            """);
        _artefacts = new Artefacts(Session);
    }

    [Fact]
    public void No_secret_is_in_anything_that_is_left_behind()
    {
        // A select that works, watched while its server runs.
        Describe("works");
        Result plan = _artefacts.Run("Select-IHModel works -DryRun -Verbose");
        Assert.Equal("Started", StatusOf("works"));
        Assert.True(_artefacts.KeepCommandLines() > 3);
        Assert.Equal("Reused", StatusOf("works"));
        AssertReached();
        _artefacts.Run("Get-IHRuntime; Get-IHRuntime -Verify -Verbose; Test-IHHealth -Verbose; Test-IHHost -Verbose; Test-IHBackend -Verbose");

        // A step before the start that fails, with what it printed.
        Describe("unverified", verify: "exit 3");
        AssertFails("unverified", "VerifyFailed", "***");
        _artefacts.Run("Test-IHBackend unverified; Test-IHHealth");

        // The server of the one before is stopped, by a stop and a clean-up command that print as well and fail, and is
        // started again after the failure.
        Describe("unapplied", apply: "exit 4");
        AssertFails("unapplied", "ApplyFailed", "***");

        // A start that fails, told with the end of its log; one that is given up, with what its probe printed and its log.
        Describe("crashing", start: "exit 5", probe: "exit 6");
        AssertFails("crashing", "StartFailed", "***", "-OnFailure Stop");
        Describe("unready", probe: "exit 6");
        AssertFails("unready", "ProbeTimeout", "***", "-TimeoutSec 3 -OnFailure Stop");

        // A probe that gets no secret itself and prints what the server's log begins with.
        Describe("telling");
        Session.Get($"Set-IHModel telling -ProbeCommand {Quote($"head -n 1 '{Session.StateDirectory}'/logs/telling-*.log >&2; exit 6")}");
        AssertFails("telling", "ProbeTimeout", "***", "-TimeoutSec 3 -OnFailure Stop");

        // One that never answers; the last line of its log is shown as its progress.
        Describe("quiet", start: "exec sleep 60", probe: "exit 6");
        AssertFails("quiet", "ProbeTimeout", "***", "-TimeoutSec 3 -OnFailure Stop");

        Session.Get("Set-IHHost here -StopCommand $null");
        Assert.Equal("Started", StatusOf("works"));
        Result stopped = _artefacts.Run("Stop-IHRuntime -Verbose -PassThru");
        Assert.Contains("***", Assert.Single(stopped.Warnings), StringComparison.Ordinal);

        // The log as it is shown is not the log as it is.
        Assert.Contains(_artefacts.Run("Get-IHLog works -Verbose").Output, line => line.ToString().Contains("***", StringComparison.Ordinal));
        Assert.NotEmpty(_artefacts.Run("Get-IHHistory; Get-IHHistory | ForEach-Object Steps").Output);

        // A secret that is not to be had, and a password that is given and kept.
        Session.Get("Add-IHBackend unknown -Type cpu -Environment @{ KEY = 'secret://first/none'; OTHER = 'secret://first/key' } -VerifyCommand '{backend_env}true'");
        Assert.False((bool)Assert.Single(_artefacts.Run("Test-IHBackend unknown").Output).Properties["Success"].Value);
        Assert.Empty(_artefacts.Run($"Set-IHHost here -Password ([Net.NetworkCredential]::new('', $env:{Variable}).SecurePassword) -Verbose").Errors);

        Assert.True(_artefacts.KeepWhatIsLeft() >= 2);
        Assert.Single(plan.Output);
        Assert.NotEmpty(_artefacts.Find("env:" + Variable));
        Assert.NotEmpty(_artefacts.Find("secret://first/key"));
        Assert.Empty(_artefacts.Find(Mark));
    }

    protected override void CleanUp()
    {
        base.CleanUp();
        _vaults.Dispose();
        Environment.SetEnvironmentVariable(Variable, null);
    }

    /// <summary>Describes a model with a backend of its own, all of whose commands print the secrets.</summary>
    private void Describe(string id, string verify = "true", string apply = "true", string probe = "true", string start = "exec \"$@\"")
    {
        string Command(string end) => Quote($"{{backend_env}}sh -c {Quote(Echo + "; " + end)}");
        string program = $"x '{SampleServerProcess.ExecutablePath}' -m {{source}} --port {{port}} --alias {{model_id}} --lifetime 120";
        Session.Get(string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            Set-IHHost here -Shell sh -CleanupCommand {{Command("exit 7")}} -StopCommand {{Command("exit 8")}}
            Add-IHBackend {{id}} -Type cpu -Environment @{ PLAIN = 'x y'; ENV_KEY = 'env:{{Variable}}'; VAULT_KEY = 'secret://first/key'; LINES = 'secret://work/lines' } `
                -VerifyCommand {{Command(verify)}} -ApplyCommand {{Command(apply)}} -RollbackCommand {{Command("exit 9")}}
            Add-IHModel {{id}} -Source '{{Weights.FilePath}}' -Port {{_port}} -BackendPolicy {{id}} -ProbeIntervalMs 50 -ProbeTimeoutSec 60 `
                -ProbeCommand {{Command(probe)}} -StartCommand {{Quote($"{{backend_env}}sh -c {Quote(Echo + "; " + start)} {program}")}}
            """));
    }

    private string StatusOf(string id)
    {
        Result result = _artefacts.Run($"Select-IHModel {id} -Verbose");
        Assert.True(result.Errors.Count == 0, result.Errors.Count > 0 ? result.Errors[0].Exception.Message : null);
        return Emitted(result).Status;
    }

    private void AssertFails(string id, string errorId, string shown, string arguments = "")
    {
        Result result = _artefacts.Run($"Select-IHModel {id} -Verbose {arguments}");
        Assert.Equal(errorId, ErrorId(result.Error));
        Assert.Contains(shown, result.Error.Exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The secrets were there to leak: the server got them, and its own log has them.</summary>
    private void AssertReached()
    {
        string log = File.ReadAllText((string)Assert.Single(Session.Get("Get-IHRuntime")).Properties["LogPath"].Value);
        Assert.Contains(OfEnvironment, log, StringComparison.Ordinal);
        Assert.Contains(OfVault, log, StringComparison.Ordinal);
        Assert.Contains(Lines, log, StringComparison.Ordinal);
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
