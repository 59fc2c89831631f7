using System.Buffers.Binary;

namespace IdleHands.Configuration.Json;

/// <summary>
/// Remembers values by their JSON text, so that what hundreds of entries have in common (commands, ids, policies) is
/// made once: making and collecting them is most of the cost of a load. Each text has one place; a newer value takes
/// it over.
/// </summary>
internal sealed class ValueCache
{
    private const int Bits = 9;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private readonly Slot[] _slots = new Slot[1 << Bits];

    /// <summary>The value whose text is this.</summary>
    public T? Find<T>(ReadOnlySpan<byte> file, ReadOnlySpan<byte> text)
        where T : class
    {
        ref Slot slot = ref _slots[GetPlace(text)];
        return slot.Length == text.Length && text.SequenceEqual(file.Slice(slot.Start, slot.Length)) ? slot.Value as T : null;
    }

    /// <summary>The value whose whole text stands at the beginning of this.</summary>
    public T? FindPrefix<T>(ReadOnlySpan<byte> file, ReadOnlySpan<byte> text)
        where T : class
    {
        ref Slot slot = ref _slots[GetPrefixPlace(text)];
        return slot.Length > 0 && text.StartsWith(file.Slice(slot.Start, slot.Length)) ? slot.Value as T : null;
    }

    /// <summary>Remembers the value of a text.</summary>
    public void Add(ReadOnlySpan<byte> text, int start, object value) => _slots[GetPlace(text)] = new Slot(start, text.Length, value);

    /// <summary>Remembers the value of the text that ends with its own closing bracket, and so is no other's beginning.</summary>
    public void AddPrefix(ReadOnlySpan<byte> file, int start, int end, object value) =>
        _slots[GetPrefixPlace(file[start..])] = new Slot(start, end - start, value);

    private static int GetPlace(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length;
        if (text.Length >= sizeof(ulong))
        {
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(text) * Multiplier;
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);
        }
        else
        {
            foreach (byte part in text)
            {
                hash = (hash * 31) + part;
            }
        }

        return (int)((hash * Multiplier) >> (64 - Bits));
    }

    private static int GetPrefixPlace(ReadOnlySpan<byte> text)
    {
        const int Looked = 3 * sizeof(ulong);
        return text.Length < Looked ? GetPlace([]) : GetPlace(text[..Looked]);
    }

    private readonly record struct Slot(int Start, int Length, object Value);
}
