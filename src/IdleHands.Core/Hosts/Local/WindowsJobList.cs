using System.Buffers.Binary;

namespace IdleHands.Hosts.Local;

/// <summary>The list of a job's processes, as Windows gives it.</summary>
internal static class WindowsJobList
{
    /// <summary>Process ids out of what the system answers: JOBOBJECT_BASIC_PROCESS_ID_LIST, its ids as wide as a pointer.</summary>
    public static IReadOnlyList<int> Parse(ReadOnlySpan<byte> list, int pointerSize)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(list[sizeof(int)..]);
        var ids = new List<int>(count);
        for (int index = 0; index < count; index++)
        {
            ids.Add(BinaryPrimitives.ReadInt32LittleEndian(list[((2 * sizeof(int)) + (index * pointerSize))..]));
        }

        return ids;
    }
}
