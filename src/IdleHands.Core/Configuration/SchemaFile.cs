using System.Text;

namespace IdleHands.Configuration;

/// <summary>The JSON Schema beside a configuration, which its <c>$schema</c> names.</summary>
internal static class SchemaFile
{
    private static readonly Lazy<byte[]> Wanted = new(() => Encoding.UTF8.GetBytes(ConfigurationSchema.Write()));

    /// <summary>
    /// Puts it beside a new configuration, and makes one good that an older version left. Where it was removed it stays
    /// so; and that it can't be written keeps no configuration from being written: it helps editors, and nobody else.
    /// </summary>
    public static void Provide(string configuration, bool isNew)
    {
        string path = Path.Combine(Path.GetDirectoryName(configuration)!, ConfigurationSchema.FileName);
        try
        {
            if (!isNew && !File.Exists(path))
            {
                return;
            }

            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(Wanted.Value))
            {
                PrivateFiles.Replace(path, Wanted.Value);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whether the directory can be written to at all, the write of the configuration itself tells.
        }
    }
}
