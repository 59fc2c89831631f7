using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IdleHands.Setup;

/// <summary>A GPU as a tool of its host names it.</summary>
/// <param name="Name">What its maker calls it.</param>
/// <param name="BackendType">The backend that is made for it: a word of <see cref="IdleHands.BackendType"/>.</param>
/// <param name="MemoryMiB">Memory that it has; null where the tool doesn't tell, or where it shares that of the processor.</param>
internal sealed record FoundGpu(string Name, string BackendType, long? MemoryMiB);

/// <summary>A program that tells which GPUs a host has. Its command means the same to every shell.</summary>
/// <param name="Program">The program, as it is found on PATH.</param>
/// <param name="Command">The question.</param>
/// <param name="VerifyCommand">Ends with 0 where the driver works; null where that proves nothing.</param>
/// <param name="BackendType">The backend of what it tells.</param>
/// <param name="Read">Reads the answer. What can't be read is left out.</param>
internal sealed partial record GpuTool(string Program, string Command, string? VerifyCommand, string BackendType, Func<string, IReadOnlyList<FoundGpu>> Read)
{
    private const int BytesPerMiBShift = 20;

    /// <summary>All, in the order of preference: Vulkan drives any GPU, and less well than what its maker made for it.</summary>
    public static IReadOnlyList<GpuTool> All { get; } =
    [
        new("nvidia-smi", "nvidia-smi \"--query-gpu=name,memory.total\" \"--format=csv,noheader,nounits\"", "nvidia-smi -L", "cuda", ReadNvidia),
        new("rocm-smi", "rocm-smi --showproductname --showmeminfo vram --json", "rocm-smi --showid", "rocm", ReadRocm),
        new("system_profiler", "system_profiler SPDisplaysDataType -json", null, "metal", ReadApple),
        new("vulkaninfo", "vulkaninfo --summary", "vulkaninfo --summary", "vulkan", ReadVulkan),
    ];

    /// <summary><c>NVIDIA H200, 143771</c>; a message of the tool has no number behind its last comma.</summary>
    internal static IReadOnlyList<FoundGpu> ReadNvidia(string output)
    {
        var gpus = new List<FoundGpu>();
        foreach (string line in Lines(output))
        {
            int comma = line.LastIndexOf(',');
            string memory = line[(comma + 1)..].Trim();
            bool isNumber = long.TryParse(memory, NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            if (comma > 0 && (isNumber || memory is "[N/A]" or "[Not Supported]"))
            {
                gpus.Add(new FoundGpu(line[..comma].Trim(), "cuda", isNumber ? number : null));
            }
        }

        return gpus;
    }

    /// <summary><c>"card0": { "Card Series": "…", "VRAM Total Memory (B)": "…" }</c>; versions differ in the case of the keys.</summary>
    internal static IReadOnlyList<FoundGpu> ReadRocm(string output) => ReadJson(output, root => root.EnumerateObject()
        .Where(card => card.Name.StartsWith("card", StringComparison.Ordinal) && card.Value.ValueKind == JsonValueKind.Object)
        .Select(card => new FoundGpu(
            Value(card.Value, "Card Series") ?? Value(card.Value, "Card Model") ?? card.Name,
            "rocm",
            long.TryParse(Value(card.Value, "VRAM Total Memory (B)"), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes >> BytesPerMiBShift : null)));

    /// <summary><c>{ "SPDisplaysDataType": [ { "sppci_model": "Apple M2 Max" } ] }</c>.</summary>
    internal static IReadOnlyList<FoundGpu> ReadApple(string output) => ReadJson(output, root =>
        root.TryGetProperty("SPDisplaysDataType", out JsonElement displays) && displays.ValueKind == JsonValueKind.Array
            ? displays.EnumerateArray().Select(display => Value(display, "sppci_model") ?? Value(display, "_name")).OfType<string>().Select(name => new FoundGpu(name, "metal", null))
            : []);

    /// <summary><c>deviceType = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU</c> and <c>deviceName = …</c> of each; a processor that plays GPU (llvmpipe) is none.</summary>
    internal static IReadOnlyList<FoundGpu> ReadVulkan(string output)
    {
        var gpus = new List<FoundGpu>();
        bool isGpu = false;
        foreach (string line in Lines(output))
        {
            Match field = Field().Match(line);
            if (field.Groups["name"].Value == "deviceType")
            {
                isGpu = field.Groups["value"].Value.EndsWith("_GPU", StringComparison.Ordinal);
            }
            else if (field.Groups["name"].Value == "deviceName" && isGpu)
            {
                gpus.Add(new FoundGpu(field.Groups["value"].Value, "vulkan", null));
            }
        }

        return gpus;
    }

    private static IReadOnlyList<FoundGpu> ReadJson(string output, Func<JsonElement, IEnumerable<FoundGpu>> read)
    {
        int start = output.IndexOf('{', StringComparison.Ordinal);
        if (start < 0)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(output.AsMemory(start));
            return [.. read(document.RootElement)];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? Value(JsonElement element, string name) => element.ValueKind != JsonValueKind.Object ? null : element.EnumerateObject()
        .Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(property => property.Value.ToString())
        .FirstOrDefault(text => text.Length > 0);

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"^(?<name>deviceType|deviceName)\s*=\s*(?<value>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Field();
}
