using System.Text;
using CsCheck;
using IdleHands.Hosts;

namespace IdleHands.Core.Tests.Hosts;

public sealed class LogLinesTests
{
    /// <summary>Texts that are hard to cut: line ends of both kinds, long characters, half a character, halves of the secret.</summary>
    private static readonly byte[][] Parts =
    [
        "\n"u8.ToArray(), "\r\n"u8.ToArray(), "\r"u8.ToArray(), "a"u8.ToArray(), "ä€😀"u8.ToArray(), [0xF0, 0x9F], [0x80], "abab"u8.ToArray(), "ab"u8.ToArray(), "ba"u8.ToArray(),
    ];

    private static List<string> Read(IEnumerable<byte[]> pieces, params string[] secrets)
    {
        var redaction = new Redaction(secrets);
        var reader = new LogLines(redaction.Forms);
        List<string> lines = [.. pieces.SelectMany(piece => reader.Add(piece))];
        return [.. lines.Concat(reader.End()).Select(redaction.Apply)];
    }

    /// <summary>Cuts bytes at these places.</summary>
    private static IEnumerable<byte[]> Cut(byte[] bytes, int[] places)
    {
        int[] ends = [.. places.Select(place => place % (bytes.Length + 1)).Append(bytes.Length).Order()];
        return ends.Select((end, index) => bytes[(index == 0 ? 0 : ends[index - 1])..end]);
    }

    [Fact]
    public void However_the_bytes_come_the_lines_are_the_same() =>
        Gen.Select(Gen.Int[0, Parts.Length - 1].Array[0, 60], Gen.Int[0, 1000].Array[0, 20]).Sample(
            (parts, places) =>
            {
                byte[] bytes = [.. parts.SelectMany(part => Parts[part])];
                string[] expected = Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToArray();
                bool endsWithLine = bytes.Length == 0 || bytes[^1] == '\n';

                Assert.Equal(endsWithLine ? expected[..^1] : expected, Read(Cut(bytes, places)));
            },
            iter: 2000,
            seed: "0N0XIzNsQ0O2");

    [Fact]
    public void A_long_line_comes_in_the_same_bounded_pieces_however_its_bytes_come() =>
        Gen.Select(Gen.Int[3, Parts.Length - 1].Array[1, 5], Gen.Int[0, 8], Gen.Int[0, 300_000].Array[0, 5]).Sample(
            (parts, shift, places) =>
            {
                byte[] unit = [.. parts.SelectMany(part => Parts[part])];
                byte[] bytes = [.. new string('x', shift).Select(letter => (byte)letter), .. Enumerable.Repeat(unit, 140_000 / unit.Length).SelectMany(part => part), (byte)'\n'];

                List<string> pieces = Read(Cut(bytes, places));

                Assert.Equal(Read([bytes]), pieces);
                Assert.InRange(pieces.Count, 3, 4);
                Assert.All(pieces, piece => Assert.True(Encoding.UTF8.GetByteCount(piece.Replace("\uFFFD", "?", StringComparison.Ordinal)) <= LogLines.LongestPiece));
                Assert.Equal(Encoding.UTF8.GetString(bytes[..^1]), string.Concat(pieces));
            },
            iter: 40,
            seed: "0N0XIzNsQ0O2");

    [Theory]
    [InlineData(LogLines.LongestPiece, 1)]
    [InlineData(LogLines.LongestPiece + 1, 2)]
    [InlineData(2 * LogLines.LongestPiece, 2)]
    public void A_line_of_just_the_bound_is_whole(int length, int pieces)
    {
        foreach (string end in new[] { "\n", "" })
        {
            List<string> lines = Read([Encoding.UTF8.GetBytes(new string('x', length) + end)]);

            Assert.Equal(pieces, lines.Count);
            Assert.Equal(length, lines.Sum(line => line.Length));
        }

        Assert.Equal(pieces, Read([Encoding.UTF8.GetBytes(new string('x', length) + "\r\n")]).Count);
    }

    [Fact]
    public void Secrets_are_masked_also_where_a_line_is_cut()
    {
        for (int before = LogLines.LongestPiece - 12; before <= LogLines.LongestPiece + 2; before++)
        {
            string line = new string('x', before) + "key-ababkey-ab" + new string('y', LogLines.LongestPiece);

            string read = string.Concat(Read([Encoding.UTF8.GetBytes(line + "\n")], "key-abab", "abkey"));

            Assert.Equal(new string('x', before) + "***-ab" + new string('y', LogLines.LongestPiece), read);
        }
    }

    [Fact]
    public void Secrets_of_many_kinds_never_show() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 30].Array[1, 6], Gen.String[Gen.Char["ab"], 4, 8].Array[1, 3]).Sample(
            (shift, gaps, secrets) =>
            {
                string text = new string('x', LogLines.LongestPiece - 60 + shift) + string.Concat(gaps.Select((gap, index) => new string('-', gap) + secrets[index % secrets.Length])) + new string('y', LogLines.LongestPiece);

                List<string> pieces = Read([Encoding.UTF8.GetBytes(text)], secrets);

                string shown = string.Concat(pieces);
                Assert.All(secrets, secret => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
            },
            iter: 500,
            seed: "0N0XIzNsQ0O2");
}
