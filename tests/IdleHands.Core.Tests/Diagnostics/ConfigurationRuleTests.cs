using IdleHands.Diagnostics;
using static IdleHands.Core.Tests.Diagnostics.Examination;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Rules that look at the configuration alone.</summary>
public sealed class ConfigurationRuleTests
{
    private static readonly RuntimeHost Box1 = Host("box1");
    private static readonly RuntimeHost Box2 = Host("box2");

    [Fact]
    public void NothingConfigured_fires_without_entries()
    {
        Assert.Equal(["The configuration has no host.", "The configuration has no model."], Check(DiagnosticRule.NothingConfigured, RuntimeConfiguration.Empty).Select(finding => finding.Message));
        Assert.Equal(
            ["Enable-IHHost box1", "Enable-IHModel a"],
            Check(DiagnosticRule.NothingConfigured, With(Box1 with { Enabled = false }, Model("a") with { Enabled = false })).Select(finding => finding.Recommendation));
    }

    [Fact]
    public void NothingConfigured_is_silent_with_a_host_and_a_model() =>
        Assert.Empty(Check(DiagnosticRule.NothingConfigured, With(Box1, Model("a"))));

    [Fact]
    public void ModelUnservable_fires_with_the_words_of_the_planner()
    {
        RuntimeConfiguration configuration = new()
        {
            Hosts = [Box1, Box2 with { Enabled = false }],
            Backends = [Backend("cuda") with { HostFilter = IdPolicy.Of(["box2"]) }],
            Models =
            [
                Model("nowhere") with { HostPolicy = IdPolicy.Of(["box2"]) },
                Model("filtered") with { BackendPolicy = IdPolicy.Of(["cuda"]) },
                Model("off") with { HostPolicy = IdPolicy.Of(["box2"]), Enabled = false },
            ],
        };

        IReadOnlyList<DiagnosticFinding> findings = Check(DiagnosticRule.ModelUnservable, configuration);

        Assert.Equal(["Error Model nowhere@", "Error Model filtered@"], findings.Select(Brief));
        Assert.Contains("host box2 passed over: disabled", findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("Set-IHModel -Id nowhere -HostPolicy", findings[0].Recommendation, StringComparison.Ordinal);
        Assert.Contains("backend cuda may run only on box2", findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelUnservable_is_silent_where_one_host_will_do() => Assert.Empty(Check(
        DiagnosticRule.ModelUnservable,
        new RuntimeConfiguration { Hosts = [Box1, Box2 with { Enabled = false }], Models = [Model("a"), Model("b") with { HostPolicy = IdPolicy.Of(["box2", "box1"]) }] }));

    [Fact]
    public void BackendUndeclared_fires_where_the_host_declares_others()
    {
        RuntimeConfiguration configuration = With(Box1 with { Backend = new NameList("vulkan") }, Model("a") with { BackendPolicy = IdPolicy.Of(["b"]) }) with { Backends = [Backend()] };

        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.BackendUndeclared, configuration));

        Assert.Equal("Warning Backend b@box1", Brief(finding));
        Assert.Contains("declares the backends vulkan", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BackendUndeclared_is_silent_where_its_type_is_declared() => Assert.Empty(Check(
        DiagnosticRule.BackendUndeclared,
        With(Box1 with { Backend = new NameList("vulkan", "cpu") }, Model("a") with { BackendPolicy = IdPolicy.Of(["b"]) }) with { Backends = [Backend()] }));

    [Fact]
    public void SharedPort_fires_for_two_models_of_a_host()
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.SharedPort, With(Box1, Model("a"), Model("b") with { Port = 8080 }, Model("c") with { Port = 8081 })));

        Assert.Equal("Information Host box1@box1", Brief(finding));
        Assert.Contains("'a' and 'b' use the same port 8080", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("Set-IHModel b -Port 8082", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void SharedPort_is_silent_on_different_hosts_and_for_disabled_models() => Assert.Empty(Check(
        DiagnosticRule.SharedPort,
        new RuntimeConfiguration
        {
            Hosts = [Box1, Box2],
            Models = [Model("a") with { HostPolicy = IdPolicy.Of(["box1"]) }, Model("b") with { HostPolicy = IdPolicy.Of(["box2"]) }, Model("c") with { Enabled = false }],
        }));

    [Fact]
    public void NoFallback_fires_where_none_of_several_models_has_one()
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.NoFallback, With(Box1, Model("a"), Model("b"))));

        Assert.Equal("Information Machine @", Brief(finding));
        Assert.EndsWith("Set-IHModel a -Fallback b", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void NoFallback_is_silent_where_one_has_and_for_a_single_model()
    {
        Assert.Empty(Check(DiagnosticRule.NoFallback, With(Box1, Model("a"), Model("b") with { Fallback = "a" })));
        Assert.Empty(Check(DiagnosticRule.NoFallback, With(Box1, Model("a"), Model("b") with { Enabled = false })));
    }

    [Fact]
    public void FallbackDisabled_fires_where_the_chain_ends_early()
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.FallbackDisabled, With(Box1, Model("a") with { Fallback = "b" }, Model("b") with { Enabled = false })));

        Assert.Equal("Warning Model a@", Brief(finding));
        Assert.StartsWith("Enable-IHModel b", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void FallbackDisabled_is_silent_where_both_or_neither_are_enabled()
    {
        Assert.Empty(Check(DiagnosticRule.FallbackDisabled, With(Box1, Model("a") with { Fallback = "b" }, Model("b"))));
        Assert.Empty(Check(DiagnosticRule.FallbackDisabled, With(Box1, Model("a") with { Fallback = "b", Enabled = false }, Model("b") with { Enabled = false })));
    }

    [Fact]
    public void PasswordInClear_fires_and_does_not_show_it()
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.PasswordInClear, With(Box1 with { Password = new Secret("hunter2") })));

        Assert.Equal("Warning Host box1@box1", Brief(finding));
        Assert.DoesNotContain("hunter2", finding.ToString(), StringComparison.Ordinal);
        Assert.Contains("Set-IHHost box1 -Password", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void PasswordInClear_is_silent_for_references()
    {
        Assert.Empty(Check(DiagnosticRule.PasswordInClear, With(Box1 with { Password = new Secret("env:NAME") })));
        Assert.Empty(Check(DiagnosticRule.PasswordInClear, With(Box1)));
    }

    [Fact]
    public void Two_thousand_models_on_ten_hosts_are_checked_in_seconds()
    {
        RuntimeConfiguration configuration = new()
        {
            Hosts = [.. Enumerable.Range(0, 10).Select(index => Host($"h{index}"))],
            Models = [.. Enumerable.Range(0, 2000).Select(index => Model($"m{index}") with { Port = 9000 + index, StartCommand = "llama-server -m {source} --port {port}" })],
        };
        long start = System.Diagnostics.Stopwatch.GetTimestamp();

        var places = new ModelPlaces(configuration);
        Assert.Single(ConfigurationRules.Check(configuration, places));
        Assert.Empty(CommandRules.Check(configuration, places));

        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static IReadOnlyList<DiagnosticFinding> Check(DiagnosticRule rule, RuntimeConfiguration configuration) =>
        [.. ConfigurationRules.Check(configuration, new ModelPlaces(configuration)).Where(finding => finding.RuleId == rule.Id)];

    private static RuntimeHost Host(string id) => new() { Id = id, DisplayName = id };

    private static RuntimeModel Model(string id) => new() { Id = id, DisplayName = id, Source = $"/m/{id}.gguf", StartCommand = "srv" };
}
