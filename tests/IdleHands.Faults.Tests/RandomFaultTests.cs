using System.ComponentModel;
using System.Diagnostics;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>
/// Switches between two models that something goes wrong with at a random instant, again and again. The seeds are fixed;
/// <c>IDLEHANDS_TEST_ROUNDS</c> sets how many rounds there are.
/// </summary>
public abstract class RandomFaultTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    private const int Sigint = 2;
    private const int UsualRounds = 20;
    private const int MostRounds = 60;

    private static readonly string[] s_models = ["left", "right"];

    /// <summary>What may go wrong.</summary>
    private enum Fault
    {
        Kill,
        Interrupt,
        ServerKilled,
        PortTaken,
        StateTruncated,
    }

    [Fact]
    public Task One_select_after_a_kill_at_any_instant_of_a_switch_puts_everything_right() => RepeatAsync(4711, _ => Fault.Kill);

    [Fact]
    public Task One_select_after_any_fault_at_any_instant_of_a_switch_puts_everything_right()
    {
        Fault[] faults = Enum.GetValues<Fault>();
        return RepeatAsync(20_261_124, random => faults[random.Next(faults.Length)]);
    }

    /// <summary>Repeats: a switch in a process of its own, a fault, and one plain select of either model.</summary>
    private async Task RepeatAsync(int seed, Func<Random, Fault> choose)
    {
        var random = new Random(seed);
        AddModel("left", "--load-time 0.1");
        AddModel("right", "--load-time 0.1");
        Select("left");

        // The quicker of two, lest a slow one puts most faults behind the end. A cold process needs longer than this one.
        double switchTime = Math.Min(Select("right").Duration.TotalMilliseconds, Select("left").Duration.TotalMilliseconds) + 400;
        QuickstartProcess next = StartSwitch();
        try
        {
            // On a machine that is busy with other things the first ones may all come too early, or too late.
            int rounds = Rounds(UsualRounds);
            for (int round = 1; round <= rounds || (round <= MostRounds && !HasBrokenOff()); round++)
            {
                await using QuickstartProcess select = next;
                next = StartSwitch();
                await ArriveAsync(select);

                // Where none has come in the middle by now, a cold process is slower than was thought.
                switchTime *= round > rounds ? 1.1 : 1;
                Fault fault = choose(random);
                TimeSpan instant = TimeSpan.FromMilliseconds(random.NextDouble() * switchTime);
                string wanted = s_models[random.Next(s_models.Length)];
                TestContext.Current.TestOutputHelper?.WriteLine($"round {round} of {rounds}: {fault} after {instant.TotalMilliseconds:0} ms, then Select-IHModel {wanted}");
                int port = PortOf(Active()!.Id == "left" ? "right" : "left");
                Go(select);
                await Task.Delay(instant, Token);
                await using (SampleServerProcess? stranger = Make(fault, select, port, random))
                {
                    await select.WaitForExitAsync(Token);
                    if (fault != Fault.StateTruncated)
                    {
                        await AssertKnownAsync(stranger is { HasExited: false } ? [port] : []);
                    }
                }

                Assert.NotEqual(SelectStatus.Failed, Select($"{wanted} -LockTimeoutSec 0").Status);
                await AssertRunsAsync(wanted);
            }
        }
        finally
        {
            await next.DisposeAsync();
        }

        Assert.True(HasBrokenOff(), "Every fault came before the switch, or when all was over.");
        Assert.DoesNotContain(Directory.EnumerateFiles(Session.StateDirectory), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    /// <summary>True when a fault has come in the middle of a switch.</summary>
    private bool HasBrokenOff() =>
        Session.Get("Get-IHHistory").Any(entry => (string?)Property(entry, "Status") is not (SelectStatus.Started or SelectStatus.Reused));

    /// <summary>Makes something go wrong; gives the stranger where there is one now.</summary>
    private SampleServerProcess? Make(Fault fault, QuickstartProcess select, int port, Random random)
    {
        switch (fault)
        {
            case Fault.Kill:
                select.Kill();
                break;
            case Fault.Interrupt:
                select.Signal(Sigint);
                break;
            case Fault.ServerKilled:
                KillOneOf([.. Launches.Of(Session.StateDirectory).Keys.Order()], random);
                break;
            case Fault.PortTaken:
                return SampleServerProcess.StartRaw(port, "-m", Weights.FilePath, "--port", $"{port}", "--alias", "stranger", "--lifetime", "60");
            case Fault.StateTruncated:
                Truncate(random);
                break;
        }

        return null;
    }

    /// <summary>The server, or the shell that waits for its end.</summary>
    private static void KillOneOf(int[] processIds, Random random)
    {
        if (processIds.Length == 0)
        {
            return;
        }

        try
        {
            using var process = Process.GetProcessById(processIds[random.Next(processIds.Length)]);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has just ended.
        }
    }

    private void Truncate(Random random)
    {
        try
        {
            using var state = new FileStream(Session.StateFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            state.SetLength(random.NextInt64(state.Length));
        }
        catch (FileNotFoundException)
        {
            // Nothing is written down just now.
        }
    }

    private QuickstartProcess StartSwitch() => StartAtGate("Select-IHModel $(if ((Get-IHRuntime).Id -eq 'left') { 'right' } else { 'left' })");
}

public sealed class LocalRandomFaultTests(Bystanders bystanders, LocalFaultHost way) : RandomFaultTests(bystanders, way), IClassFixture<LocalFaultHost>;

public sealed class SshRandomFaultTests(Bystanders bystanders, ThoroughSshFaultHost way) : RandomFaultTests(bystanders, way), IClassFixture<ThoroughSshFaultHost>;

public sealed class ExecRandomFaultTests(Bystanders bystanders, ThoroughExecFaultHost way) : RandomFaultTests(bystanders, way), IClassFixture<ThoroughExecFaultHost>;
