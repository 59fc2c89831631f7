using System.Reflection;
using IdleHands.Diagnostics;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Every rule is shown to speak and to be silent, and is explained.</summary>
public sealed class RuleCoverageTests
{
    public static TheoryData<string> Rules() => [.. DiagnosticRule.All.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_test_makes_it_fire_and_one_keeps_it_silent(string rule)
    {
        string[] tests = [.. typeof(RuleCoverageTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(RuleCoverageTests).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .Select(method => method.Name)];

        Assert.Contains(tests, name => name.StartsWith($"{rule}_fires_", StringComparison.Ordinal));
        Assert.Contains(tests, name => name.StartsWith($"{rule}_is_silent_", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void It_is_explained_in_the_documentation(string rule) =>
        Assert.Contains($"\n### {rule}\n", File.ReadAllText(Path.Combine(Root(), "docs/diagnostics.md")), StringComparison.Ordinal);

    [Fact]
    public void The_list_has_each_rule_once() => Assert.Equal(
        typeof(DiagnosticRule).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(DiagnosticRule)).Select(field => field.Name).Order(StringComparer.Ordinal),
        DiagnosticRule.All.Select(rule => rule.Id).Order(StringComparer.Ordinal));

    private static string Root() => Path.GetFullPath(Path.Combine(
        typeof(RuleCoverageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleServerDirectory").Value!,
        "../../../../.."));
}
