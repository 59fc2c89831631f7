using IdleHands.Configuration;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Keeps what launches leave within bounds. Nothing runs in the background, so every command that deals with launches does it.</summary>
internal static class Housekeeping
{
    /// <summary>Tidies up, cheaply where nothing is to be done; never fails.</summary>
    public static void Run(IdleHandsPaths paths)
    {
        try
        {
            IReadOnlyCollection<string> written = new ActiveRuntimeStore(paths.ActiveRuntimeFile).ReadLaunchIds();
            new LaunchLogs(paths.LogDirectory).Tidy([.. written, .. new LaunchRecords(paths.LaunchDirectory).ReadIds()]);
        }
        catch (IdleHandsException)
        {
            // Nobody can tell which logs are in use.
        }
    }
}
