using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using IdleHands.Hosts.Local;

namespace IdleHands.Core.Tests.Hosts.Local;

public sealed class WindowsTablesTests
{
    [Fact]
    public void Finds_the_owners_of_IPv4_listeners()
    {
        byte[] table = Table(
            Row(24, (0, 2), (4, 0x0100007F)).Port(8, 8080).Owner(20, 41),
            Row(24, (0, 2), (4, 0)).Port(8, 9000).Owner(20, 42),
            Row(24, (0, 2), (4, 0x0200007F)).Port(8, 7000).Owner(20, 43),
            Row(24, (0, 2), (4, 0x0300007F)).Port(8, 7000).Owner(20, 44));

        Assert.Equal([42], WindowsPortTable.FindOwners(table, 9000, PortTableLayout.V4));
        Assert.Equal([41], WindowsPortTable.FindOwners(table, 8080, PortTableLayout.V4));
        Assert.Empty(WindowsPortTable.FindOwners(table, 8081, PortTableLayout.V4));
        Assert.Equal([43, 44], WindowsPortTable.FindOwners(table, 7000, PortTableLayout.V4));
    }

    [Fact]
    public void Finds_the_owners_of_IPv6_listeners()
    {
        byte[] table = Table(Row(56, (48, 2)).Port(20, 65535).Owner(52, 70_000), Row(56, (48, 2)).Port(20, 1).Owner(52, 7));

        Assert.Equal([70_000], WindowsPortTable.FindOwners(table, 65535, PortTableLayout.V6));
        Assert.Equal([7], WindowsPortTable.FindOwners(table, 1, PortTableLayout.V6));
    }

    [Fact]
    public void What_stands_beside_a_port_in_its_field_is_not_read()
    {
        byte[] row = Row(24).Port(8, 8080).Owner(20, 5);
        row[10] = 0xAB;
        row[11] = 0xCD;

        Assert.Equal([5], WindowsPortTable.FindOwners(Table(row), 8080, PortTableLayout.V4));
    }

    [Fact]
    public void A_table_that_promises_more_rows_than_it_holds_is_read_to_its_end()
    {
        byte[] table = Table(Row(24).Port(8, 8080).Owner(20, 5));
        BinaryPrimitives.WriteInt32LittleEndian(table, 1000);

        Assert.Empty(WindowsPortTable.FindOwners(table, 9999, PortTableLayout.V4));
        Assert.Empty(WindowsPortTable.FindOwners([], 9999, PortTableLayout.V4));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Reads_the_process_ids_of_a_job(int pointerSize)
    {
        byte[] list = new byte[8 + (5 * pointerSize)];
        BinaryPrimitives.WriteInt32LittleEndian(list, 5);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(4), 2);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(8), 1234);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(8 + pointerSize), 99_999);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(8 + (2 * pointerSize)), 7);

        Assert.Equal([1234, 99_999], WindowsJobList.Parse(list, pointerSize));
    }

    [Fact]
    public void The_boot_id_stays_when_the_clock_is_corrected_and_differs_after_a_boot()
    {
        const long Boot = 134_000_000_000_000_000;
        string before = WindowsBoot.Parse(TimeOfDay(Boot, bias: 0));
        string afterCorrection = WindowsBoot.Parse(TimeOfDay(Boot + (3600 * TimeSpan.TicksPerSecond), bias: 3600 * TimeSpan.TicksPerSecond));
        string afterBoot = WindowsBoot.Parse(TimeOfDay(Boot + (30 * TimeSpan.TicksPerSecond), bias: 0));

        Assert.Equal("13400000000", before);
        Assert.Equal(before, afterCorrection);
        Assert.NotEqual(before, afterBoot);
    }

    [Theory]
    [InlineData(4_999_999, "100")]
    [InlineData(5_000_000, "101")]
    public void The_boot_id_is_rounded_to_the_second(long fraction, string expected) =>
        Assert.Equal(expected, WindowsBoot.Parse(TimeOfDay((100 * TimeSpan.TicksPerSecond) + fraction, bias: 0)));

    [Fact]
    public void Structures_have_the_sizes_of_64_bit_Windows()
    {
        Assert.SkipUnless(Environment.Is64BitProcess, "sizes of 64 bit");

        Assert.Equal(112, Unsafe.SizeOf<StartupInfo>());
        Assert.Equal(24, Unsafe.SizeOf<ProcessInformation>());
        Assert.Equal(24, Unsafe.SizeOf<SecurityAttributes>());
        Assert.Equal(48, Unsafe.SizeOf<IoCounters>());
        Assert.Equal(144, Unsafe.SizeOf<JobLimits>());
    }

    private static byte[] TimeOfDay(long bootTime, long bias)
    {
        byte[] information = new byte[48];
        BinaryPrimitives.WriteInt64LittleEndian(information, bootTime);
        BinaryPrimitives.WriteInt64LittleEndian(information.AsSpan(32), bias);
        return information;
    }

    private static byte[] Row(int size, params (int Offset, int Value)[] fields)
    {
        byte[] row = new byte[size];
        foreach ((int offset, int value) in fields)
        {
            BinaryPrimitives.WriteInt32LittleEndian(row.AsSpan(offset), value);
        }

        return row;
    }

    private static byte[] Table(params byte[][] rows)
    {
        byte[] count = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(count, rows.Length);
        return [.. count, .. rows.SelectMany(row => row)];
    }
}

internal static class RowFields
{
    public static byte[] Port(this byte[] row, int offset, ushort port)
    {
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(offset), port);
        return row;
    }

    public static byte[] Owner(this byte[] row, int offset, int processId)
    {
        BinaryPrimitives.WriteInt32LittleEndian(row.AsSpan(offset), processId);
        return row;
    }
}
