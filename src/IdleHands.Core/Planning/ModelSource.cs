using IdleHands.Gguf;

namespace IdleHands.Planning;

/// <summary>What a model's <c>source</c> says.</summary>
internal static class ModelSource
{
    private const int DriveLetterLength = 1;

    /// <summary>
    /// True for a path of the host's file system, false for an address (<c>https://…</c>, <c>hf:…</c>). One letter before
    /// a colon is a drive.
    /// </summary>
    public static bool IsPath(string source)
    {
        int colon = source.IndexOf(':', StringComparison.Ordinal);
        if (colon <= DriveLetterLength || !char.IsAsciiLetter(source[0]))
        {
            return true;
        }

        foreach (char character in source.AsSpan(0, colon))
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '-' or '.'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The ids by which a server may name this model: its id, its served name, its source and the file's name with and
    /// without extension and shard numbers.
    /// </summary>
    public static NameList ServedNames(RuntimeModel model)
    {
        string file = ShardSet.FileNameOf(model.Source);
        string whole = ShardSet.BaseNameOf(model.Source);
        string?[] names = [model.Id, model.ServedName, model.Source, file, WithoutExtension(file), whole, WithoutExtension(whole)];
        return NameList.From(names.Where(name => !string.IsNullOrEmpty(name)).Select(name => name!).Distinct(StringComparer.Ordinal));
    }

    private static string WithoutExtension(string file) =>
        file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? file[..^".gguf".Length] : file;
}
