namespace IdleHands.Setup;

/// <summary>A directory that models are usually kept in.</summary>
/// <param name="Name">Whose it is: <c>LM Studio</c>.</param>
/// <param name="Path">The directory.</param>
/// <param name="IsOllama">True for a store of Ollama, which keeps models by tag and not as named files.</param>
internal sealed record ModelPlace(string Name, string Path, bool IsOllama = false)
{
    /// <summary>The usual directories of this machine, whether they are there or not.</summary>
    /// <param name="getEnvironmentVariable">Reads a variable: the tools' own say where their directory is.</param>
    /// <param name="home">The home directory.</param>
    /// <param name="platform"><c>linux</c>, <c>macos</c> or <c>windows</c>.</param>
    public static IReadOnlyList<ModelPlace> Usual(Func<string, string?> getEnvironmentVariable, string home, string platform)
    {
        string? Read(string name) => getEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        string Under(params string[] parts) => System.IO.Path.Combine([home, .. parts]);

        string cache = Read("XDG_CACHE_HOME") ?? Under(".cache");
        string huggingFace = Read("HF_HUB_CACHE") ?? System.IO.Path.Combine(Read("HF_HOME") ?? System.IO.Path.Combine(cache, "huggingface"), "hub");
        string llama = Read("LLAMA_CACHE") ?? platform switch
        {
            "macos" => Under("Library", "Caches", "llama.cpp"),
            "windows" => System.IO.Path.Combine(Read("LOCALAPPDATA") ?? Under("AppData", "Local"), "llama.cpp"),
            _ => System.IO.Path.Combine(cache, "llama.cpp"),
        };
        List<ModelPlace> places =
        [
            new("~/models", Under("models")),
            new("LM Studio", Under(".lmstudio", "models")),
            new("LM Studio", Under(".cache", "lm-studio", "models")),
            new("Hugging Face cache", huggingFace),
            new("llama.cpp cache", llama),
            new("Ollama", Read("OLLAMA_MODELS") ?? Under(".ollama", "models"), IsOllama: true),
        ];
        if (platform == "linux")
        {
            // Where the service that its installer makes keeps them.
            places.Add(new ModelPlace("Ollama service", "/usr/share/ollama/.ollama/models", IsOllama: true));
        }

        return [.. places.DistinctBy(place => place.Path)];
    }
}
