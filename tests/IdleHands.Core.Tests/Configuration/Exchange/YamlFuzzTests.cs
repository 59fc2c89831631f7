using System.Text;
using CsCheck;
using IdleHands.Configuration.Exchange;
using IdleHands.Yaml;

namespace IdleHands.Core.Tests.Configuration.Exchange;

public sealed class YamlFuzzTests
{
    private const int Mutations = 10_000;

    /// <summary>What a file of some kilobytes may cost to read, whatever it holds.</summary>
    private const long MostBytes = 32 * 1024 * 1024;

    private static readonly string[] Pieces =
    [
        "\t", "\n", "\r\n", "\0", "---\n", "...\n", "&a ", "*a ", "!!str ", "!<x> ", "<<: ", "? ", ": ", "- ", "[", "]", "{", "}", "|", ">", "|9\n", "'", "\"", "\\x", "\\u12",
        "#", "%YAML 9.9\n", "@", "`", "\uFEFF", "\u0085", "\u2028", "😀", "&a [*a, *a]", "  ", "null", "~", "1e999", "-0", "true", "99999999999",
    ];

    private static readonly Gen<(int At, int Kind, int Piece, int Length)> _mutation =
        Gen.Select(Gen.Int[0, 1 << 20], Gen.Int[0, 5], Gen.Int[0, Pieces.Length - 1], Gen.Int[1, 40]);

    [Fact]
    public void Any_damage_gives_a_place_or_a_configuration_and_costs_little()
    {
        string original = YamlText.FromJson(Encoding.UTF8.GetBytes(ConfigurationFolder.ReadData("workstation.json")))
            + "# a comment\nx_anchor: &a {k: [1, two, 'three']}\nx_alias: *a\nx_block: |\n  one\n   two\n";
        int read = 0;
        int refused = 0;
        long most = 0;
        _mutation.Array[1, 6].Sample(
            mutations =>
            {
                byte[] text = Encoding.UTF8.GetBytes(mutations.Aggregate(original, Mutate));
                long before = GC.GetAllocatedBytesForCurrentThread();
                ImportSource source = ReadBytes(text);
                ImportPlan plan = ImportPlan.Make(RuntimeConfiguration.Empty, [source], isReplacing: true);
                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);

                Assert.All(plan.Findings, found => Assert.True(found is { File: not null, Finding: { Line: > 0, Column: > 0, Message.Length: > 5 } }, found.ToString()));
                _ = plan.IsBroken ? refused++ : read++;
            },
            iter: Mutations,
            seed: "0000KOIKe9x3",
            threads: 1);

        Assert.Equal(Mutations, read + refused);
        Assert.InRange(read, Mutations / 100, Mutations * 9 / 10);
        Assert.True(most < MostBytes, $"{most:N0} bytes");
    }

    private static ImportSource ReadBytes(byte[] bytes)
    {
        string file = Path.Combine(Path.GetTempPath(), $"idlehands-fuzz-{Environment.ProcessId}.yaml");
        try
        {
            File.WriteAllBytes(file, bytes);
            return ImportFile.Read(file, isYaml: null, YamlReader.Read);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Mutate(string text, (int At, int Kind, int Piece, int Length) mutation)
    {
        int at = text.Length == 0 ? 0 : mutation.At % text.Length;
        int end = Math.Min(at + mutation.Length, text.Length);
        return mutation.Kind switch
        {
            0 => text[..at] + Pieces[mutation.Piece] + text[at..],
            1 => text[..at] + Pieces[mutation.Piece] + text[end..],
            2 => text[..at] + text[end..],
            3 => text[..end] + text[at..],
            4 => text[..at] + (char)(mutation.Length * 5) + text[Math.Min(at + 1, text.Length)..],
            _ => mutation.Length == 1 ? text[..at] : text[..at] + text[at..].Replace("\n", "\n ", StringComparison.Ordinal),
        };
    }
}
