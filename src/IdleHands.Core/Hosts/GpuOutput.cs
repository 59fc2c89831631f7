using System.Globalization;
using System.Text.Json;

namespace IdleHands.Hosts;

/// <summary>Reads what nvidia-smi and rocm-smi print about memory. What can't be read is left out.</summary>
internal static class GpuOutput
{
    /// <summary>Stands before the GPUs of nvidia-smi.</summary>
    public const string NvidiaDevices = "#nvidia-gpus";

    /// <summary>Stands before the processes of nvidia-smi.</summary>
    public const string NvidiaProcesses = "#nvidia-processes";

    /// <summary>Stands before the GPUs of rocm-smi.</summary>
    public const string RocmDevices = "#rocm-gpus";

    /// <summary>Stands before the processes of rocm-smi.</summary>
    public const string RocmProcesses = "#rocm-processes";

    private const int BytesPerMiBShift = 20;

    /// <summary>Reads the output of the whole command; null where it names no GPU.</summary>
    public static GpuSnapshot? Read(string output)
    {
        Dictionary<string, List<string>> sections = Split(output);
        var devices = new List<GpuDevice>();
        var uses = new List<GpuUse>();
        devices.AddRange(Lines(sections, NvidiaDevices).Select(ReadNvidiaDevice).OfType<GpuDevice>());
        if (devices.Count > 0)
        {
            uses.AddRange(Lines(sections, NvidiaProcesses).Select(ReadNvidiaUse).OfType<GpuUse>());
        }
        else
        {
            devices.AddRange(ReadJson(sections, RocmDevices, ReadRocmDevice));
            uses.AddRange(ReadJson(sections, RocmProcesses, ReadRocmUses).SelectMany(list => list));
        }

        return devices.Count == 0 ? null : new GpuSnapshot(devices, uses);
    }

    /// <summary>The lines behind each mark, by the mark.</summary>
    internal static Dictionary<string, List<string>> Split(string output)
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? current = null;
        foreach (string line in output.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line is NvidiaDevices or NvidiaProcesses or RocmDevices or RocmProcesses or HostMemory.MemoryMark or HostMemory.ProcessesMark)
            {
                sections[line] = current = [];
            }
            else
            {
                current?.Add(line);
            }
        }

        return sections;
    }

    private static List<string> Lines(Dictionary<string, List<string>> sections, string name) => sections.GetValueOrDefault(name) ?? [];

    /// <summary><c>0, GPU-4f2a…, 20512, 24564</c>; a message of the tool has no number in front.</summary>
    private static GpuDevice? ReadNvidiaDevice(string line)
    {
        string[] fields = line.Split(',', StringSplitOptions.TrimEntries);
        return fields.Length == 4 && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? new GpuDevice(fields[1], fields[0], ReadMiB(fields[2]), ReadMiB(fields[3]))
            : null;
    }

    private static GpuUse? ReadNvidiaUse(string line)
    {
        string[] fields = line.Split(',', StringSplitOptions.TrimEntries);
        return fields.Length == 3 && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
            ? new GpuUse(processId, fields[1], ReadMiB(fields[2]))
            : null;
    }

    /// <summary><c>20512</c>, of old versions <c>20512 MiB</c>; <c>[N/A]</c> and <c>[Not Supported]</c> are no number.</summary>
    private static long? ReadMiB(string text) =>
        long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>Reads the values of a JSON object that warnings may stand before.</summary>
    private static List<T> ReadJson<T>(Dictionary<string, List<string>> sections, string name, Func<JsonProperty, T?> read)
        where T : class
    {
        string text = string.Join('\n', Lines(sections, name));
        int start = text.IndexOf('{', StringComparison.Ordinal);
        if (start < 0)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text.AsMemory(start));
            return [.. document.RootElement.EnumerateObject().Select(read).OfType<T>()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary><c>"card0": { "VRAM Total Memory (B)": "…", "VRAM Total Used Memory (B)": "…" }</c>.</summary>
    private static GpuDevice? ReadRocmDevice(JsonProperty card) => card.Name.StartsWith("card", StringComparison.Ordinal) && card.Value.ValueKind == JsonValueKind.Object
        ? new GpuDevice(card.Name, card.Name["card".Length..], ReadBytes(card.Value, "VRAM Total Used Memory (B)"), ReadBytes(card.Value, "VRAM Total Memory (B)"))
        : null;

    private static long? ReadBytes(JsonElement card, string name) =>
        card.TryGetProperty(name, out JsonElement value)
        && long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? bytes >> BytesPerMiBShift
            : null;

    /// <summary><c>"system": { "PID4711": "name, GPUs, bytes, SDMA, CU" }</c>; a name may hold commas, so it is read from behind.</summary>
    private static List<GpuUse>? ReadRocmUses(JsonProperty system)
    {
        if (system.Value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var uses = new List<GpuUse>();
        foreach (JsonProperty process in system.Value.EnumerateObject())
        {
            string[] fields = process.Value.ToString().Split(',', StringSplitOptions.TrimEntries);
            if (process.Name.StartsWith("PID", StringComparison.Ordinal)
                && int.TryParse(process.Name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
                && fields.Length >= 5)
            {
                bool isNumber = long.TryParse(fields[^3], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes);
                uses.Add(new GpuUse(processId, null, isNumber ? bytes >> BytesPerMiBShift : null));
            }
        }

        return uses;
    }
}
