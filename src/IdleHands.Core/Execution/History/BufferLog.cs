using System.Globalization;
using System.Text.RegularExpressions;

namespace IdleHands.Execution;

/// <summary>
/// Reads what llama.cpp logs of its buffers. The words before them differ with its version; what stays is
/// <c>CUDA0 model buffer size = 18262.92 MiB</c>.
/// </summary>
internal static partial class BufferLog
{
    private const double BytesPerMiB = 1024d * 1024;

    /// <summary>The buffers; those of one kind on one device as one.</summary>
    /// <param name="lines">Lines of the log, in order.</param>
    public static IReadOnlyList<MemoryBuffer> Read(IEnumerable<string> lines)
    {
        var sizes = new Dictionary<(string Device, string Kind), double>();
        foreach (string line in lines)
        {
            if (Buffer().Match(line) is not { Success: true } match)
            {
                continue;
            }

            var key = (match.Groups["device"].Value, match.Groups["kind"].Value);
            double size = double.Parse(match.Groups["mib"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);

            // Of weights and caches there may be several; a compute buffer is reserved anew, and the last one stays.
            sizes[key] = key.Item2 is "compute" or "output" ? size : sizes.GetValueOrDefault(key) + size;
        }

        return [.. sizes.Select(pair => new MemoryBuffer(pair.Key.Device, pair.Key.Kind, (long)(pair.Value * BytesPerMiB)))];
    }

    [GeneratedRegex(@"(?<device>[A-Za-z][A-Za-z0-9_\-\[\]:.]*)\s+(?<kind>model|KV|RS|compute|output) buffer size\s*=\s*(?<mib>[0-9]{1,9}(\.[0-9]{1,4})?) MiB", RegexOptions.CultureInvariant)]
    private static partial Regex Buffer();
}
