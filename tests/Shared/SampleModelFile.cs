namespace IdleHands.Testing;

/// <summary>A file that the sample server takes for a model, in a directory of its own; both go on dispose.</summary>
public sealed class SampleModelFile : IDisposable
{
    public SampleModelFile(string name = "tiny.gguf", string? content = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("idlehands-model-").FullName;
        FilePath = Path.Combine(Directory, name);
        if (content is not null)
        {
            File.WriteAllText(FilePath, content);
        }
        else
        {
            GgufFileWriter.Model().Save(FilePath);
        }
    }

    /// <summary>The directory, in which a test may put more.</summary>
    public string Directory { get; }

    public string FilePath { get; }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
