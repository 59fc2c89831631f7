using System.Text;

namespace IdleHands.Hosts;

/// <summary>Keeps the end of a stream of bytes, whatever its length.</summary>
internal sealed class BoundedTail(int capacity)
{
    private readonly byte[] _ring = new byte[capacity];
    private readonly object _lock = new();
    private long _total;

    /// <summary>Reads a stream to its end, or until cancelled.</summary>
    public async Task PumpAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[8192];
        while (true)
        {
            int count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            Append(buffer.AsSpan(0, count));
        }
    }

    /// <summary>The kept end as text; a first line that was cut is marked.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            int length = (int)Math.Min(_total, capacity);
            byte[] kept = new byte[length];
            int start = _total <= capacity ? 0 : (int)(_total % capacity);
            for (int i = 0; i < length; i++)
            {
                kept[i] = _ring[(start + i) % capacity];
            }

            string text = Encoding.UTF8.GetString(kept);
            return _total <= capacity ? text : Redaction.CutMark + text;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte b in bytes)
            {
                _ring[(int)(_total++ % capacity)] = b;
            }
        }
    }
}
