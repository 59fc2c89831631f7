using IdleHands.Engines;
using IdleHands.Planning;

namespace IdleHands.Setup;

/// <summary>Chooses the engine for a source among those that a host has. Functions of their arguments.</summary>
internal static class EngineChoice
{
    /// <summary>The engine to serve a source with.</summary>
    /// <param name="source">The source.</param>
    /// <param name="isDirectory">True where it is a directory of the host.</param>
    /// <param name="survey">What the host has.</param>
    /// <param name="hostId">The host, for messages.</param>
    /// <exception cref="IdleHandsException"><c>EngineNotFound</c>.</exception>
    public static Engine For(string source, bool isDirectory, HostSurvey survey, string hostId)
    {
        Engine[] able = [.. Able(source, isDirectory, survey.Platform).Select(EngineCatalog.Get)];
        return able.FirstOrDefault(engine => survey.Programs.Contains(engine.Program!)) ?? throw NotFound(source, able, survey.Platform, hostId, isDirectory);
    }

    /// <summary>The engine for GGUF files; null where the host has none.</summary>
    public static Engine? ForFiles(HostSurvey survey) =>
        Able("x.gguf", isDirectory: false, survey.Platform).Select(EngineCatalog.Get).FirstOrDefault(engine => survey.Programs.Contains(engine.Program!));

    /// <summary>How to get engines for GGUF files.</summary>
    public static string HowToGet(string platform) => HowToGet(Able("x.gguf", isDirectory: false, platform).Select(EngineCatalog.Get), platform);

    /// <summary>Names of the engines that can serve a source, best first.</summary>
    private static string[] Able(string source, bool isDirectory, string platform)
    {
        bool isRepository = source.StartsWith("hf:", StringComparison.OrdinalIgnoreCase);
        string[] whole = platform == "macos" ? ["mlx-lm", "vllm"] : ["vllm", "mlx-lm"];
        return source switch
        {
            _ when source.StartsWith("ollama:", StringComparison.OrdinalIgnoreCase) => ["ollama"],
            _ when isRepository => source.Contains("gguf", StringComparison.OrdinalIgnoreCase) ? [EngineCatalog.ForGguf] : [.. whole, EngineCatalog.ForGguf],
            _ when isDirectory => whole,
            _ when !ModelSource.IsPath(source) => [EngineCatalog.ForGguf],
            _ => [EngineCatalog.ForGguf, "koboldcpp"],
        };
    }

    private static IdleHandsException NotFound(string source, Engine[] able, string platform, string hostId, bool isDirectory) => new(
        "EngineNotFound",
        FailureKind.NotFound,
        $"No engine that could serve '{source}' is on PATH of host '{hostId}': {string.Join(" and ", able.Select(engine => engine.Program))} {(able.Length == 1 ? "was" : "were")} looked for.",
        isDirectory ? $"Get-IHModelFile '{source}' lists the GGUF files in it: name one. For the directory as a whole: {HowToGet(able, platform)}" : $"{HowToGet(able, platform)} Or name a command of your own: Add-IHModel -Source … -StartCommand …",
        source);

    private static string HowToGet(IEnumerable<Engine> engines, string platform) => string.Join(" ", engines
        .Select(engine => (engine.Title, How: engine.Install?.GetValueOrDefault(platform) ?? engine.Install?.GetValueOrDefault("default")))
        .Where(one => one.How is not null)
        .Take(1)
        .Select(one => $"Get {one.Title}: {one.How}."));
}
