using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>
/// What tells one boot of Windows from another. "Now minus uptime" moves with every correction of the clock, and the
/// registry's boot counter is kept only where prefetching is on. The kernel's own boot time moves with the clock too,
/// but it comes with the sum of those moves: without them it is one number from boot to shutdown.
/// </summary>
internal static class WindowsBoot
{
    private const int TimeOfDayInformation = 3;
    private const int InformationSize = 48;
    private const int BootTimeOffset = 0;
    private const int BootTimeBiasOffset = 32;

    /// <summary>Reads the id from the system; <c>unknown</c> where it doesn't tell, and then a process's start time alone identifies it.</summary>
    [SupportedOSPlatform("windows")]
    public static unsafe string Read()
    {
        byte* information = stackalloc byte[InformationSize];
        int status = WindowsNative.NtQuerySystemInformation(TimeOfDayInformation, information, InformationSize, out _);
        return status == 0 ? Parse(new ReadOnlySpan<byte>(information, InformationSize)) : "unknown";
    }

    /// <summary>The id out of what the system answers: SYSTEM_TIMEOFDAY_INFORMATION.</summary>
    public static string Parse(ReadOnlySpan<byte> information)
    {
        long bootTime = BinaryPrimitives.ReadInt64LittleEndian(information[BootTimeOffset..]);
        long bias = BinaryPrimitives.ReadInt64LittleEndian(information[BootTimeBiasOffset..]);

        // To the second: two boots are further apart, and fractions are of no use.
        long seconds = (bootTime - bias + (TimeSpan.TicksPerSecond / 2)) / TimeSpan.TicksPerSecond;
        return seconds.ToString(CultureInfo.InvariantCulture);
    }
}
