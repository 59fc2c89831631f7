using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IdleHands.Templates;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Help;

/// <summary>The staged help against the cmdlets as PowerShell sees them.</summary>
public sealed partial class HelpTests : IDisposable
{
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private readonly ModuleSession _session = new();
    private readonly XDocument _help = XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "en-US", "IdleHands.PowerShell.dll-Help.xml"));

    [Fact]
    public void Has_an_entry_for_each_cmdlet_and_no_other() => Assert.Equal(
        Cmdlets().Select(cmdlet => cmdlet.Name).Order(StringComparer.Ordinal),
        _help.Descendants(s_command + "details").Select(details => details.Element(s_command + "name")!.Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Describes_each_parameter_of_each_cmdlet()
    {
        foreach (CmdletInfo cmdlet in Cmdlets())
        {
            IEnumerable<string> described = EntryOf(cmdlet).Element(s_command + "parameters")!.Elements()
                .Where(parameter => parameter.Element(s_maml + "description")!.Value.Length > 0)
                .Select(parameter => parameter.Element(s_maml + "name")!.Value);

            Assert.Equal(OwnParameters(cmdlet.Parameters.Keys), described.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Has_each_parameter_set_with_its_parameters()
    {
        foreach (CmdletInfo cmdlet in Cmdlets())
        {
            IEnumerable<string> expected = cmdlet.ParameterSets
                .Select(set => string.Join(' ', OwnParameters(set.Parameters.Select(parameter => parameter.Name))));
            IEnumerable<string> written = EntryOf(cmdlet).Element(s_command + "syntax")!.Elements()
                .Select(item => string.Join(' ', item.Elements(s_command + "parameter").Select(parameter => parameter.Element(s_maml + "name")!.Value).Order(StringComparer.Ordinal)));

            Assert.Equal(expected.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Says_what_PowerShell_binds_from_the_pipeline_and_what_must_be_given()
    {
        foreach (CmdletInfo cmdlet in Cmdlets())
        {
            foreach (XElement item in EntryOf(cmdlet).Element(s_command + "parameters")!.Elements())
            {
                ParameterMetadata parameter = cmdlet.Parameters[item.Element(s_maml + "name")!.Value];
                string pipeline = item.Attribute("pipelineInput")!.Value;
                ICollection<ParameterSetMetadata> sets = parameter.ParameterSets.Values;

                Assert.Equal(sets.Any(set => set.ValueFromPipeline), pipeline.Contains("ByValue", StringComparison.Ordinal));
                Assert.Equal(sets.Any(set => set.ValueFromPipelineByPropertyName), pipeline.Contains("ByPropertyName", StringComparison.Ordinal));
                Assert.Equal(sets.All(set => set.IsMandatory) ? "true" : "false", item.Attribute("required")!.Value);
            }
        }
    }

    [Fact]
    public void Has_examples_that_PowerShell_can_parse()
    {
        foreach (CmdletInfo cmdlet in Cmdlets())
        {
            List<XElement> examples = EntryOf(cmdlet).Descendants(s_dev + "code").ToList();
            Assert.NotEmpty(examples);
            foreach (string code in examples.Select(example => example.Value))
            {
                System.Management.Automation.Language.Parser.ParseInput(code, out _, out var errors);
                Assert.True(errors.Length == 0, $"{code}: {string.Join("; ", errors.Select(error => error.Message))}");
            }
        }
    }

    [Fact]
    public void Is_what_Get_Help_reads()
    {
        Assert.Equal(
            EntryOf(Cmdlets().Single(cmdlet => cmdlet.Name == "Get-IHModel")).Element(s_command + "details")!.Element(s_maml + "description")!.Value,
            _session.Get("(Get-Help Get-IHModel).Synopsis").Single().ToString());
    }

    [Theory]
    [MemberData(nameof(Topics))]
    public void A_topic_is_found_and_names_only_what_there_is(string topic)
    {
        string text = _session.Get($"Get-Help {topic}").Single().ToString()!;
        Assert.Equal(File.ReadAllText(Path.Combine(ModuleSession.ModuleDirectory, "en-US", topic + ".help.txt")).ReplaceLineEndings("\n").Trim(), text.ReplaceLineEndings("\n").Trim());

        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(["TOPIC", "    " + topic], lines[..2]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.Empty(CmdletName().Matches(text).Select(match => match.Value).Except(Cmdlets().Select(cmdlet => cmdlet.Name)));
        Assert.Empty(TopicName().Matches(text).Select(match => match.Value).Except(Topics().Select(row => row.Data)));
    }

    [Fact]
    public void The_topics_show_the_variables_in_the_words_of_the_completer()
    {
        string text = File.ReadAllText(Path.Combine(ModuleSession.ModuleDirectory, "en-US", "about_IdleHands_Templates.help.txt"));

        Assert.All(TemplateVariables.All, name => Assert.Contains($"\n    {("{" + name + "}").PadRight(22)}{TemplateVariables.Describe(name)}\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal));
    }

    public static TheoryData<string> Topics() =>
        [.. Directory.EnumerateFiles(Path.Combine(ModuleSession.ModuleDirectory, "en-US"), "about_*.help.txt").Select(path => Path.GetFileName(path)[..^".help.txt".Length]).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\b[A-Z][a-z]+-IH[A-Za-z]+")]
    private static partial Regex CmdletName();

    [GeneratedRegex(@"\babout_IdleHands\w*")]
    private static partial Regex TopicName();

    public void Dispose() => _session.Dispose();

    private List<CmdletInfo> Cmdlets() =>
        _session.Get("Get-Command -Module IdleHands").Select(command => (CmdletInfo)command.BaseObject).ToList();

    private XElement EntryOf(CmdletInfo cmdlet) =>
        _help.Descendants(s_command + "command").Single(entry => entry.Element(s_command + "details")!.Element(s_command + "name")!.Value == cmdlet.Name);

    private static IEnumerable<string> OwnParameters(IEnumerable<string> names) =>
        names.Except(Cmdlet.CommonParameters).Order(StringComparer.Ordinal);
}
