using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Takes what a framed script wrote out of a stream: behind the line that begins it, before the line that ends it. Of what
/// is longer than the bound, the end is kept.
/// </summary>
internal sealed class FramedStream(Stream stream, string mark, int bound)
{
    private const int BlockSize = 32 * 1024;

    /// <summary>More than anything that is told before a script begins.</summary>
    private const int NoiseBound = 64 * 1024;

    /// <summary>Room for the line that ends the frame.</summary>
    private const int TrailerRoom = 128;

    private readonly byte[] _begin = Encoding.ASCII.GetBytes(mark + " b");
    private readonly byte[] _end = Encoding.ASCII.GetBytes($"\n{mark} e ");
    private readonly TaskCompletionSource<int> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _held = new byte[BlockSize];
    private int _count;
    private int _searched;
    private bool _hasBegun;

    /// <summary>Done with the number behind the begin, 0 for none, once the script has begun; canceled when the stream ends before.</summary>
    public Task<int> Begun => _begun.Task;

    /// <summary>What the script said its end was; null while it has not ended.</summary>
    public string? Ending { get; private set; }

    /// <summary>True when the beginning was not kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>What came before the script began: of the transport, a banner, a start-up file.</summary>
    public string Noise { get; private set; } = string.Empty;

    /// <summary>What the script wrote; of a script that did not begin, nothing.</summary>
    public ReadOnlyMemory<byte> Content => _hasBegun ? _held.AsMemory(0, _count) : default;

    /// <summary>What the script wrote, as text; what was cut is marked.</summary>
    public string Text => (IsCut ? Redaction.CutMark : string.Empty) + Encoding.UTF8.GetString(Content.Span);

    /// <summary>Reads to the end of the frame, or of the stream.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Ending is null)
            {
                if (_held.Length - _count < BlockSize)
                {
                    Array.Resize(ref _held, _held.Length * 2);
                }

                int read = await stream.ReadAsync(_held.AsMemory(_count, BlockSize), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                _count += read;
                Look();
            }
        }
        catch (IOException)
        {
            // The way to the host is gone, which its end tells.
        }
        finally
        {
            if (!_hasBegun)
            {
                KeepNoise(_count);
            }

            _begun.TrySetCanceled(CancellationToken.None);
        }
    }

    private void Look()
    {
        if (!_hasBegun)
        {
            LookForBegin();
        }

        if (_hasBegun)
        {
            LookForEnd();
        }
    }

    private void LookForBegin()
    {
        int at = _held.AsSpan(0, _count).IndexOf(_begin);
        int lineEnd = at < 0 ? -1 : _held.AsSpan(at, _count - at).IndexOf((byte)'\n');
        if (lineEnd < 0)
        {
            if (_count > NoiseBound)
            {
                Drop(_count - (NoiseBound / 2));
            }

            return;
        }

        KeepNoise(at);
        string number = Encoding.ASCII.GetString(_held, at + _begin.Length, lineEnd - _begin.Length).Trim();
        Drop(at + lineEnd + 1);
        _hasBegun = true;
        _begun.TrySetResult(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0);
    }

    private void LookForEnd()
    {
        int from = Math.Max(0, _searched - TrailerRoom);
        int at = _held.AsSpan(from, _count - from).IndexOf(_end);
        int lineEnd = at < 0 ? -1 : _held.AsSpan(from + at + 1, _count - from - at - 1).IndexOf((byte)'\n');
        if (lineEnd >= 0)
        {
            int start = from + at;
            Ending = Encoding.ASCII.GetString(_held, start + _end.Length, lineEnd + 1 - _end.Length);
            _count = start;
            CutTo(bound);
            return;
        }

        _searched = _count;
        if (_count > (2 * bound) + TrailerRoom)
        {
            CutTo(bound + TrailerRoom);
        }
    }

    private void CutTo(int length)
    {
        if (_count > length)
        {
            Drop(_count - length);
            IsCut = true;
        }
    }

    private void Drop(int count)
    {
        _held.AsSpan(count, _count - count).CopyTo(_held);
        _count -= count;
        _searched = Math.Max(0, _searched - count);
    }

    private void KeepNoise(int length) => Noise = Encoding.UTF8.GetString(_held, 0, Math.Min(length, NoiseBound)).Trim();
}
