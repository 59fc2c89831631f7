using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>The PowerShell that switches is killed, or stopped, whatever it is at.</summary>
public abstract class KillFaultTests(Bystanders bystanders, FaultHost way) : HeldSwitchTests(bystanders, way)
{
    private const int Sigstop = 19;

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_select_that_is_killed_at_a_step_leaves_a_true_state_and_the_next_puts_it_right(string step)
    {
        await using QuickstartProcess select = StartAtGate("Select-IHModel next -Verbose");
        await HoldAtAsync(select, step);

        select.Kill();
        await select.WaitForExitAsync(Token);

        ActiveRuntime? seen = await AssertKnownAsync(PortsOfStrangers);
        switch (step)
        {
            case PlanStepKind.DrainModel or PlanStepKind.StopModel:
                Assert.Equal(("before", RuntimeStatus.Ready), (seen!.Id, seen.Status));
                break;
            case PlanStepKind.StartModel:
                Assert.NotEqual("before", seen?.Id);
                break;
            case PlanStepKind.ProbeHealth:
                Assert.Equal(("next", RuntimeStatus.Loading), (seen!.Id, seen.Status));
                break;
            default:
                Assert.Null(seen);
                break;
        }

        Assert.Equal("Unfinished", Value("Get-IHHistory next", "Status"));
        await ReleaseAsync();
        await AssertOneSelectPutsItRightAsync();
    }

    [Theory]
    [InlineData("Restore", "before")]
    [InlineData("Fallback", "spare")]
    public async Task A_select_that_is_killed_while_it_brings_something_back_leaves_a_true_state(string onFailure, string loading)
    {
        await using QuickstartProcess select = StartAtGate($"Select-IHModel broken -OnFailure {onFailure}");
        await HoldAtRecoveryAsync(select, loading);

        select.Kill();
        await select.WaitForExitAsync(Token);

        ActiveRuntime? seen = await AssertKnownAsync();
        Assert.Equal((loading, RuntimeStatus.Loading), (seen!.Id, seen.Status));
        await AssertOneSelectPutsItRightAsync();
    }

    [Fact]
    public async Task A_holder_of_the_lock_that_is_stopped_is_named_and_does_not_lose_it()
    {
        await using QuickstartProcess holder = StartAtGate("Select-IHModel next -Verbose");
        await HoldAtAsync(holder, PlanStepKind.VerifyBackend);
        holder.Signal(Sigstop);

        ErrorRecord refused = Session.Run("Select-IHModel after -Force -LockTimeoutSec 2").Error;

        AssertTells(refused, "RuntimeLocked", ErrorCategory.ResourceBusy, $"Stop-Process -Id {holder.ProcessId}");
        Assert.Contains($"process {holder.ProcessId} (Select-IHModel next, since ", refused.Exception.Message, StringComparison.Ordinal);
        await AssertRunsAsync(null);
        holder.Kill();
        await holder.WaitForExitAsync(Token);
        await ReleaseAsync();
        await AssertOneSelectPutsItRightAsync();
    }
}

public sealed class LocalKillFaultTests(Bystanders bystanders, LocalFaultHost way) : KillFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshKillFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : KillFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecKillFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : KillFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;
