using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>Windows on the desktop.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsDesktop
{
    private const uint CloseMessage = 0x0010;

    /// <summary>Asks every top-level window of these processes to close.</summary>
    public static unsafe void AskToClose(IReadOnlyList<int> processIds)
    {
        GCHandle ids = GCHandle.Alloc(processIds.ToHashSet());
        try
        {
            WindowsNative.EnumWindows(&CloseIfOwned, GCHandle.ToIntPtr(ids));
        }
        finally
        {
            ids.Free();
        }
    }

    [UnmanagedCallersOnly]
    private static int CloseIfOwned(nint window, nint state)
    {
        var ids = (HashSet<int>)GCHandle.FromIntPtr(state).Target!;
        if (WindowsNative.GetWindowThreadProcessId(window, out int owner) != 0 && ids.Contains(owner))
        {
            WindowsNative.PostMessage(window, CloseMessage, 0, 0);
        }

        // Go on with the next window.
        return 1;
    }
}
