using System.Xml.Linq;
using IdleHands.HelpGenerator;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Help;

public sealed class HelpGeneratorTests : IDisposable
{
    private static readonly string s_binaries = AppContext.BaseDirectory;
    private readonly string _root = Directory.CreateTempSubdirectory("idlehands-help-").FullName;

    [Fact]
    public void The_pages_of_the_repository_are_what_the_code_says() =>
        Assert.Empty(Run(check: true, pages: ModuleSession.Metadata("HelpPages")));

    [Fact]
    public void What_was_generated_passes_the_check()
    {
        Assert.Empty(Run(check: false, Pages));
        Assert.Empty(Run(check: true, Pages));
        Assert.Contains("(Get-IHModel.md)", File.ReadAllText(Path.Combine(Pages, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_page_fails_the_check_and_says_how_to_mend_it()
    {
        Run(check: false, Pages);
        File.AppendAllText(Path.Combine(Pages, "Get-IHModel.md"), "more");

        string problem = Assert.Single(Run(check: true, Pages));

        Assert.Contains("Get-IHModel.md", problem, StringComparison.Ordinal);
        Assert.Contains("UpdateHelpPages", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_page_and_a_page_of_no_cmdlet_fail_the_check_and_are_mended()
    {
        Run(check: false, Pages);
        File.Delete(Path.Combine(Pages, "Get-IHHost.md"));
        File.WriteAllText(Path.Combine(Pages, "Get-IHNothing.md"), "old");

        IReadOnlyList<string> problems = Run(check: true, Pages);

        Assert.Equal(2, problems.Count);
        Assert.Contains(problems, problem => problem.Contains("Get-IHHost.md is missing", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("Get-IHNothing.md belongs to no cmdlet", StringComparison.Ordinal));
        Run(check: false, Pages);
        Assert.Empty(Run(check: true, Pages));
    }

    [Theory]
    [InlineData("T:IdleHands.PowerShell.Commands.GetIHModelCommand", "summary", "Get-IHModel has no <summary>")]
    [InlineData("T:IdleHands.PowerShell.Commands.GetIHModelCommand", "example", "Get-IHModel has no <example>")]
    [InlineData("P:IdleHands.PowerShell.Commands.GetIHModelCommand.Id", "summary", "Get-IHModel -Id has no <summary>")]
    public void What_is_not_documented_is_an_error_that_names_it(string member, string element, string expected)
    {
        XDocument documentation = XDocument.Load(Path.Combine(s_binaries, "IdleHands.PowerShell.xml"));
        XElement found = documentation.Descendants("member").Single(each => each.Attribute("name")!.Value == member);
        found.Elements(element).Remove();
        string changed = Path.Combine(_root, "changed.xml");
        documentation.Save(changed);

        string problem = Assert.Single(Run(check: false, Pages, changed));

        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Pages));
    }

    [Theory]
    [InlineData("generate")]
    [InlineData("publish", "--assembly", "a", "--documentation", "d", "--references", "r")]
    [InlineData("check", "--assembly", "a", "--documentation", "d")]
    [InlineData("check", "--assembly", "a", "--documentation", "d", "--references", "r", "--colour", "red")]
    public void A_command_line_that_it_does_not_know_is_refused(params string[] arguments) =>
        Assert.Null(Options.Parse(arguments));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Pages => Path.Combine(_root, "pages");

    private IReadOnlyList<string> Run(bool check, string pages, string? documentation = null)
    {
        // What this process is made of holds all that the module was compiled against.
        string references = Path.Combine(_root, "references.txt");
        File.WriteAllLines(references, ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator));
        return Program.Run(new Options
        {
            Check = check,
            Assembly = Path.Combine(s_binaries, "IdleHands.PowerShell.dll"),
            Documentation = documentation ?? Path.Combine(s_binaries, "IdleHands.PowerShell.xml"),
            References = references,
            Pages = pages,
        });
    }
}
