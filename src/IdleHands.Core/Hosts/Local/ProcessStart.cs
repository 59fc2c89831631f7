using System.ComponentModel;
using System.Diagnostics;

namespace IdleHands.Hosts.Local;

/// <summary>When a process was started, by the clock.</summary>
internal static class ProcessStart
{
    /// <summary>The time; now, where the system doesn't tell.</summary>
    public static DateTimeOffset Of(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return DateTimeOffset.Now;
        }
    }
}
