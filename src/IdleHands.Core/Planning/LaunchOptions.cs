using System.Globalization;
using IdleHands.Gguf;

namespace IdleHands.Planning;

/// <summary>
/// What a start command says about memory, by the options of llama.cpp and those of other servers that mean the same. Only
/// what stands behind the server's own name counts: a program before it has options of its own. A command that says nothing
/// is taken as the server's defaults.
/// </summary>
internal sealed record LaunchOptions
{
    private const string ShortContext = "-c";

    private static readonly string[] Contexts = [ShortContext, "--ctx-size", "--max-model-len", "--context-length", "--contextsize", "--max-context-len"];
    private static readonly string[] Parallels = ["-np", "--parallel"];
    private static readonly string[] MicroBatches = ["-ub", "--ubatch-size"];
    private static readonly string[] KeyTypes = ["-ctk", "--cache-type-k"];
    private static readonly string[] ValueTypes = ["-ctv", "--cache-type-v"];
    private static readonly string[] GpuLayers = ["-ngl", "--gpu-layers", "--n-gpu-layers", "--gpulayers"];
    private static readonly string[] Files = ["--mmproj", "-mm", "-md", "--model-draft"];
    private static readonly string[] VisibleVariables = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];
    private static readonly string[] LeftToProcessor = ["-cmoe", "--cpu-moe", "-ncmoe", "--n-cpu-moe", "-ot", "--override-tensor", "-nkvo", "--no-kv-offload"];
    private static readonly string[] Devices = ["-dev", "--device"];
    private static readonly string[] SplitModes = ["-sm", "--split-mode"];
    private static readonly string[] TensorParallel = ["-tp", "--tensor-parallel-size", "--tp", "--tp-size"];
    private static readonly string[] Servers = ["vllm", "sglang.launch_server", "koboldcpp", "mlx_lm.server"];

    /// <summary>How the model is to be loaded, as far as the command tells.</summary>
    public required MemoryRequest Request { get; init; }

    /// <summary>True when no layer is to go to a GPU.</summary>
    public bool IsProcessorOnly { get; init; }

    /// <summary>True when a part of the model is left to the processor, by options whose effect on memory is not worked out.</summary>
    public bool IsSplit { get; init; }

    /// <summary>GPUs that the server may see, by number or UUID, as the environment of the command says; null for all.</summary>
    public NameList? VisibleGpus { get; init; }

    /// <summary>True when it uses one GPU, however many there are.</summary>
    public bool IsOnOneGpu { get; init; }

    /// <summary>Paths of further files that are loaded.</summary>
    public NameList SidecarPaths { get; init; } = NameList.Empty;

    /// <summary>Reads a start command.</summary>
    /// <param name="command">The command as rendered.</param>
    /// <param name="contextWindow">The window of the model's entry, for servers whose command can't be read.</param>
    /// <param name="layers">How many layers the model has; null where that is not known.</param>
    public static LaunchOptions Read(string command, int? contextWindow, long? layers)
    {
        // A command for another shell (bash -c '…') is a word with words in it.
        string[] all = [.. CommandWords.Of(command).SelectMany(word => CommandWords.Of(word) is { Length: > 1 } inner && inner.Any(IsServer) ? inner : [word])];
        int server = Array.FindIndex(all, IsServer);
        string[] words = server < 0 ? [.. all.Where(word => word != ShortContext)] : all[(server + 1)..];
        long? gpuLayers = Number(Value(words, GpuLayers));
        return new LaunchOptions
        {
            Request = new MemoryRequest
            {
                // 0 stands for the window that the model was trained for.
                ContextWindow = Number(Value(words, Contexts)) is { } said ? said > 0 ? said : null
                    : server >= 0 && IsLlama(all[server]) ? null
                    : contextWindow,
                Parallel = Number(Value(words, Parallels)) is > 0 and var parallel ? (int)parallel : null,
                MicroBatch = Number(Value(words, MicroBatches)) is > 0 and var batch ? (int)batch : new MemoryRequest().MicroBatch,
                KeyType = Type(Value(words, KeyTypes)),
                ValueType = Type(Value(words, ValueTypes)),
                FullWindow = words.Contains("--swa-full"),
            },
            IsProcessorOnly = gpuLayers == 0 || Value(words, Devices) == "none",
            IsOnOneGpu = Value(words, SplitModes) == "none" || (server >= 0 && TakesOneGpu(all[server]) && (Number(Value(words, TensorParallel)) ?? 1) <= 1),
            IsSplit = (gpuLayers is > 0 && gpuLayers < layers) || words.Any(LeftToProcessor.Contains),
            VisibleGpus = Visible(all),
            SidecarPaths = NameList.From(words.Zip(words.Skip(1)).Where(pair => Files.Contains(pair.First)).Select(pair => pair.Second)),
        };
    }

    /// <summary>The last one counts, as of the servers.</summary>
    private static string? Value(string[] words, string[] names)
    {
        int at = Array.FindLastIndex(words, names.Contains);
        return at >= 0 && at + 1 < words.Length ? words[at + 1] : null;
    }

    private static long? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string Type(string? text) => text is not null && CacheType.All.Contains(text) ? text : CacheType.Default;

    /// <summary>
    /// <c>CUDA_VISIBLE_DEVICES=0,1</c>, in whatever form a shell sets it. Of Vulkan the numbers are others than those of the
    /// tools.
    /// </summary>
    private static NameList? Visible(string[] words)
    {
        foreach (string name in VisibleVariables)
        {
            string start = name + "=";
            if (words.LastOrDefault(word => word.StartsWith(start, StringComparison.Ordinal) || word.StartsWith("$env:" + start, StringComparison.OrdinalIgnoreCase)) is { } set)
            {
                string value = set[(set.IndexOf('=', StringComparison.Ordinal) + 1)..].TrimEnd(';');
                return value.Length == 0 ? null : NameList.From(value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return null;
    }

    private static bool IsServer(string word) => IsLlama(word) || Servers.Contains(Path.GetFileNameWithoutExtension(word)) || Servers.Contains(word);

    /// <summary>vLLM and SGLang use one device unless they are told of more.</summary>
    private static bool TakesOneGpu(string server) => Path.GetFileNameWithoutExtension(server) == "vllm" || server == "sglang.launch_server";

    /// <summary>llama-server, or its image: it takes its window from the model where its command names none, whatever the entry says.</summary>
    private static bool IsLlama(string word) =>
        Path.GetFileNameWithoutExtension(word[(word.LastIndexOf('\\') + 1)..]) == "llama-server" || word.Contains("/llama.cpp:", StringComparison.Ordinal);
}
