using System.Text.RegularExpressions;

namespace IdleHands.Gguf;

/// <summary>
/// Tells which sidecars of a directory go with which model: all of them where the directory holds one model, else those
/// of the same name, how either is quantized left aside.
/// </summary>
internal static partial class Sidecars
{
    /// <summary>The sidecars of one model.</summary>
    /// <param name="model">A file of the model.</param>
    /// <param name="files">The .gguf files of its directory.</param>
    public static NameList Of(string model, IReadOnlyCollection<string> files)
    {
        if (ShardSet.IsSidecar(model))
        {
            return NameList.Empty;
        }

        string[] sidecars = [.. files.Where(ShardSet.IsSidecar)];
        if (sidecars.Length == 0)
        {
            return NameList.Empty;
        }

        bool isAlone = files.Where(file => !ShardSet.IsSidecar(file)).Select(file => ShardSet.FirstOf(file)).Distinct().Take(2).Count() == 1;
        string name = Stem(ShardSet.BaseNameOf(model));
        return NameList.From(sidecars.Where(sidecar => isAlone || Stem(ShardSet.FileNameOf(sidecar)).Equals(name, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Stem(string fileName) => Quantized().Replace(Prefix().Replace(fileName, string.Empty), string.Empty);

    [GeneratedRegex(@"^(mmproj|mtp)-", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Prefix();

    // -Q4_K_M.gguf, .IQ2_XXS.gguf, -f16.gguf, -UD-Q4_K_XL.gguf, -MXFP4_MOE.gguf.
    [GeneratedRegex(@"([-_.](UD[-_])?((I|T)?Q[0-9][0-9A-Z_]*|B?F(16|32)|MXFP4[0-9A-Z_]*|NVFP4))?\.gguf\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Quantized();
}
