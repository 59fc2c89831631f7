using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>When a select, a stop and a look ask the vault.</summary>
public sealed class VaultSelectTests : SelectTestBase
{
    private readonly StandInVaults _vaults;

    public VaultSelectTests() => _vaults = new StandInVaults(
        Session.Root, "$vaults = [ordered] @{ first = @{ key = 'of the vault' }; slow = @{} }; $behaviours = @{ slow = 'hangs' }");

    [Fact]
    public void What_has_no_command_that_needs_a_secret_is_stopped_and_looked_at_without_the_vault()
    {
        AddKeyed("one");
        Select("one");
        Assert.Equal(["Get-Secret /key"], _vaults.Calls);

        Assert.Equal(RuntimeStatus.Ready, Look().Status);
        Session.Get("Stop-IHRuntime");

        Assert.Equal(["Get-Secret /key"], _vaults.Calls);
        AssertNothingRuns();
    }

    [Fact]
    public void A_stop_command_gets_the_secret_that_was_written_down_as_a_reference()
    {
        string proof = Path.Combine(Session.Root, "stopped with");
        Session.Get($"Set-IHHost here -Shell sh -CleanupCommand '{{backend_env}}printenv KEY > \"{proof}\"'");
        AddKeyed("one");
        Select("one");

        Session.Get("Stop-IHRuntime");

        Assert.Equal("of the vault", File.ReadAllText(proof).Trim());
        Assert.Equal(2, _vaults.Calls.Count);
    }

    [Fact]
    public async Task A_rollback_after_a_stop_still_has_its_secret_although_no_vault_can_be_asked_any_more()
    {
        string proof = Path.Combine(Session.Root, "rolled back with");
        Session.Get("Set-IHHost here -Shell sh");
        AddKeyed("slow", "--load-time 60", $"-ApplyCommand true -RollbackCommand '{{backend_env}}printenv KEY > \"{proof}\"'");
        var (shell, running) = await BeginLoadingAsync("slow");
        using (shell)
        {
            await Task.Run(shell.Stop, Token);
            Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        }

        Assert.Equal("of the vault", (await File.ReadAllTextAsync(proof, Token)).Trim());
        Assert.Equal(["Get-Secret /key"], _vaults.Calls);
        AssertNothingRuns();
    }

    [Fact]
    public async Task A_stop_while_the_vault_is_asked_leaves_what_runs_alone()
    {
        AddModel("one");
        Select("one");
        int before = ProcessId();
        AddKeyed("two", reference: "secret://slow/key");
        using System.Management.Automation.PowerShell shell = Session.Shell("Select-IHModel two");
        IAsyncResult running = shell.BeginInvoke();
        await _vaults.WaitUntilItHangsAsync(Token);

        await Task.Run(shell.Stop, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal((before, RuntimeStatus.Ready), (ProcessId(), Look().Status));
        Assert.Equal(SelectStatus.Reused, Select("one -LockTimeoutSec 0").Status);
    }

    protected override void CleanUp()
    {
        base.CleanUp();
        _vaults.Dispose();
    }

    /// <summary>Adds a model whose server gets a secret of the vault.</summary>
    private void AddKeyed(string id, string server = "", string backend = "", string reference = "secret://key")
    {
        Session.Get($"Add-IHBackend {id} -Type cpu -Environment @{{ KEY = '{reference}' }} {backend}");
        AddModel(id, server, $"-BackendPolicy {id}");
        Session.Get($"Get-IHModel {id} | ForEach-Object {{ Set-IHModel $_.Id -StartCommand ('{{backend_env}}' + $_.StartCommand) }}");
    }
}
