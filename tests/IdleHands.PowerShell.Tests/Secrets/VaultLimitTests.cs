using System.Management.Automation;
using System.Management.Automation.Runspaces;
using IdleHands.Hosts;
using IdleHands.PowerShell.Secrets;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Secrets;

/// <summary>A vault that does not answer, as one that asks for its password where nobody sees the question.</summary>
public sealed class VaultLimitTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("idlehands-vault-");
    private readonly StandInVaults _vaults;
    private readonly Runspace _runspace;

    public VaultLimitTests()
    {
        _vaults = new StandInVaults(_root.FullName, "$vaults = [ordered] @{ slow = @{}; quick = @{ text = 'at once' } }; $behaviours = @{ slow = 'hangs' }");
        var initial = InitialSessionState.CreateDefault2();
        initial.Commands.Add(new SessionStateCmdletEntry("Invoke-Body", typeof(InvokeBodyCommand), null));
        _runspace = RunspaceFactory.CreateRunspace(new CapturingHost(), initial);
        _runspace.Open();
    }

    public void Dispose()
    {
        _runspace.Dispose();
        _vaults.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public void It_is_left_off_at_the_limit_and_the_next_one_answers()
    {
        VaultException? failure = null;

        object? answer = Run(async (cmdlet, token) =>
        {
            failure = await Assert.ThrowsAsync<VaultException>(() =>
                new SecretManagementVault(cmdlet, TimeSpan.FromMilliseconds(500)).ReadAsync("slow", "text", token));
            cmdlet.WriteObject(await new SecretManagementVault(cmdlet).ReadAsync("quick", "text", token));
        });

        Assert.Equal("at once", answer);
        Assert.Contains("vault 'slow' gave no answer within", failure!.Message, StringComparison.Ordinal);
        Assert.Contains("Unlock-SecretStore", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_is_broken_off_does_not_wait_for_it_and_may_go_on()
    {
        object? answer = Run(async (cmdlet, token) =>
        {
            using var mine = CancellationTokenSource.CreateLinkedTokenSource(token);
            Task<string> asking = new SecretManagementVault(cmdlet).ReadAsync("slow", "text", mine.Token);
            await _vaults.WaitUntilItHangsAsync(token);
            await mine.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
            cmdlet.WriteObject("went on");
        });

        Assert.Equal("went on", answer);
    }

    private object? Run(Func<InvokeBodyCommand, CancellationToken, Task> body)
    {
        InvokeBodyCommand.Body = body;
        using var shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript("Invoke-Body");
        IAsyncResult running = shell.BeginInvoke();
        Assert.True(running.AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(60)), "It waits for ever.");
        PSDataCollection<PSObject> output = shell.EndInvoke(running);
        Assert.Empty(shell.Streams.Error);
        return Assert.Single(output).BaseObject;
    }
}
