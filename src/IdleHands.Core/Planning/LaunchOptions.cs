using System.Globalization;
using IdleHands.Gguf;

namespace IdleHands.Planning;

/// <summary>
/// What a start command says about memory, by the options of llama.cpp and those of other servers that mean the same. A
/// command that says nothing is taken as the server's defaults.
/// </summary>
internal sealed record LaunchOptions
{
    private static readonly string[] Context = ["-c", "--ctx-size", "--max-model-len", "--context-length", "--contextsize", "--max-context-len"];
    private static readonly string[] Parallels = ["-np", "--parallel"];
    private static readonly string[] MicroBatches = ["-ub", "--ubatch-size"];
    private static readonly string[] KeyTypes = ["-ctk", "--cache-type-k"];
    private static readonly string[] ValueTypes = ["-ctv", "--cache-type-v"];
    private static readonly string[] GpuLayers = ["-ngl", "--gpu-layers", "--n-gpu-layers", "--gpulayers"];
    private static readonly string[] Files = ["--mmproj", "-mm", "-md", "--model-draft"];
    private static readonly string[] LeftToProcessor = ["-cmoe", "--cpu-moe", "-ncmoe", "--n-cpu-moe", "-ot", "--override-tensor", "-nkvo", "--no-kv-offload"];

    /// <summary>How the model is to be loaded, as far as the command tells.</summary>
    public required MemoryRequest Request { get; init; }

    /// <summary>True when no layer is to go to a GPU.</summary>
    public bool IsProcessorOnly { get; init; }

    /// <summary>True when a part of the model is left to the processor, by options whose effect on memory is not worked out.</summary>
    public bool IsSplit { get; init; }

    /// <summary>Paths of further files that are loaded.</summary>
    public NameList SidecarPaths { get; init; } = NameList.Empty;

    /// <summary>Reads a start command.</summary>
    /// <param name="template">The command as configured.</param>
    /// <param name="arguments">What <c>{backend_args}</c> stands for.</param>
    /// <param name="contextWindow">What <c>{context_window}</c> stands for.</param>
    /// <param name="layers">How many layers the model has; null where that is not known.</param>
    public static LaunchOptions Read(string template, IEnumerable<string> arguments, int? contextWindow, long? layers)
    {
        string[] words =
        [
            .. template.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SelectMany(Parts),
            .. template.Contains("{backend_args}", StringComparison.Ordinal) ? arguments.SelectMany(Parts) : [],
        ];
        string? context = Value(words, Context);
        long? gpuLayers = Number(Value(words, GpuLayers));
        return new LaunchOptions
        {
            Request = new MemoryRequest
            {
                ContextWindow = context == "{context_window}" ? contextWindow : Number(context) ?? (IsLlama(words) ? null : contextWindow),
                Parallel = (int?)Number(Value(words, Parallels)),
                MicroBatch = (int?)Number(Value(words, MicroBatches)) ?? new MemoryRequest().MicroBatch,
                KeyType = Type(Value(words, KeyTypes)),
                ValueType = Type(Value(words, ValueTypes)),
                FullWindow = words.Contains("--swa-full"),
            },
            IsProcessorOnly = gpuLayers == 0,
            IsSplit = (gpuLayers is > 0 && gpuLayers < layers) || words.Any(LeftToProcessor.Contains),
            SidecarPaths = NameList.From(words.Zip(words.Skip(1)).Where(pair => Files.Contains(pair.First)).Select(pair => pair.Second)),
        };
    }

    /// <summary><c>--ctx-size=8192</c> is two words; quotes around a word are none of it.</summary>
    private static IEnumerable<string> Parts(string word)
    {
        string bare = word.Trim('\'', '"');
        int equals = bare.StartsWith('-') ? bare.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? [bare] : [bare[..equals], bare[(equals + 1)..]];
    }

    /// <summary>The last one counts, as of the servers.</summary>
    private static string? Value(string[] words, string[] names)
    {
        int at = Array.FindLastIndex(words, names.Contains);
        return at >= 0 && at + 1 < words.Length ? words[at + 1] : null;
    }

    private static long? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 0 ? number : null;

    private static string Type(string? text) => text is not null && CacheType.All.Contains(text) ? text : CacheType.Default;

    /// <summary>llama-server takes its window from the model where its command names none, whatever the entry says.</summary>
    private static bool IsLlama(string[] words) => words.Any(word => Path.GetFileNameWithoutExtension(word) == "llama-server");
}
