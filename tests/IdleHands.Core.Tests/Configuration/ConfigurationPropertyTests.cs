using System.Text;
using CsCheck;
using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class ConfigurationPropertyTests
{
    private static readonly Gen<string> _text = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12],
        Gen.OneOf("with space", "it's", "\"q\"", "a\\b", "line\nbreak", "ünï", "😀", "<&>+", "\u0001", "{port}", "${x}", "{{.N}}"));

    private static readonly Gen<string?> _maybeText = Gen.OneOf(Gen.Const((string?)null), _text.Select(text => (string?)text));

    private static readonly Gen<int?> _maybeNumber = Gen.OneOf(Gen.Const((int?)null), Gen.Int[1, 65535].Select(number => (int?)number));

    private static readonly Gen<NameList?> _maybeNames = Gen.OneOf(Gen.Const((NameList?)null), _text.Array[0, 3].Select(names => (NameList?)NameList.From(names)));

    private static readonly Gen<RuntimeConfiguration> _configuration =
        from hosts in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNumber, _maybeNames, Gen.Double[0, 200]).Array[0, 4]
        from backends in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNames, Gen.Dictionary(Gen.OneOf("A", "B_1", "_c"), _text)[0, 3], Gen.Int[0, 9]).Array[0, 4]
        from models in Gen.Select(Gen.Bool, _text, _maybeText, _maybeNumber, _maybeNumber, Gen.Int[0, 99]).Array[0, 8]
        select new RuntimeConfiguration
        {
            Hosts = [.. hosts.Select((host, index) => NewHost(index, host))],
            Backends = [.. backends.Select((backend, index) => NewBackend(index, backend, hosts.Length))],
            Models = [.. models.Select((model, index) => NewModel(index, model, hosts.Length, backends.Length))],
        };

    [Fact]
    public void Any_valid_configuration_is_read_as_it_was_written() => _configuration.Sample(
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
    public void Any_change_of_a_file_is_read_as_it_was_meant() => Gen.Select(_configuration, _configuration, _configuration).Sample(
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

        Gen.Select(_configuration, Gen.Int[0, before.Models.Count - 1]).Sample(
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

    private static RuntimeHost NewHost(int index, (bool Flag, string Text, string? Maybe, int? Number, NameList? Names, double Fraction) seed) => new()
    {
        Id = $"h-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Transport = seed.Flag ? "ssh" : "local",
        Shell = seed.Maybe is null ? null : "bash",
        HostName = seed.Flag ? "h.example" : null,
        Port = seed.Number,
        Password = seed.Maybe is null ? null : new Secret(seed.Maybe),
        SshOption = seed.Names,
        ConnectionReferences = seed.Number > 30000 ? new EnvironmentMap([new("a_ref", seed.Text)]) : null,
        VramGB = seed.Number > 20000 ? seed.Fraction : null,
        CheckCommand = seed.Maybe?.Replace("{port}", "{host}", StringComparison.Ordinal),
        CheckTimeoutSec = seed.Number,
        CleanupCommand = seed.Flag ? seed.Text : null,
        DrainSec = seed.Flag ? seed.Number : 0,
        StopGraceSec = seed.Number,
    };

    private static RuntimeBackend NewBackend(int index, (bool Flag, string Text, string? Maybe, NameList? Names, Dictionary<string, string> Map, int Number) seed, int hosts) => new()
    {
        Id = $"b-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Type = BackendType.All[seed.Number % BackendType.All.Count],
        HostFilter = hosts > 0 && seed.Flag ? IdPolicy.Of([$"h-{seed.Number % hosts}"]) : IdPolicy.Any,
        VerifyAlways = seed.Number > 5 ? seed.Flag : null,
        ApplyCommand = seed.Maybe,
        Argument = seed.Names,
        Environment = seed.Number > 3 ? new EnvironmentMap(seed.Map) : null,
    };

    private static RuntimeModel NewModel(int index, (bool Flag, string Text, string? Maybe, int? Number, int? Other, int Pick) seed, int hosts, int backends) => new()
    {
        Id = $"m-{index}",
        DisplayName = seed.Text,
        Enabled = seed.Flag,
        Source = "x" + seed.Text,
        HostPolicy = hosts > 1 && seed.Flag ? IdPolicy.Of([$"h-{seed.Pick % hosts}", "h-0"]) : IdPolicy.Any,
        BackendPolicy = backends > 0 && !seed.Flag ? IdPolicy.Of([$"b-{seed.Pick % backends}"]) : IdPolicy.Any,
        StartCommand = "x " + seed.Text,
        ProbeCommand = seed.Maybe,
        ProbeTimeoutSec = seed.Number,
        Port = seed.Other,
        MaxTokens = seed.Number,
        ServedName = seed.Maybe,
        Fallback = index > 0 && seed.Flag ? $"m-{seed.Pick % index}" : null,
        ThinkingMode = seed.Pick > 50 ? "think" : null,
        SplitPolicy = seed.Pick > 80 ? new SplitPolicy("{\"hosts\": [], \"n\": [1, {\"x\": null}]}", NameList.Empty) : null,
    };

    private static RuntimeModel Unbound(RuntimeModel model) => model with { HostPolicy = IdPolicy.Any, BackendPolicy = IdPolicy.Any };
}
