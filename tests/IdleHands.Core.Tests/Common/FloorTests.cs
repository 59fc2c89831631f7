using System.Reflection;
using System.Text.RegularExpressions;

namespace IdleHands.Core.Tests.Common;

/// <summary>The house has floors: what stands on one knows those below and none above.</summary>
public sealed partial class FloorTests
{
    private static readonly string[] Floors =
        ["Common", "Templates", "Configuration", "Gguf", "Hosts", "Models", "Planning", "Engines", "Health", "Sessions", "Setup", "Execution", "Diagnostics"];

    public static TheoryData<string> All() => [.. Floors];

    [Theory]
    [MemberData(nameof(All))]
    public void No_arrow_points_upwards(string floor)
    {
        string[] above = Floors.SkipWhile(name => name != floor).Skip(1).ToArray();
        var arrows = Directory.EnumerateFiles(Path.Combine(Core(), floor), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Used().Matches(File.ReadAllText(file)).Select(match => (File: Path.GetFileName(file), Floor: match.Groups[1].Value)))
            .Where(arrow => above.Contains(arrow.Floor));

        Assert.Empty(arrows);
    }

    [Fact]
    public void Every_folder_has_its_floor() => Assert.Equal(
        Floors.Order(),
        Directory.EnumerateDirectories(Core()).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")).Order());

    [Fact]
    public void The_core_knows_neither_PowerShell_nor_YAML() => Assert.DoesNotContain(
        typeof(RuntimeHost).Assembly.GetReferencedAssemblies(),
        name => name.Name is "System.Management.Automation" or "YamlDotNet");

    private static string Core() => Path.GetFullPath(Path.Combine(
        typeof(FloorTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleServerDirectory").Value!,
        "../../../../../src/IdleHands.Core"));

    [GeneratedRegex(@"\bIdleHands\.(Common|Templates|Configuration|Gguf|Hosts|Models|Planning|Engines|Health|Sessions|Setup|Execution|Diagnostics)\b")]
    private static partial Regex Used();
}
