using System.Globalization;
using System.Text.RegularExpressions;

namespace IdleHands.Gguf;

/// <summary>How large a model's weights are, and where that figure comes from.</summary>
/// <param name="GiB">Size in GiB; null where nothing is known.</param>
/// <param name="Origin"><see cref="FromFiles"/>, <see cref="FromName"/> or <see cref="Unknown"/>.</param>
internal sealed partial record WeightSize(double? GiB, string Origin)
{
    /// <summary>The files were measured.</summary>
    public const string FromFiles = "files";

    /// <summary>The name tells parameters and quantization.</summary>
    public const string FromName = "name";

    /// <summary>Neither files nor name tell.</summary>
    public const string Unknown = "unknown";

    private const double BytesPerGiB = 1024d * 1024 * 1024;
    private const double UnquantizedBits = 16;

    /// <summary>From the measured bytes where there are some, else from the name.</summary>
    /// <param name="bytes">Bytes of all files of the weights; null where they could not be read.</param>
    /// <param name="source">Path or URL of the weights.</param>
    public static WeightSize Of(long? bytes, string source)
    {
        if (bytes is > 0)
        {
            return new WeightSize(bytes.Value / BytesPerGiB, FromFiles);
        }

        return EstimateGiB(source) is { } gib ? new WeightSize(gib, FromName) : new WeightSize(null, Unknown);
    }

    /// <summary>"8.3 GiB", "about 8.3 GiB, from the name", "size unknown".</summary>
    public override string ToString() => Origin switch
    {
        FromFiles => string.Create(CultureInfo.InvariantCulture, $"{GiB:0.0} GiB"),
        FromName => string.Create(CultureInfo.InvariantCulture, $"about {GiB:0.0} GiB, from the name"),
        _ => "size unknown",
    };

    /// <summary>Parameters × bits per weight of the name; null where it names no parameter count.</summary>
    private static double? EstimateGiB(string source)
    {
        // A folder or repository often carries what the file's name leaves out.
        string name = ShardSet.FileNameOf(source);
        double? parameters = FindParameters(name) ?? FindParameters(source);
        double bits = FindBits(name) ?? FindBits(source) ?? UnquantizedBits;
        return parameters * bits / 8 / BytesPerGiB;
    }

    private static double? FindParameters(string name)
    {
        double? millions = null;
        foreach (Match match in ParameterCount().Matches(name))
        {
            double experts = match.Groups["experts"].Success ? Number(match.Groups["experts"]) : 1;
            double count = experts * Number(match.Groups["count"]);
            switch (match.Groups["unit"].ValueSpan[0])
            {
                case 'T' or 't':
                    return count * 1e12;
                case 'B' or 'b':
                    return count * 1e9;
                default:
                    // "-1M" may be a context length behind the count, so billions win.
                    millions ??= count * 1e6;
                    break;
            }
        }

        return millions;
    }

    private static double? FindBits(string name)
    {
        MatchCollection matches = Quantization().Matches(name);
        if (matches.Count == 0)
        {
            return null;
        }

        // GPTQ-Int8 names a method and then the number: the number tells more.
        Match match = matches.FirstOrDefault(found => found.Groups["bits"].Success) ?? matches[0];
        return match.Groups["bits"].ValueSpan switch
        {
            "16" => UnquantizedBits,
            "8" => 8.5,
            "6" => 6.6,
            "5" => 5.7,
            "3" => 3.9,
            "2" or "1" => 3.0,
            _ => 4.8,
        };
    }

    private static double Number(Group group) => double.Parse(group.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);

    // 120B, 1.5B, 8x7B, 270M; not what counts the parameters active at a time: A3B of 30B-A3B, 17B of 17B-16E (16 experts).
    [GeneratedRegex(
        @"(?<![A-Za-z0-9.])(?:(?<experts>[0-9]{1,4})x)?(?<count>[0-9]{1,6}(?:\.[0-9]{1,3})?)(?<unit>[BMT])(?![A-Za-z0-9])(?![-_][0-9]{1,4}E(?![A-Za-z0-9]))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ParameterCount();

    // Q4_K_M, IQ2_XXS, q8_0, TQ1_0, mxfp4, nvfp4, fp8, int4, 4bit, AWQ, GPTQ; F16, BF16.
    [GeneratedRegex(
        @"(?<![A-Za-z0-9])(?:(?:[it]?q|mxfp|nvfp|fp|int)(?<bits>16|[1234568])|(?<bits>[234568])-?bits?|b?f(?<bits>16)|awq|gptq)(?![0-9A-Za-z])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Quantization();
}
