using System.Reflection;
using System.Text.RegularExpressions;

namespace IdleHands.Core.Tests.Common;

public sealed partial class ErrorIdTests
{
    [Fact]
    public void Each_error_id_is_explained_in_the_topic_on_troubleshooting()
    {
        string root = Root();
        HashSet<string> explained = [.. Explained().Matches(File.ReadAllText(Path.Combine(root, "docs/about/about_IdleHands_Troubleshooting.help.txt"))).Select(match => match.Groups[1].Value)];
        string[] used = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split('/', '\\').Contains("obj"))
            .SelectMany(file => Ids(File.ReadAllText(file)))
            .ToArray();

        Assert.Contains("PortInUse", used);
        Assert.Contains("ModelNotFound", used);
        Assert.Contains("ApplyFailed", used);
        Assert.Empty(used.Except(explained));
    }

    private static IEnumerable<string> Ids(string source) =>
        Literal().Matches(source).Concat(Catalogue().IsMatch(source) ? Constant().Matches(source) : []).Concat(Passed().Matches(source)).Select(match => match.Groups[1].Value)
            .Concat(OfEntry().Matches(source).Select(match => "Host" + match.Groups[1].Value));

    private static string Root() => Path.GetFullPath(Path.Combine(
        typeof(ErrorIdTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleServerDirectory").Value!,
        "../../../../.."));

    [GeneratedRegex(@"^    ([A-Z]\w+)  ", RegexOptions.Multiline)]
    private static partial Regex Explained();

    [GeneratedRegex(@"""([A-Z]\w+)"",\s*FailureKind\.")]
    private static partial Regex Literal();

    [GeneratedRegex(@"static class \w+ErrorId\b")]
    private static partial Regex Catalogue();

    [GeneratedRegex(@"const string ([A-Z]\w+) = nameof\(\1\);")]
    private static partial Regex Constant();

    [GeneratedRegex(@"""([A-Z]\w+Failed)""")]
    private static partial Regex Passed();

    [GeneratedRegex(@"\$""\{section\.Noun\}(\w+)""")]
    private static partial Regex OfEntry();
}
