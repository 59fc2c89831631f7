namespace IdleHands.Health;

/// <summary>The kinds of model server that can be told apart by what they answer.</summary>
internal static class ServerKind
{
    public const string LlamaCpp = "llama.cpp";
    public const string LlamaSwap = "llama-swap";
    public const string LmStudio = "lm-studio";
    public const string Ollama = "ollama";
    public const string Vllm = "vllm";
    public const string SgLang = "sglang";
    public const string KoboldCpp = "koboldcpp";
    public const string TabbyApi = "tabbyapi";

    /// <summary>
    /// What each server writes as <c>owned_by</c>. It goes before the <c>Server</c> header, which proxies pass on and
    /// imitations copy.
    /// </summary>
    private static readonly Dictionary<string, string> ByOwner = new(StringComparer.OrdinalIgnoreCase)
    {
        ["llamacpp"] = LlamaCpp,
        ["llama-swap"] = LlamaSwap,
        ["organization_owner"] = LmStudio,
        ["library"] = Ollama,
        ["vllm"] = Vllm,
        ["sglang"] = SgLang,
        ["koboldcpp"] = KoboldCpp,
        ["tabbyAPI"] = TabbyApi,
    };

    /// <summary>The kind of server behind two replies; null where it can't be told.</summary>
    public static string? Of(ProbeReply health, ProbeReply models) =>
        models.List?.Owners.Select(owner => ByOwner.GetValueOrDefault(owner)).FirstOrDefault(kind => kind is not null)
        ?? ByHeader(health.ServerHeader)
        ?? ByHeader(models.ServerHeader)
        ?? (health.HealthWord == "healthy" && health.HealthHasIssues ? TabbyApi : null);

    /// <summary>True for servers that list what they could load, not what is loaded.</summary>
    public static bool ListsWhatCouldBeLoaded(string? kind) => kind is Ollama or LmStudio or LlamaSwap;

    private static string? ByHeader(string? header) => header switch
    {
        null => null,
        _ when header.StartsWith("llama.cpp", StringComparison.OrdinalIgnoreCase) => LlamaCpp,
        _ when header.StartsWith("ConcedoLlama", StringComparison.OrdinalIgnoreCase) => KoboldCpp,
        _ => null,
    };
}
