using System.Net;
using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>
/// Tests of a switch from <c>before</c> to <c>next</c> that has every kind of step, and that can be held at each: its
/// commands wait for a file to go, a request keeps the server busy, a stranger keeps the port.
/// </summary>
public abstract class HeldSwitchTests(Bystanders bystanders, FaultHost way) : FaultTestBase(bystanders, way)
{
    private static readonly string[] s_kinds =
    [
        PlanStepKind.CheckSource, PlanStepKind.CheckPort, PlanStepKind.DrainModel, PlanStepKind.StopModel, PlanStepKind.CleanupModel,
        PlanStepKind.WaitRelease, PlanStepKind.ApplyBackend, PlanStepKind.VerifyBackend, PlanStepKind.StartModel, PlanStepKind.ProbeHealth,
    ];

    private IDisposable? _request;
    private SampleServerProcess? _stranger;

    /// <summary>The steps that change something, or wait for it.</summary>
    public static TheoryData<string> Steps() => [.. s_kinds[2..]];

    /// <summary>True for a step that comes after what ran was stopped.</summary>
    protected static bool IsAfterStop(string step) => Array.IndexOf(s_kinds, step) > Array.IndexOf(s_kinds, PlanStepKind.StopModel);

    /// <summary>True for a step that comes once the backend may have been changed.</summary>
    protected static bool IsAfterApply(string step) => Array.IndexOf(s_kinds, step) >= Array.IndexOf(s_kinds, PlanStepKind.ApplyBackend);

    /// <summary>What the rollback of the backend leaves.</summary>
    protected string Proof => Path.Combine(Work, "rolled-back");

    /// <summary>Makes ready for <c>Select-IHModel next</c>, to be held at a step.</summary>
    protected async Task PrepareAsync(string step)
    {
        Hold(step == PlanStepKind.WaitRelease ? PlanStepKind.CleanupModel : step);
        RunBefore(
            "--tokens-per-second 2",
            $"-StopCommand {Quote($"{Wait(PlanStepKind.StopModel)}; {StopCommand}")} -CleanupCommand {Quote(Wait(PlanStepKind.CleanupModel))}");
        Configure($"Add-IHBackend gpu -Type cpu -ApplyCommand {Quote(Wait(PlanStepKind.ApplyBackend))} -VerifyCommand {Quote(Wait(PlanStepKind.VerifyBackend))} -RollbackCommand 'touch {Proof}'");
        AddModel("next", "--load-time 60", "-BackendPolicy gpu");
        Configure($"Set-IHModel next -Port {PortOf("before")}");
        if (step == PlanStepKind.DrainModel)
        {
            _request = await Served.KeepBusyAsync(PortOf("before"));
        }
    }

    /// <summary>Lets a process at its gate run <c>Select-IHModel next -Verbose</c>, and waits until it is at a step, where it stays.</summary>
    internal async Task HoldAtAsync(QuickstartProcess select, string step)
    {
        await PrepareAsync(step);
        await ArriveAsync(select);
        Go(select);
        await ReachAsync(step, text => select.WaitForErrorsAsync(text, Token));
    }

    /// <summary>Lets a process at its gate run a select that fails, and waits until what it brings back is loading.</summary>
    internal async Task HoldAtRecoveryAsync(QuickstartProcess select, string loading)
    {
        await PrepareRecoveryAsync();
        await ArriveAsync(select);
        Go(select);
        await SampleServerProcess.WaitForHealthAsync(PortOf(loading), HttpStatusCode.ServiceUnavailable, Token);
    }

    /// <summary>Waits until the step has begun.</summary>
    /// <param name="step">The step.</param>
    /// <param name="hasTold">Waits until the select's verbose lines hold a text.</param>
    protected async Task ReachAsync(string step, Func<string, Task> hasTold)
    {
        if (step == PlanStepKind.WaitRelease)
        {
            await WaitForFileAsync(Path.Combine(Work, "at-" + PlanStepKind.CleanupModel));
            int port = PortOf("before");
            _stranger = SampleServerProcess.StartRaw(port, "-m", Weights.FilePath, "--port", $"{port}", "--alias", "stranger", "--lifetime", "60");
            await _stranger.WaitUntilListeningAsync(Token);
            Release();
        }

        await hasTold($". {s_kinds[Array.IndexOf(s_kinds, step) - 1]} on here: ok in ");
        if (step is PlanStepKind.StopModel or PlanStepKind.CleanupModel or PlanStepKind.ApplyBackend or PlanStepKind.VerifyBackend)
        {
            await WaitForFileAsync(Path.Combine(Work, "at-" + step));
        }
        else if (step == PlanStepKind.ProbeHealth)
        {
            await SampleServerProcess.WaitForHealthAsync(PortOf("before"), HttpStatusCode.ServiceUnavailable, Token);
        }
    }

    /// <summary>Ports that something else than ours has, as long as it is held.</summary>
    protected IReadOnlyList<int> PortsOfStrangers => _stranger is null ? [] : [_stranger.Port];

    /// <summary>Holds nothing up any more: no command, no request, no port.</summary>
    protected async Task ReleaseAsync()
    {
        Release();
        _request?.Dispose();
        if (_stranger is { } stranger)
        {
            Assert.False(stranger.HasExited);
            await stranger.DisposeAsync();
            _stranger = null;
        }
    }

    private string Wait(string step) => $"echo held > {Work}/at-{step}; while [ -e {HoldFile(step)} ]; do sleep 0.05; done";
}
