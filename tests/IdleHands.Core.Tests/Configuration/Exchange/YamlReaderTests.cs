using System.Text;
using IdleHands.Yaml;

namespace IdleHands.Core.Tests.Configuration.Exchange;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("no")]
    [InlineData("on")]
    [InlineData("Yes")]
    [InlineData("true")]
    [InlineData("1_000")]
    [InlineData("012")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("12:30:45")]
    [InlineData("2026-01-01")]
    [InlineData(".inf")]
    [InlineData("=")]
    public void A_bare_word_is_a_text_where_a_text_belongs(string word) =>
        Assert.Equal(word, Yaml.Read(Yaml.Model($"served_name: {word}")).Models[0].ServedName);

    [Theory]
    [InlineData("yes")]
    [InlineData("on")]
    [InlineData("True")]
    [InlineData("\"true\"")]
    [InlineData("1")]
    public void Only_true_and_false_are_truth_values(string word)
    {
        ConfigurationFinding finding = Yaml.Finding($"schema_version: 1\nbackends:\n  - id: b\n    display_name: B\n    enabled: {word}\n    type: cpu\n");

        Assert.Equal(("backends[0].enabled", 5L, 14L), (finding.Path, finding.Line!.Value, finding.Column!.Value));
        Assert.Contains("is not true or false", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1_000")]
    [InlineData("012")]
    [InlineData("0x1f90")]
    [InlineData("1e3")]
    [InlineData("8080.0")]
    [InlineData("+8080")]
    [InlineData("\"8080\"")]
    [InlineData("8_0")]
    public void Only_plain_decimals_are_numbers(string word)
    {
        ConfigurationFinding finding = Yaml.Finding(Yaml.Model("runtime_defaults:", $"  port: {word}"));

        Assert.Equal(("models[0].runtime_defaults.port", 10L, 13L), (finding.Path, finding.Line!.Value, finding.Column!.Value));
        Assert.Contains("is not a whole number", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24", 24)]
    [InlineData("23.5", 23.5)]
    public void An_amount_may_have_a_fraction(string word, double amount) => Assert.Equal(
        amount,
        Yaml.Read($"schema_version: 1\nhosts:\n  - {{id: h, display_name: H, enabled: true, capabilities: {{vram_gb: {word}}}}}\n").Hosts[0].VramGB);

    [Theory]
    [InlineData("served_name:")]
    [InlineData("served_name: ~")]
    [InlineData("served_name: null")]
    public void Nothing_is_no_value(string line) => Assert.Null(Yaml.Read(Yaml.Model(line)).Models[0].ServedName);

    [Fact]
    public void A_quoted_null_is_a_text() => Assert.Equal("null", Yaml.Read(Yaml.Model("served_name: \"null\"")).Models[0].ServedName);

    [Fact]
    public void Comments_blocks_and_line_ends_of_Windows_are_read_and_a_byte_order_mark_is_no_part_of_it()
    {
        const string Text = "\uFEFF# the fleet\r\nschema_version: 1\r\nmodels:\r\n- id: m # one\r\n  display_name: M\r\n  enabled: true\r\n  source: /m.gguf\r\n  launch:\r\n    start_cmd: |\r\n      one \\\r\n        two\r\n    probe_cmd: >-\r\n      a\r\n      b\r\n";

        RuntimeModel model = Yaml.Read(Text.TrimStart('\uFEFF')).Models[0];

        Assert.Equal("one \\\n  two\n", model.StartCommand);
        Assert.Equal("a b", model.ProbeCommand);
    }

    [Theory]
    [InlineData("schema_version: 1\nmodels: !!python/object:os.system [x]\n", 2, 9, "tag")]
    [InlineData("schema_version: !!int \"1\"\n", 1, 17, "tag")]
    [InlineData("%TAG !e! tag:example.com,2026:\n---\nschema_version: 1\n", 1, 1, "TAG")]
    [InlineData("schema_version: 1\n---\nschema_version: 1\n", 2, 1, "second document")]
    [InlineData("schema_version: 1\nbackends: []\nbackends: []\n", 3, 1, "second time")]
    [InlineData("schema_version: 1\nx: &x {a: 1}\ny:\n  <<: *x\n", 4, 3, "merge key")]
    [InlineData("schema_version: 1\nx: *nowhere\n", 2, 4, "no anchor")]
    [InlineData("schema_version: 1\nx: &x [*x]\n", 2, 8, "stands in the value")]
    [InlineData("schema_version: 1\n[a, b]: c\n", 2, 1, "key must be a text")]
    [InlineData("schema_version: 1\nhosts:\n\t- id: h\n", 3, 1, "tab")]
    [InlineData("schema_version: 1\nhosts:\n  - id: h\n\tenabled: true\n", 4, 1, "tab")]
    [InlineData("schema_version: 1\r\nhosts:\r\n  - id: h\r\n  \tenabled: true\r\n", 4, 3, "tab")]
    [InlineData("schema_version: 1\nhosts: [\n", 3, 1, "")]
    [InlineData("schema_version: 1\nhosts: \"\n", 2, 8, "")]
    [InlineData("", 1, 1, "empty")]
    [InlineData("# nothing\n", 1, 1, "empty")]
    public void What_is_more_or_less_than_data_is_refused_at_its_place(string text, int line, int column, string reason)
    {
        ConfigurationFinding finding = Yaml.Finding(text);

        Assert.Equal((line, column), (finding.Line!.Value, finding.Column!.Value));
        Assert.Contains(reason, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alias_repeats_a_value()
    {
        RuntimeConfiguration configuration = Yaml.Read(
            "schema_version: 1\nx_args: &args [-ngl, '99']\nbackends:\n"
            + "  - {id: a, display_name: A, enabled: true, type: cpu, args: *args}\n"
            + "  - {id: b, display_name: B, enabled: true, type: cpu, args: *args}\n", allowWarnings: true);

        Assert.All(configuration.Backends, backend => Assert.Equal(new NameList("-ngl", "99"), backend.Argument));
    }

    [Fact]
    public void A_billion_laughs_are_refused_where_they_grow_and_cost_no_memory()
    {
        var text = new StringBuilder("schema_version: 1\na0: &a0 lol\n");
        for (int level = 1; level <= 20; level++)
        {
            text.Append(FormattableString.Invariant($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ConfigurationFinding finding = Yaml.Finding(text.ToString());
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Contains("aliases repeat more than", finding.Message, StringComparison.Ordinal);
        Assert.Equal(8, finding.Line);
        Assert.True(allocated < 4 * 1024 * 1024, $"{allocated:N0} bytes");
    }

    [Fact]
    public void A_long_text_that_is_repeated_is_refused_too()
    {
        string text = $"schema_version: 1\nx: &x {new string('a', 100_000)}\ny: [{string.Join(", ", Enumerable.Repeat("*x", 1000))}]\n";

        Assert.Contains("aliases repeat more than", Yaml.Finding(text).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Depth_is_bounded(char open, char close)
    {
        ConfigurationFinding finding = Yaml.Finding("schema_version: 1\nx: " + new string(open, 100_000).Replace("{", "{a: ", StringComparison.Ordinal) + new string(close, 100_000));

        Assert.Equal(2, finding.Line);
        Assert.Contains($"deeper than {YamlReader.DeepestLevel}", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_a_value_is_found_at_its_key()
    {
        ConfigurationFinding finding = Yaml.Finding(Yaml.Model("lunch: x"));

        Assert.Equal(("models[0].lunch", 9L, 5L), (finding.Path, finding.Line!.Value, finding.Column!.Value));
    }
}
