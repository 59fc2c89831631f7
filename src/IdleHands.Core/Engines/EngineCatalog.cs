using System.Text.Json;

namespace IdleHands.Engines;

/// <summary>The engines that <c>Add-IHModel -Engine</c> knows, from <c>engines.json</c>. It is read when it is first needed.</summary>
internal static class EngineCatalog
{
    /// <summary>The engine of a GGUF file where none is named.</summary>
    public const string ForGguf = "llama-server";

    private const string Resource = "IdleHands.Engines.engines.json";

    private static readonly Lazy<IReadOnlyList<Engine>> Loaded = new(Load);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Engine> All => Loaded.Value;

    /// <summary>Their names.</summary>
    public static NameList Names => NameList.From(All.Select(engine => engine.Name));

    /// <summary>The engine of a name, which has to be one of <see cref="Names"/>.</summary>
    public static Engine Get(string name) => All.First(engine => engine.Name == name);

    private static Engine[] Load()
    {
        using Stream stream = typeof(EngineCatalog).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is not in the assembly.");
        return JsonSerializer.Deserialize(stream, EngineJson.Default.EngineFile)!.Engines;
    }
}
