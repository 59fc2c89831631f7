using System.Collections;
using System.Globalization;
using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>Secrets of a vault that a command needs, read in the user's own session.</summary>
public sealed class VaultReadTests : ModuleTests
{
    private const string Vaults = """
        $vaults = [ordered] @{
            first = @{
                text = 'from the first'
                secure = [securestring]::new()
                credential = [pscredential]::new('me', [Net.NetworkCredential]::new('', 'of a credential').SecurePassword)
                table = @{ a = 1 }
                bytes = [byte[]] (1, 2)
            }
            work = @{ text = 'from work' }
            locked = @{}; asks = @{}; broken = @{}; hangs = @{}
        }
        'se cret'.ToCharArray() | & { process { $vaults.first.secure.AppendChar($_) } }
        $behaviours = @{ locked = 'locked'; asks = 'asks'; broken = 'broken'; hangs = 'hangs' }
        """;

    private StandInVaults? _vaults;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("secret://text", "from the first")]
    [InlineData("secret://work/text", "from work")]
    [InlineData("secret://secure", "se cret")]
    [InlineData("secret://credential", "of a credential")]
    public void A_secret_reaches_the_command_that_asks_for_it(string reference, string value)
    {
        Install();
        AddBackend(reference, $"test \"$KEY\" = '{value}'");

        Assert.Equal(true, Value("Test-IHBackend keyed", "Success"));
    }

    [Theory]
    [InlineData("secret://none", "no vault has a secret 'none'", "Set-Secret -Name none")]
    [InlineData("secret://work/none", "vault 'work' has no secret 'none'", "Set-Secret -Name none -Vault work")]
    [InlineData("secret://nowhere/text", "there is no vault 'nowhere'", "Get-SecretVault")]
    [InlineData("secret://locked/text", "vault 'locked' is locked", "Unlock-SecretStore")]
    [InlineData("secret://asks/text", "vault 'asks' is locked", "Unlock-SecretStore")]
    [InlineData("secret://broken/text", "vault 'broken' refused: The database is malformed", "Test-SecretVault broken")]
    [InlineData("secret://table", "it is a Hashtable, not a text", "Set-Secret -Name table")]
    [InlineData("secret://bytes", "it is a Byte[], not a text", "Set-Secret -Name bytes")]
    public void What_is_not_to_be_had_is_told_with_what_to_do(string reference, string why, string advice)
    {
        Install(Vaults + "\n$vaults = [ordered] @{ first = $vaults.first; work = $vaults.work; locked = @{}; asks = @{}; broken = @{} }");
        if (reference == "secret://none")
        {
            Rewrite("$vaults = [ordered] @{ first = @{} }");
        }

        ErrorRecord error = SelectWith(reference);

        Assert.Equal("SecretUnavailable", ErrorId(error));
        Assert.Contains($"The secret '{reference}' of the variable 'KEY' is not to be had: {why}.", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(reference, error.TargetObject);
        AssertOnlyOwnError();
    }

    [Fact]
    public void Without_any_vault_the_way_to_one_is_told()
    {
        Install("$vaults = [ordered] @{}");

        ErrorRecord error = SelectWith("secret://text");

        Assert.Contains("no vault is registered", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Register-SecretVault", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_module_its_installation_is_told()
    {
        ErrorRecord error = SelectWith("secret://text");

        Assert.Contains("the module Microsoft.PowerShell.SecretManagement is not installed", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Install-PSResource Microsoft.PowerShell.SecretManagement", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        AssertOnlyOwnError();
    }

    [Fact]
    public void A_module_that_does_not_load_is_told_from_one_that_is_not_there()
    {
        Install("throw 'a broken module'");

        ErrorRecord error = SelectWith("secret://text");

        Assert.Contains("the module Microsoft.PowerShell.SecretManagement can't be loaded", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("Import-Module", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void The_module_is_not_loaded_before_a_secret_of_it_is_needed()
    {
        Install();
        AddBackend("env:PATH", "test -n \"$KEY\"");
        AddBackend("secret://text", "test -n \"$KEY\"", "other");

        Assert.Equal(true, Value("Test-IHBackend keyed", "Success"));
        Session.Get("Test-IHHost; Select-IHModel needy -DryRun -BackendId other; Get-IHRuntime -Verify");
        Assert.Empty(Session.Get("Get-Module Microsoft.PowerShell.SecretManagement"));

        Assert.Equal(true, Value("Test-IHBackend other", "Success"));
        Assert.Equal(["Get-Secret /text"], _vaults!.Calls);
    }

    [Fact]
    public void The_vault_is_asked_once_by_a_command_that_needs_a_secret_many_times()
    {
        Install();
        Session.Get("1..6 | ForEach-Object { Add-IHHost \"here-$_\" }");
        AddBackend("secret://text", "test -n \"$KEY\"");

        Result result = Session.Run("Test-IHBackend keyed");

        Assert.Equal(7, result.Output.Count(item => (bool)item.Properties["Success"].Value));
        Assert.Equal(["Get-Secret /text"], _vaults!.Calls);
    }

    [Fact]
    public void What_the_vault_says_reaches_no_stream_variable_or_history_of_the_session()
    {
        Install();
        AddBackend("secret://text", "test -n \"$KEY\"");

        Result result = Session.Run("""
            $VerbosePreference = $DebugPreference = $WarningPreference = 'Continue'
            $PSDefaultParameterValues['*:OutVariable'] = 'caught'
            $PSDefaultParameterValues['Get-Secret:Vault'] = 'work'
            $ErrorActionPreference = 'Stop'
            $ConfirmPreference = 'Low'
            $null = Test-IHBackend keyed -Debug -Verbose
            "$caught $(Get-History)"
            """);

        Assert.Null(result.Terminated);
        Assert.Equal(["Get-Secret /text"], _vaults!.Calls);
        string[] said = [.. result.Output.Select(item => item.ToString()), .. result.Verbose, .. result.Debug, .. result.Warnings, .. Session.HostLines, .. Session.HostWarnings];
        Assert.NotEmpty(said);
        Assert.DoesNotContain(said, line => line.Contains("from the first", StringComparison.Ordinal));
        Assert.DoesNotContain(said, line => line.Contains("successfully retrieved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_while_the_vault_is_asked_ends_the_command()
    {
        Install();
        AddBackend("secret://hangs/text", "true");
        using System.Management.Automation.PowerShell shell = Session.Shell("Test-IHBackend keyed");
        IAsyncResult running = shell.BeginInvoke();
        await _vaults!.WaitUntilItHangsAsync(Token);

        await Task.Run(shell.Stop, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    protected override void CleanUp() => _vaults?.Dispose();

    private void Install(string vaults = Vaults) => _vaults = new StandInVaults(Session.Root, vaults);

    private void Rewrite(string vaults) => File.WriteAllText(Path.Combine(Session.Root, "modules", StandInVaults.Module, "vaults.ps1"), vaults);

    private void AddBackend(string reference, string verify, string id = "keyed") => Session.Get(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        if (-not (Get-IHHost her[e])) { Add-IHHost here -Shell sh }
        Add-IHBackend {{id}} -Type cpu -Environment @{ KEY = '{{reference}}' } -VerifyCommand '{backend_env}{{verify.Replace("'", "''", StringComparison.Ordinal)}}'
        if (-not (Get-IHModel needy*)) { Add-IHModel needy -Source http://127.0.0.1/none -StartCommand '{backend_env}sleep 60' }
        """));

    private ErrorRecord SelectWith(string reference)
    {
        AddBackend(reference, "true");
        Result result = Session.Run("Select-IHModel needy -BackendId keyed");
        Assert.Null(result.Terminated);
        return result.Error;
    }

    /// <summary>Errors that the module wrote are told in ours, and don't stay behind as well.</summary>
    private void AssertOnlyOwnError()
    {
        var left = (ArrayList)Session.Runspace.SessionStateProxy.GetVariable("Error");
        Assert.Equal("SecretUnavailable", ErrorId(Assert.IsType<ErrorRecord>(Assert.Single(left.Cast<object>()))));
    }
}
