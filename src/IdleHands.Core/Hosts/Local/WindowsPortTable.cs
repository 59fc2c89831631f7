using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>Who listens on a TCP port of Windows.</summary>
internal static class WindowsPortTable
{
    private const uint InterNetwork = 2;
    private const uint InterNetworkV6 = 23;
    private const int ListenersWithOwner = 3;
    private const int InsufficientBuffer = 122;

    /// <summary>The listeners on a port on whatever address, IPv4 first, each process once.</summary>
    [SupportedOSPlatform("windows")]
    public static IReadOnlyList<PortHolder> Find(int port) => FindOwners(Read(InterNetwork), port, PortTableLayout.V4)
        .Concat(FindOwners(Read(InterNetworkV6), port, PortTableLayout.V6))
        .Distinct()
        .Select(owner => new PortHolder(port, owner, NameOf(owner)))
        .ToArray();

    /// <summary>The processes that own the listeners on a port, out of a table as the system gives it.</summary>
    public static IReadOnlyList<int> FindOwners(ReadOnlySpan<byte> table, int port, PortTableLayout layout)
    {
        var owners = new List<int>();
        if (table.Length < sizeof(uint))
        {
            return owners;
        }

        int rows = BinaryPrimitives.ReadInt32LittleEndian(table);
        ReadOnlySpan<byte> rest = table[sizeof(uint)..];
        for (int row = 0; row < rows && rest.Length >= layout.RowSize; row++, rest = rest[layout.RowSize..])
        {
            // The port stands in network order in the first two of its four bytes; the others are not defined.
            if (BinaryPrimitives.ReadUInt16BigEndian(rest[layout.PortOffset..]) == port)
            {
                owners.Add(BinaryPrimitives.ReadInt32LittleEndian(rest[layout.OwnerOffset..]));
            }
        }

        return owners;
    }

    [SupportedOSPlatform("windows")]
    private static unsafe byte[] Read(uint family)
    {
        uint size = 16 * 1024;
        while (true)
        {
            byte[] table = new byte[size];
            fixed (byte* start = table)
            {
                // Too small: the call says how much it needs, and the table may have grown again by the next one.
                uint result = WindowsNative.GetExtendedTcpTable(start, ref size, order: false, family, ListenersWithOwner, reserved: 0);
                if (result != InsufficientBuffer)
                {
                    return result == 0 ? table : [];
                }
            }
        }
    }

    private static string? NameOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.ProcessName;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended since.
            return null;
        }
    }
}

/// <summary>Where things stand in a row of a TCP table with owners.</summary>
/// <param name="RowSize">Bytes of a row.</param>
/// <param name="PortOffset">Where the local port stands.</param>
/// <param name="OwnerOffset">Where the process id stands.</param>
internal readonly record struct PortTableLayout(int RowSize, int PortOffset, int OwnerOffset)
{
    /// <summary>MIB_TCPROW_OWNER_PID.</summary>
    public static PortTableLayout V4 { get; } = new(RowSize: 24, PortOffset: 8, OwnerOffset: 20);

    /// <summary>MIB_TCP6ROW_OWNER_PID.</summary>
    public static PortTableLayout V6 { get; } = new(RowSize: 56, PortOffset: 20, OwnerOffset: 52);
}
