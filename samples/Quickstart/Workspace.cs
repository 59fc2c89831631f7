using System.Buffers.Binary;
using System.Reflection;
using System.Text;

namespace IdleHands.Samples.Quickstart;

/// <summary>
/// Where the module keeps its configuration and state while the quickstart runs: a temporary directory that goes at
/// the end, or what the caller's environment names. The user's own is never used by default.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private const string ConfigurationVariable = "IDLEHANDS_CONFIG_DIR";
    private const string StateVariable = "IDLEHANDS_STATE_DIR";
    private readonly string _directory = Directory.CreateTempSubdirectory("idlehands-quickstart-").FullName;

    /// <param name="ownDirectories">True: temporary directories, whatever the environment says.</param>
    public Workspace(bool ownDirectories)
    {
        string? configuration = ownDirectories ? null : Variable(ConfigurationVariable);
        string? state = ownDirectories ? null : Variable(StateVariable);
        OwnsState = state is null && configuration is null;

        // State that belongs to a caller's configuration stays with it.
        state ??= configuration is null ? Path.Combine(_directory, "state") : Path.Combine(configuration, "state");
        configuration ??= Path.Combine(_directory, "config");
        ConfigurationDirectory = configuration;
        StateDirectory = state;
        Environment.SetEnvironmentVariable(ConfigurationVariable, configuration);
        Environment.SetEnvironmentVariable(StateVariable, state);

        // The engine writes what it learns about modules to the user's cache otherwise.
        Environment.SetEnvironmentVariable("PSModuleAnalysisCachePath", Path.Combine(_directory, "module-cache"));
        AddToPath(Metadata("SampleServerDirectory"));
    }

    /// <summary>The manifest of the module, where the build stages it.</summary>
    public static string ModulePath => Metadata("ModulePath");

    public string ConfigurationDirectory { get; }

    public string StateDirectory { get; }

    /// <summary>True where the state directory is temporary, so that what runs under it has to end with the program.</summary>
    public bool OwnsState { get; }

    /// <summary>Lets start commands name a program of this directory without its path.</summary>
    public static void AddToPath(string directory) =>
        Environment.SetEnvironmentVariable("PATH", directory.TrimEnd('/', '\\') + Path.PathSeparator + Variable("PATH"));

    /// <summary>Writes a model without weights: a whole GGUF header that says it has no tensors.</summary>
    public string CreateModelFile()
    {
        string path = Path.Combine(_directory, "tiny.gguf");
        using FileStream file = File.Create(path);
        file.Write("GGUF"u8);
        WriteNumber(file, 3, sizeof(uint));
        WriteNumber(file, 0, sizeof(ulong));
        WriteNumber(file, 7, sizeof(ulong));
        WritePair(file, "general.architecture", "llama");
        WritePair(file, "general.name", "tiny");
        WritePair(file, "llama.context_length", 4096);
        WritePair(file, "llama.block_count", 24);
        WritePair(file, "llama.embedding_length", 896);
        WritePair(file, "llama.attention.head_count", 14);
        WritePair(file, "llama.attention.head_count_kv", 2);
        return path;
    }

    public void Dispose()
    {
        // A process that was just ended may hold a file for another moment (on Windows).
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(_directory, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (Exception exception) when (attempt < 20 && exception is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Metadata(string key) =>
        typeof(Workspace).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private static void WritePair(Stream file, string key, string value)
    {
        const int StringType = 8;
        WriteText(file, key);
        WriteNumber(file, StringType, sizeof(uint));
        WriteText(file, value);
    }

    private static void WritePair(Stream file, string key, uint value)
    {
        const int NumberType = 4;
        WriteText(file, key);
        WriteNumber(file, NumberType, sizeof(uint));
        WriteNumber(file, value, sizeof(uint));
    }

    private static void WriteText(Stream file, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(file, (ulong)bytes.Length, sizeof(ulong));
        file.Write(bytes);
    }

    private static void WriteNumber(Stream file, ulong number, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        file.Write(bytes[..size]);
    }
}
