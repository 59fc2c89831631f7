using System.Reflection;

namespace IdleHands.Benchmarks;

/// <summary>Files that the build made for this program.</summary>
internal static class BuiltFiles
{
    /// <summary>Manifest of the staged module.</summary>
    public static string StagedModule { get; } = Metadata("StagedModule");

    /// <summary>Manifest of the module to compare an import with.</summary>
    public static string EmptyModule { get; } = Metadata("EmptyModule");

    /// <summary>Debug or Release.</summary>
    public static string BuildConfiguration { get; } = Metadata("BuildConfiguration");

    private static string Metadata(string key) =>
        typeof(BuiltFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
