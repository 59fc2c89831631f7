using CsCheck;
using IdleHands.Configuration.Exchange;

namespace IdleHands.Core.Tests.Configuration.Exchange;

public sealed class ExchangePropertyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_exported_is_imported_without_loss(bool isYaml) => RandomConfiguration.Any.Sample(
        any =>
        {
            (RuntimeConfiguration configuration, _) = ConfigurationExport.WithoutPasswords(any);

            string text = ConfigurationExport.Write(configuration, isYaml);
            RuntimeConfiguration read = isYaml ? Yaml.Read(text) : Yaml.ReadJson(text);

            Assert.Equal(configuration.Hosts, read.Hosts);
            Assert.Equal(configuration.Backends, read.Backends);
            Assert.Equal(configuration.Models, read.Models);
            Assert.Equal(text, ConfigurationExport.Write(read, isYaml));
        },
        iter: 500,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Fact]
    public void Importing_an_export_changes_nothing() => RandomConfiguration.Any.Sample(
        configuration =>
        {
            string text = ConfigurationExport.Write(ConfigurationExport.WithoutPasswords(configuration).Configuration, isYaml: true);

            ImportPlan plan = Yaml.Import(configuration, isReplacing: false, text);

            Assert.False(plan.HasChanges, string.Join("; ", plan.Changes.Select(change => $"{change}: {change.Difference}")));
        },
        iter: 200,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Fact]
    public void Replacing_one_by_another_gives_the_other() => Gen.Select(RandomConfiguration.Any, RandomConfiguration.Any).Sample(
        (before, any) =>
        {
            (RuntimeConfiguration after, _) = ConfigurationExport.WithoutPasswords(any);

            ImportPlan plan = Yaml.Import(before, isReplacing: true, ConfigurationExport.Write(after, isYaml: true));

            Assert.False(plan.IsBroken);
            Assert.Equal(after.Hosts, plan.After.Hosts);
            Assert.Equal(after.Backends, plan.After.Backends);
            Assert.Equal(after.Models, plan.After.Models);
        },
        iter: 200,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Fact]
    public void Any_text_comes_back_from_YAML() => Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char["\n\t\r:#-'\"\\ |>&*!%@`{}[],?~.0123456789\u0085\u00a0\u2028\ufeffüβ界"]), 0, 30].Sample(
        text =>
        {
            RuntimeConfiguration configuration = RuntimeConfiguration.Empty with
            {
                Backends = [new RuntimeBackend { Id = "b", DisplayName = text, Type = "cpu", Argument = new NameList(text, "x"), Environment = new EnvironmentMap([new("A", "x" + text)]) }],
            };

            Assert.Equal(configuration.Backends, Yaml.Read(ConfigurationExport.Write(configuration, isYaml: true)).Backends);
        },
        iter: 20_000,
        seed: "0000KOIKe9x3",
        threads: 1);
}
