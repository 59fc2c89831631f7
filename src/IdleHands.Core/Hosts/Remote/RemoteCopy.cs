using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>Copies a text file of this machine to a host, in pieces that a command line can hold.</summary>
internal sealed class RemoteCopy(RemoteShell shell, string hostId)
{
    /// <summary>One argument may have 128 KiB on Linux, and 32 KiB in all on Windows; quoting makes it longer.</summary>
    private const int PieceLength = 12 * 1024;

    /// <summary>Where there is no <c>cksum</c>, the length at least.</summary>
    private const string Sum = """
        ih_sum() { if command -v cksum >/dev/null 2>&1; then cksum; else echo "length $(($(wc -c)))"; fi; }

        """;

    private const string Compare = Sum + """
        ih_p=$(ih_path "$1")
        ih_end "$(ih_sum 2>/dev/null <"$ih_p")"
        """;

    private const string Append = """
        umask 077
        ih_p=$(ih_path "$1")
        mkdir -p "${ih_p%/*}" || ih_end failed
        case $3 in first) : >"$ih_p.new" || ih_end failed ;; esac
        printf '%s' "$2" >>"$ih_p.new" || { rm -f "$ih_p.new"; ih_end failed; }
        """;

    private const string Finish = Sum + """
        ih_p=$(ih_path "$1")
        case $(ih_sum <"$ih_p.new") in "$2"|"length ${2#* }") mv -f "$ih_p.new" "$ih_p" && ih_end 0 ;; esac
        rm -f "$ih_p.new"
        ih_end failed
        """;

    /// <summary>Copies it; false where the same stands there already.</summary>
    /// <exception cref="IdleHandsException"><c>CopyFailed</c>, and those of the way to the host.</exception>
    public async Task<bool> CopyAsync(string source, string path, CancellationToken cancellationToken)
    {
        byte[] content = await CopiedFile.ReadAsync(source, cancellationToken).ConfigureAwait(false);
        string sum = PosixChecksum.Of(content);
        ScriptResult there = await shell.RunAsync(new RemoteScript(Compare, path), cancellationToken).ConfigureAwait(false);
        if (there.Ending?.Trim() == sum)
        {
            return false;
        }

        string text = ToText(source, content);
        for (int at = 0; at < text.Length || at == 0;)
        {
            int length = Math.Min(PieceLength, text.Length - at);
            length -= length > 0 && at + length < text.Length && char.IsHighSurrogate(text[at + length - 1]) ? 1 : 0;
            await RunAsync(source, new RemoteScript(Append, path, text.Substring(at, length), at == 0 ? "first" : string.Empty) { IsRepeatable = false }, cancellationToken).ConfigureAwait(false);
            at += Math.Max(1, length);
        }

        await RunAsync(source, new RemoteScript(Finish, path, sum) { IsRepeatable = false }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task RunAsync(string source, RemoteScript script, CancellationToken cancellationToken)
    {
        ScriptResult result = await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        if (result.Ending != "0")
        {
            throw CopiedFile.Failed(source, hostId, RemoteText.LastLine(result.Error.Text) is { Length: > 0 } said ? said : "it did not arrive as it is", null);
        }
    }

    /// <summary>A text, since shells hold no NUL; what is no UTF-8 would not arrive as it is.</summary>
    private string ToText(string source, byte[] content)
    {
        try
        {
            string text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
            return text.Contains('\0', StringComparison.Ordinal) ? throw CopiedFile.Failed(source, hostId, "it is no text: it holds a NUL", null) : text;
        }
        catch (DecoderFallbackException e)
        {
            throw CopiedFile.Failed(source, hostId, "it is no UTF-8 text", e);
        }
    }
}

/// <summary>What the POSIX command <c>cksum</c> says of bytes: a checksum (CRC of ISO/IEC 8802-3, with the length behind them) and the length.</summary>
internal static class PosixChecksum
{
    private const uint Polynomial = 0x04C11DB7;
    private static readonly uint[] Table = MakeTable();

    /// <summary>The words that it prints.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        foreach (byte value in bytes)
        {
            sum = Step(sum, value);
        }

        for (long length = bytes.Length; length != 0; length >>= 8)
        {
            sum = Step(sum, (byte)length);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{~sum} {bytes.Length}");
    }

    private static uint Step(uint sum, byte value) => (sum << 8) ^ Table[((sum >> 24) ^ value) & 0xFF];

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint index = 0; index < table.Length; index++)
        {
            uint value = index << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 0x80000000) != 0 ? (value << 1) ^ Polynomial : value << 1;
            }

            table[index] = value;
        }

        return table;
    }
}
