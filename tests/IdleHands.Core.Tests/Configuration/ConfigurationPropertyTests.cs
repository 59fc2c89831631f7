using System.Text;
using CsCheck;
using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class ConfigurationPropertyTests
{
    [Fact]
    public void Any_valid_configuration_is_read_as_it_was_written() => RandomConfiguration.Any.Sample(
        configuration =>
        {
            Assert.Empty(ConfigurationValidator.Validate(configuration));

            byte[] text = ConfigurationWriter.WriteNew(configuration);

            AssertSame(configuration, ConfigurationReader.Inspect(text));
        },
        iter: 300,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Fact]
    public void Any_change_of_a_file_is_read_as_it_was_meant() => Gen.Select(RandomConfiguration.Any, RandomConfiguration.Any, RandomConfiguration.Any).Sample(
        (first, second, third) =>
        {
            byte[] text = ConfigurationWriter.WriteNew(first);
            text = ConfigurationWriter.Write(text, first, second);
            text = ConfigurationWriter.Write(text, second, third);

            AssertSame(third, ConfigurationReader.Inspect(text));
        },
        iter: 300,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Theory]
    [InlineData("workstation.json")]
    [InlineData("lab.json")]
    public void Any_change_of_a_real_file_keeps_what_it_does_not_change(string name)
    {
        byte[] original = Encoding.UTF8.GetBytes(ConfigurationFolder.ReadData(name));
        RuntimeConfiguration before = ConfigurationReader.Inspect(original).Configuration!;

        Gen.Select(RandomConfiguration.Any, Gen.Int[0, before.Models.Count - 1]).Sample(
            (other, kept) =>
            {
                RuntimeConfiguration after = before with { Models = [.. other.Models.Select(Unbound), before.Models[kept]], };

                byte[] text = ConfigurationWriter.Write(original, before, after);

                AssertSame(after, ConfigurationReader.Inspect(text));
                string hosts = Encoding.UTF8.GetString(original)[..ConfigurationFolder.ReadData(name).IndexOf("\"models\"", StringComparison.Ordinal)];
                Assert.StartsWith(hosts, Encoding.UTF8.GetString(text), StringComparison.Ordinal);
            },
            iter: 100,
            seed: "0000KOIKe9x3",
            threads: 1);
    }

    [Theory]
    [InlineData("workstation.json")]
    [InlineData("lab.json")]
    public void Any_damage_gives_findings_and_never_another_exception(string name)
    {
        byte[] original = Encoding.UTF8.GetBytes(ConfigurationFolder.ReadData(name));
        using var folder = new ConfigurationFolder();
        Gen<(int At, byte Value, int Kind)> damage = Gen.Select(Gen.Int[0, original.Length - 1], Gen.Byte, Gen.Int[0, 3]);

        damage.Array[1, 4].Sample(
            hits =>
            {
                File.WriteAllBytes(folder.File, hits.Aggregate(original, Damage));

                ConfigurationInspection inspection = folder.Store.Inspect();

                if (inspection.Configuration is null)
                {
                    Assert.Contains(inspection.Findings, finding => finding.Severity == ConfigurationFinding.Error);
                    Assert.Throws<ConfigurationException>(folder.Store.Load);
                }
                else
                {
                    Assert.All(inspection.Findings, finding => Assert.Equal(ConfigurationFinding.Warning, finding.Severity));
                }
            },
            iter: 1000,
            seed: "0000KOIKe9x3",
            threads: 1);
    }

    private static byte[] Damage(byte[] text, (int At, byte Value, int Kind) hit)
    {
        int at = Math.Min(hit.At, text.Length);
        int next = Math.Min(at + 1, text.Length);
        return hit.Kind switch
        {
            0 => [.. text[..at], hit.Value, .. text[next..]],
            1 => [.. text[..at], .. text[next..]],
            2 => [.. text[..at], .. "{}[],:\"0\\"u8.ToArray().AsSpan(hit.Value % 9, 1), .. text[at..]],
            _ => text[..at],
        };
    }

    private static void AssertSame(RuntimeConfiguration expected, ConfigurationInspection actual)
    {
        Assert.True(actual.Configuration is not null, string.Join("\n", actual.Findings));
        Assert.Equal(expected.Hosts, actual.Configuration.Hosts);
        Assert.Equal(expected.Backends, actual.Configuration.Backends);
        Assert.Equal(expected.Models, actual.Configuration.Models);
    }

    private static RuntimeModel Unbound(RuntimeModel model) => model with { HostPolicy = IdPolicy.Any, BackendPolicy = IdPolicy.Any };
}
