using IdleHands.Execution;

namespace IdleHands.PowerShell.Views;

/// <summary>The colours that views give to words that tell how something stands.</summary>
/// <remarks>
/// A view takes the colour of that name from <c>$PSStyle.Foreground</c>, and PowerShell leaves it out where
/// <c>$PSStyle.OutputRendering</c>, <c>NO_COLOR</c> or a redirection says so.
/// </remarks>
public static class StatusColor
{
    private const string Good = "Green";
    private const string Waiting = "Yellow";
    private const string Bad = "Red";
    private const string Unclear = "Magenta";

    /// <summary>The name of a colour of <c>$PSStyle.Foreground</c>; null for a word that has none.</summary>
    /// <param name="word">A status, a severity, or whether something succeeded.</param>
    public static string? Of(object? word) => word?.ToString() switch
    {
        ProbeStatus.Ready or FitStatus.Fits or StepStatus.Ok or SelectStatus.Started or SelectStatus.Reused or SelectStatus.Stopped
            or ConfigurationAction.Add or "True" => Good,
        ProbeStatus.Loading or FitStatus.Tight or RuntimeStatus.Starting or RuntimeStatus.Stopping or SelectStatus.Restored or SelectStatus.FellBack
            or HistoryStatus.Canceled or StepStatus.Canceled or ConfigurationFinding.Warning or ConfigurationAction.Change => Waiting,
        ProbeStatus.Down or FitStatus.DoesNotFit or StepStatus.Failed or SelectStatus.Failed or RuntimeStatus.Exited or RuntimeStatus.Stale
            or ConfigurationFinding.Error or ConfigurationAction.Remove or "False" => Bad,
        ProbeStatus.Unknown or HistoryStatus.Unfinished => Unclear,
        _ => null,
    };
}
