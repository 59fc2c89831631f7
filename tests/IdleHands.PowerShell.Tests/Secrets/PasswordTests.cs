using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>A password that is given as a SecureString goes to the default vault, and its reference to the configuration.</summary>
public sealed class PasswordTests : ModuleTests
{
    private const string Password = "p4ss-Word";
    private const string Reference = "secret://idlehands-host-gpu-password";
    private const string OneVault = "$vaults = [ordered] @{ mine = @{}; other = @{} }";
    private StandInVaults? _vaults;

    [Fact]
    public void It_is_kept_in_the_default_vault_and_the_host_refers_to_it()
    {
        Install(OneVault);

        PSObject added = Assert.Single(Session.Get($"Add-IHHost gpu -Transport ssh -HostName box -Password {Secure(Password)} -PassThru"));

        Assert.Equal(Reference, added.Properties["Password"].Value.ToString());
        Assert.Equal(Reference, Value("Get-IHHost gpu", "Password")!.ToString());
        Assert.Contains($"\"{Reference}\"", Session.ReadConfiguration(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, Session.ReadConfiguration(), StringComparison.Ordinal);
        Assert.Equal(Password, Kept("mine"));
    }

    [Fact]
    public void A_new_one_takes_the_place_of_the_old_one()
    {
        Install(OneVault);
        Session.Get($"Add-IHHost gpu -Transport ssh -HostName box -Password {Secure("old")}");
        string before = Session.ReadConfiguration();

        PSObject changed = Assert.Single(Session.Get($"Get-IHHost gpu | Set-IHHost -Password {Secure(Password)} -PassThru"));

        Assert.Equal(Reference, changed.Properties["Password"].Value.ToString());
        Assert.Equal(before, Session.ReadConfiguration());
        Assert.Equal(Password, Kept("mine"));
    }

    [Fact]
    public void Each_host_of_a_pipeline_gets_its_own_and_a_copy_does_too()
    {
        Install(OneVault);

        Session.Get($"[pscustomobject]@{{ Id = 'gpu'; Password = {Secure(Password)} }}, @{{ Id = 'b' }} | Add-IHHost");
        Session.Get($"Get-IHHost gpu | Add-IHHost -Id c -Password {Secure("another")}");

        Assert.Equal([Reference, string.Empty, "secret://idlehands-host-c-password"], Session.Get("Get-IHHost").Select(host => $"{host.Properties["Password"].Value}"));
        Assert.Equal((Password, "another"), (Kept("mine"), Kept("mine", "c")));
    }

    [Theory]
    [InlineData("Add-IHHost gpu -WhatIf -Password")]
    [InlineData("Set-IHHost there -WhatIf -Password")]
    [InlineData("$WhatIfPreference = $true; Add-IHHost gpu -Password")]
    [InlineData("Add-IHHost there -ErrorAction Ignore -Password")]
    [InlineData("Add-IHHost 'Not Good' -ErrorAction Ignore -Password")]
    [InlineData("Add-IHHost gpu -Transport ssh -ErrorAction Ignore -Password")]
    [InlineData("Set-IHHost there -Port 99999 -ErrorAction Ignore -Password")]
    public void It_is_not_kept_where_the_host_is_not_written(string command)
    {
        Install(OneVault);
        Session.Get("Add-IHHost there");
        string before = Session.ReadConfiguration();

        Session.Run($"{command} {Secure(Password)}");

        Assert.Equal(before, Session.ReadConfiguration());
        Assert.DoesNotContain(_vaults!.Calls, call => call.StartsWith("Set-Secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "the module Microsoft.PowerShell.SecretManagement is not installed", "Install-PSResource")]
    [InlineData("$vaults = [ordered] @{}", "no vault is registered", "Register-SecretVault")]
    [InlineData("$vaults = [ordered] @{ one = @{}; two = @{} }; $hasDefault = $false", "no vault is the default one", "Set-SecretVaultDefault")]
    public void Without_a_vault_it_is_refused_and_the_other_hosts_are_written(string? vaults, string why, string advice)
    {
        Install(vaults);

        Result result = Session.Run($"[pscustomobject]@{{ Id = 'gpu'; Password = {Secure(Password)} }}, @{{ Id = 'b' }} | Add-IHHost -PassThru");

        Assert.Equal("NoVault", ErrorId(result.Error));
        Assert.Contains(why, result.Error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(advice, result.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(["b"], result.Output.Select(host => host.Properties["Id"].Value));
        Assert.Equal(["b"], Ids("Get-IHHost"));
    }

    [Theory]
    [InlineData("locked", "the vault is locked", "Unlock-SecretStore")]
    [InlineData("read-only", "the vault refused: This vault is read-only", "Test-SecretVault")]
    public void Where_the_vault_does_not_take_it_the_host_is_left_as_it_was(string behaviour, string why, string advice)
    {
        Install($"$vaults = [ordered] @{{ mine = @{{}} }}; $behaviours = @{{ mine = '{behaviour}' }}");
        Session.Get("Add-IHHost gpu -UserName before");

        ErrorRecord error = Session.Run($"Set-IHHost gpu -UserName after -Password {Secure(Password)}").Error;

        Assert.Equal("PasswordNotKept", ErrorId(error));
        Assert.Equal($"The password of host 'gpu' could not be kept in the default vault: {why}. The host is left as it was.", error.Exception.Message);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("before", Value("Get-IHHost gpu", "UserName"));
    }

    [Fact]
    public void When_the_configuration_can_not_be_written_the_kept_one_is_told()
    {
        // A directory comes into the file's place while the vault keeps the password.
        Install(OneVault + $"; $onSet = {{ [IO.Directory]::CreateDirectory('{Session.ConfigurationFile}/in the way') }}");

        Result result = Session.Run($"Add-IHHost gpu -Password {Secure(Password)}");

        Assert.Equal("ConfigurationUnwritable", ErrorId(result.Error));
        Assert.Equal([$"The configuration was not written, and the vault keeps the password of host 'gpu' all the same, as {Reference}."], result.Warnings);
        Assert.Equal(Password, Kept("mine"));
    }

    [Fact]
    public void An_empty_one_is_none()
    {
        Install(OneVault);
        Session.Get("Add-IHHost gpu -Password env:NAME; Set-IHHost gpu -Password ([securestring]::new())");

        Assert.Null(Value("Get-IHHost gpu", "Password"));
        Assert.Empty(_vaults!.Calls);
    }

    protected override void CleanUp() => _vaults?.Dispose();

    private void Install(string? vaults)
    {
        if (vaults is not null)
        {
            _vaults = new StandInVaults(Session.Root, vaults);
        }
    }

    /// <summary>PowerShell for a SecureString.</summary>
    private static string Secure(string text) => $"([Net.NetworkCredential]::new('', '{text}').SecurePassword)";

    private string Kept(string vault, string host = "gpu") =>
        (string)Assert.Single(Session.Get($"Get-Secret -Name idlehands-host-{host}-password -Vault {vault} -AsPlainText")).BaseObject;
}
