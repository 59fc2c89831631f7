using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>A directory of its own for one test, with a configuration file in it.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    /// <summary>A file in which everything that is required is there.</summary>
    public const string Small = """
        {
          "schema_version": 1,
          "hosts": [
            {"id": "here", "display_name": "Here", "enabled": true}
          ],
          "backends": [
            {"id": "cpu", "display_name": "CPU", "enabled": true, "type": "cpu"}
          ],
          "models": [
            {"id": "a", "display_name": "A", "enabled": true, "source": "a.gguf", "launch": {"start_cmd": "run {source}"}},
            {"id": "b", "display_name": "B", "enabled": true, "source": "b.gguf", "launch": {"start_cmd": "run {source}"}}
          ]
        }

        """;

    public ConfigurationFolder(string? content = null)
    {
        File = Path.Combine(Root, "runtimes.json");
        if (content is not null)
        {
            System.IO.File.WriteAllText(File, content);
        }
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("idlehands-").FullName;

    public string File { get; }

    public ConfigurationStore Store => new(File);

    public string Text => System.IO.File.ReadAllText(File);

    public static string ReadData(string name) =>
        System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Configuration", "Data", name));

    public static RuntimeModel NewModel(string id) => new()
    {
        Id = id,
        DisplayName = id,
        Source = $"/models/{id}.gguf",
        StartCommand = "llama-server -m {source} --port {port}",
    };

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
