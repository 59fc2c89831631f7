using System.Management.Automation;
using System.Text.RegularExpressions;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>Ctrl-C at every step: a signal to the process, and a stop of the pipeline in this one.</summary>
public abstract partial class InterruptFaultTests(Bystanders bystanders, FaultHost way) : HeldSwitchTests(bystanders, way)
{
    private const int Sigint = 2;

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task An_interrupt_at_a_step_leaves_nothing_half_done_and_names_the_way_back(string step)
    {
        await using QuickstartProcess select = StartAtGate("Select-IHModel next -Verbose");
        await HoldAtAsync(select, step);

        select.Signal(Sigint);
        await select.WaitForExitAsync(Token);

        Assert.Equal(130, select.ExitCode);
        await AssertBrokenOffAsync(step, select.Errors);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_stop_of_the_pipeline_at_a_step_leaves_nothing_half_done_and_names_the_way_back(string step)
    {
        await PrepareAsync(step);
        using System.Management.Automation.PowerShell select = Session.Shell("Select-IHModel next -Verbose");
        IAsyncResult running = select.BeginInvoke();
        await ReachAsync(step, async text =>
        {
            while (!select.Streams.Verbose.Any(record => record.Message.Contains(text, StringComparison.Ordinal)))
            {
                Assert.False(running.IsCompleted, $"It ended before it told '{text}'.");
                await Task.Delay(10, Token);
            }
        });

        await Task.Run(select.Stop, Token);

        Assert.Throws<PipelineStoppedException>(() => select.EndInvoke(running));
        await AssertBrokenOffAsync(step, string.Join('\n', Session.HostWarnings));
    }

    [Theory]
    [InlineData("Restore", "before")]
    [InlineData("Fallback", "spare")]
    public async Task An_interrupt_while_something_is_brought_back_leaves_nothing_half_started(string onFailure, string loading)
    {
        await using QuickstartProcess select = StartAtGate($"Select-IHModel broken -OnFailure {onFailure}");
        await HoldAtRecoveryAsync(select, loading);

        select.Signal(Sigint);
        await select.WaitForExitAsync(Token);

        Assert.Equal(130, select.ExitCode);
        Assert.Matches(WayBack(), select.Errors);
        await AssertEndsWithAsync(null);
    }

    /// <summary>What was stopped stays stopped and is named; what was started is gone; the backend is undone.</summary>
    private async Task AssertBrokenOffAsync(string step, string told)
    {
        if (IsAfterStop(step))
        {
            Assert.Matches(WayBack(), told);
        }
        else
        {
            Assert.DoesNotMatch(WayBack(), told);
        }

        Assert.Equal(IsAfterApply(step), File.Exists(Proof));
        Assert.Equal("Canceled", Value("Get-IHHistory next", "Status"));
        await AssertRunsAsync(IsAfterStop(step) ? null : "before", PortsOfStrangers);
        await ReleaseAsync();
        await AssertOneSelectPutsItRightAsync();
    }

    [GeneratedRegex(@"To bring it back: Select-IHModel\s+before")]
    private static partial Regex WayBack();
}

public sealed class LocalInterruptFaultTests(Bystanders bystanders, LocalFaultHost way) : InterruptFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshInterruptFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : InterruptFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecInterruptFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : InterruptFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;
