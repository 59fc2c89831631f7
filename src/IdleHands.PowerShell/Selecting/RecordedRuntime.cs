using IdleHands.Configuration;
using IdleHands.Execution;

namespace IdleHands.PowerShell.Selecting;

/// <summary>Reads what is written down as running, for commands that can do without.</summary>
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
}
