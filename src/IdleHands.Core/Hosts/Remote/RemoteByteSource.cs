using System.Globalization;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// A file of a host, of which parts are fetched as they are asked for: its beginning with the question what there is, then
/// ever longer parts, so that a head of megabytes takes a few round trips and none of a short one is wasted.
/// </summary>
internal sealed class RemoteByteSource : IByteSource
{
    private const int LongestPart = 8 << 20;
    private static readonly TimeSpan PartLimit = TimeSpan.FromMinutes(2);

    /// <summary>Writes so many bytes of a file from a position on, counted from 1.</summary>
    private const string Part = """
        ih_p=$(ih_path "$1"; printf x)
        tail -c "+$2" -- "${ih_p%x}" 2>/dev/null | head -c "$3"
        """;

    private readonly RemoteShell _shell;
    private ReadOnlyMemory<byte> _part;
    private long _partOffset;

    /// <summary>A file whose beginning is known.</summary>
    public RemoteByteSource(RemoteShell shell, string path, long length, ReadOnlyMemory<byte> beginning)
    {
        _shell = shell;
        Path = path;
        Length = length;
        _part = beginning;
    }

    /// <inheritdoc />
    public string Path { get; }

    /// <inheritdoc />
    public long Length { get; }

    /// <inheritdoc />
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset >= Length)
        {
            return 0;
        }

        if (offset < _partOffset || offset >= _partOffset + _part.Length)
        {
            await FetchAsync(offset, cancellationToken).ConfigureAwait(false);
        }

        ReadOnlyMemory<byte> there = _part[(int)(offset - _partOffset)..];
        int count = Math.Min(there.Length, buffer.Length);
        there[..count].CopyTo(buffer);
        return count;
    }

    private async Task FetchAsync(long offset, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(Math.Clamp(_part.Length * 2, RemoteFileHeads.FirstBytes, LongestPart), Length - offset);
        var script = new RemoteScript(Part, Path, (offset + 1).ToString(CultureInfo.InvariantCulture), wanted.ToString(CultureInfo.InvariantCulture))
        {
            Limit = PartLimit,
            OutputBound = LongestPart,
        };
        ScriptResult result = await _shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        _part = result.Output.Content;
        _partOffset = offset;
        if (result.Ending is null)
        {
            throw new IOException($"the host gave no part of it within {PartLimit.TotalSeconds:0} s");
        }
    }
}
