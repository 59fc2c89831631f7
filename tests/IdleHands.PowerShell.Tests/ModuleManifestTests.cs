using System.Management.Automation;
using System.Management.Automation.Language;
using System.Xml.Linq;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests;

public sealed class ModuleManifestTests : ModuleTests
{
    [Fact]
    public void Has_the_version_of_the_build() =>
        Assert.Equal(ModuleSession.Metadata("ModuleVersion"), Session.Get("(Get-Module IdleHands).Version.ToString()").Single().BaseObject);

    [Fact]
    public void Lists_exactly_the_cmdlets_that_the_assembly_has()
    {
        IEnumerable<string> built = typeof(AsyncPSCmdlet).Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes(typeof(CmdletAttribute), inherit: false).Cast<CmdletAttribute>())
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");

        Assert.Equal(built.Order(StringComparer.Ordinal), Manifest("CmdletsToExport").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Exports_nothing_but_cmdlets() =>
        Assert.Empty(Session.Get("(Get-Module IdleHands).ExportedCommands.Values | Where-Object CommandType -ne Cmdlet"));

    [Fact]
    public void Loads_from_where_it_is_staged() =>
        Assert.Equal(
            Path.TrimEndingDirectorySeparator(ModuleSession.ModuleDirectory),
            Session.Get("(Get-Module IdleHands).ModuleBase").Single().BaseObject);

    [Fact]
    public void Every_cmdlet_says_what_it_emits() =>
        Assert.Empty(Session.Get("Get-Command -Module IdleHands | Where-Object { -not $_.OutputType } | ForEach-Object Name"));

    [Fact]
    public void Every_type_that_is_emitted_has_a_table_of_at_most_six_columns_and_a_list()
    {
        ILookup<string, XElement> views = XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "IdleHands.Format.ps1xml"))
            .Descendants("View")
            .ToLookup(view => view.Descendants("TypeName").Single().Value);

        foreach (string type in EmittedTypes())
        {
            Assert.InRange(views[type].Descendants("TableColumnHeader").Count(), 2, 6);
            Assert.NotEmpty(views[type].Descendants("ListItem"));
        }
    }

    private IEnumerable<string> EmittedTypes() =>
        Session.Get("(Get-Command -Module IdleHands).OutputType.Name | Where-Object { $_ -like 'IdleHands.*' }")
            .Select(name => (string)name.BaseObject)
            .Distinct();

    private static IEnumerable<string> Manifest(string key)
    {
        Ast manifest = Parser.ParseFile(ModuleSession.ManifestPath, out _, out _);
        var table = (HashtableAst)manifest.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false)!;
        StatementAst value = table.KeyValuePairs.Single(pair => pair.Item1.SafeGetValue() is string name && name == key).Item2;
        return value.FindAll(ast => ast is StringConstantExpressionAst, searchNestedScriptBlocks: false).Select(ast => (string)ast.SafeGetValue());
    }
}
