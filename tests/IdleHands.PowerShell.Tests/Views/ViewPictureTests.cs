using System.Collections;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Views;

/// <summary>
/// Every view as a console of 80 and of 120 columns shows it, against pictures that are kept beside this file. Where
/// <c>IDLEHANDS_TEST_ACCEPT</c> is 1, what is shown now becomes the picture: look at the difference before it is committed.
/// </summary>
public sealed class ViewPictureTests
{
    private const string Table = "TableControl";
    private const string List = "ListControl";

    /// <summary>Null in the first of the samples, because the one with all has no such thing.</summary>
    private static readonly string[] NeverTogether = ["Success", "Line"];

    private static readonly XDocument s_views = XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "IdleHands.Format.ps1xml"));

    [Theory]
    [InlineData(Table, 80)]
    [InlineData(Table, 120)]
    [InlineData(List, 80)]
    [InlineData(List, 120)]
    public void Every_view_looks_as_it_did(string control, int columns)
    {
        string shown = Draw(control, columns);

        string path = Path.Combine(ModuleSessionPictures, $"{(control == Table ? "tables" : "lists")}-{columns}.txt");
        if (Environment.GetEnvironmentVariable("IDLEHANDS_TEST_ACCEPT") is "1")
        {
            File.WriteAllText(path, shown);
        }

        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), shown);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    public void No_line_is_wider_than_the_console(int columns)
    {
        foreach (string line in (Draw(Table, columns) + Draw(List, columns)).Split('\n'))
        {
            Assert.True(line.Length <= columns, $"{line.Length} columns: {line}");
        }
    }

    [Fact]
    public void Tables_have_six_columns_at_most_and_room_for_the_last_in_100()
    {
        foreach (XElement view in Views(Table))
        {
            int[] widths = [.. view.Descendants("TableColumnHeader").Select(header => (int?)header.Element("Width") ?? 0)];

            Assert.InRange(widths.Length, 1, 6);
            Assert.InRange(widths.Sum() + widths.Length, 1, 100 - 12);
        }
    }

    [Fact]
    public void Each_type_with_a_view_has_samples_that_show_all_of_it()
    {
        Assert.Equal(
            s_views.Descendants("TypeName").Select(name => name.Value).Distinct().Order(StringComparer.Ordinal),
            Samples.All.Select(samples => samples[0].GetType().FullName!).Order(StringComparer.Ordinal));
        foreach (object[] samples in Samples.All)
        {
            foreach (PropertyInfo property in samples[0].GetType().GetProperties().Where(property => !NeverTogether.Contains(property.Name)))
            {
                Assert.True(
                    samples.Any(sample => property.GetValue(sample) is { } value and not IEnumerable { } || (property.GetValue(sample) is IEnumerable items && items.Cast<object>().Any())),
                    $"No sample of {property.DeclaringType!.Name} has a value for {property.Name}.");
            }
        }
    }

    [Theory]
    [InlineData("Ansi", "\u001b[32mready", "\u001b[33mloading", "\u001b[31mdown", "\u001b[35munknown")]
    [InlineData("PlainText", " ready ", " loading ", " down ", " unknown ")]
    public void A_status_has_a_color_where_the_user_wants_it(string rendering, params string[] expected)
    {
        object[] rows = [.. Samples.All.Single(samples => samples[0] is HealthResult)];

        string shown = Show(Table, 120, rows, $"$PSStyle.OutputRendering = '{rendering}'");

        Assert.All(expected, text => Assert.Contains(text, shown, StringComparison.Ordinal));
        Assert.Equal(rendering == "Ansi", shown.Contains('\u001b', StringComparison.Ordinal));
    }

    private static string ModuleSessionPictures => ModuleSession.Metadata("ViewPictures");

    private static IEnumerable<XElement> Views(string control) => s_views.Descendants("View").Where(view => view.Element(control) is not null);

    private static string Draw(string control, int columns)
    {
        var text = new StringBuilder();
        foreach (object[] samples in Samples.All.Where(samples => Views(control).Any(view => view.Descendants("TypeName").Single().Value == samples[0].GetType().FullName)))
        {
            text.Append("== ").Append(samples[0].GetType().Name).Append("\n\n").Append(Show(control, columns, samples, "$PSStyle.OutputRendering = 'PlainText'").Trim('\n')).Append("\n\n");
        }

        return text.ToString();
    }

    /// <summary>Objects as a console shows them that knows no other views than these.</summary>
    private static string Show(string control, int columns, object[] rows, string preparation)
    {
        string path = Path.Combine(Path.GetTempPath(), $"idlehands-views-{Guid.NewGuid()}.ps1xml");
        new XDocument(new XElement("Configuration", new XElement("ViewDefinitions", Views(control)))).Save(path);
        try
        {
            var state = InitialSessionState.CreateDefault2();
            state.Formats.Add(new SessionStateFormatEntry(path));
            var host = new CapturingHost(columns);
            using Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
            runspace.Open();
            using var shell = System.Management.Automation.PowerShell.Create(runspace);
            shell.AddScript(preparation).Invoke();
            shell.Commands.Clear();
            shell.AddScript("$input | Out-Default").Invoke(rows);
            Assert.False(shell.HadErrors);
            return string.Join('\n', host.Lines.SelectMany(line => line.Split('\n')).Select(line => line.TrimEnd()));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
