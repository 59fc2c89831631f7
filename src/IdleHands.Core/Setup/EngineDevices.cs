using System.Globalization;
using System.Text.RegularExpressions;

namespace IdleHands.Setup;

/// <summary>Reads which devices llama.cpp's server was built for and finds, as it lists them itself.</summary>
internal static partial class EngineDevices
{
    /// <summary>The question. Versions from before 2025 do not know it.</summary>
    public const string Command = "llama-server --list-devices";

    private const string Heading = "Available devices:";

    /// <summary>
    /// <c>CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 23600 MiB free)</c> behind the heading; empty where it has none but
    /// the processor, null where it does not tell.
    /// </summary>
    public static IReadOnlyList<FoundGpu>? Read(string output)
    {
        int start = output.IndexOf(Heading, StringComparison.Ordinal);
        return start < 0 ? null : [.. output[start..].Split('\n').Skip(1).Select(line => Device().Match(line.TrimEnd())).Where(match => match.Success).Select(Of).OfType<FoundGpu>()];
    }

    private static FoundGpu? Of(Match match) => TypeOf(match.Groups["kind"].Value) is not { } type ? null : new FoundGpu(
        match.Groups["name"].Value,
        type,
        long.TryParse(match.Groups["total"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long total) && total > 0 && type != "metal" ? total : null);

    /// <summary>The backend of a device's prefix; null for what only helps the processor (<c>BLAS</c>), or is another machine (<c>RPC</c>).</summary>
    private static string? TypeOf(string kind) => kind.ToUpperInvariant() switch
    {
        "CUDA" => "cuda",
        "ROCM" or "HIP" => "rocm",
        "VULKAN" => "vulkan",
        "METAL" or "MTL" => "metal",
        "SYCL" or "MUSA" or "CANN" or "OPENCL" or "GPUOPENCL" => "custom",
        _ => null,
    };

    [GeneratedRegex(@"^\s+(?<kind>[A-Za-z]+)[0-9]*: (?<name>.+?)( \((?<total>[0-9]+) MiB, [0-9]+ MiB free\))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Device();
}
