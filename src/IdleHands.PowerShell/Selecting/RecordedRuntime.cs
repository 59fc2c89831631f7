using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.Hosts;

namespace IdleHands.PowerShell.Selecting;

/// <summary>Reads what is written down as running.</summary>
internal static class RecordedRuntime
{
    /// <summary>What is recorded; null for nothing, and, with a warning, where the state can't be understood.</summary>
    internal static ActiveRuntime? ReadOrWarn(AsyncPSCmdlet cmdlet)
    {
        try
        {
            return new ActiveRuntimeStore(IdleHandsPaths.FromEnvironment().ActiveRuntimeFile).Read();
        }
        catch (IdleHandsException exception)
        {
            cmdlet.WriteWarning(exception.Message);
            return null;
        }
    }

    /// <summary>
    /// What is recorded, held against the records of the launches: what the state has lost, and still runs, is found, and
    /// a warning says so. Nothing is changed.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>, <c>StateFromNewerVersion</c>.</exception>
    internal static async Task<ActiveRuntime?> LookAsync(AsyncPSCmdlet cmdlet, SecretResolver secrets, CancellationToken cancellationToken)
    {
        var paths = IdleHandsPaths.FromEnvironment();
        var context = new SelectContext(paths, cmdlet.Connect, TimeProvider.System, secrets);
        RuntimeView view = await context.Viewer.LookAsync(cancellationToken).ConfigureAwait(false);
        if (view is { Broken: { } broken, IsFoundAgain: false })
        {
            throw broken;
        }

        if (view.Problem is { } problem)
        {
            cmdlet.WriteWarning($"{problem} The next Select-IHModel or Stop-IHRuntime writes it down again.");
        }

        foreach (ActiveRuntime leftover in view.Leftovers)
        {
            cmdlet.WriteWarning($"Model '{leftover.Id}' runs, too, on host '{leftover.HostId}' (session {leftover.ProcessId}), although the state does not know it. The next Select-IHModel or Stop-IHRuntime stops it.");
        }

        return view.Active;
    }
}
