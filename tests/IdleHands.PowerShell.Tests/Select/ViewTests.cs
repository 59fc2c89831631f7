using System.Globalization;
using System.Text.RegularExpressions;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>What the emitted objects look like in a console of 100 columns.</summary>
public sealed class ViewTests : SelectTestBase
{
    [Fact]
    public void A_plan_is_a_list_with_its_steps_a_line_each()
    {
        AddModel("one");

        string shown = Show("Select-IHModel one -DryRun");

        Assert.Matches("(?m)^Id +: one$", shown);
        Assert.Matches("(?m)^Reuse +: False$", shown);
        Assert.Matches("(?m)^Reasons +: nothing is running$", shown);
        Assert.Matches("(?m)^Steps +: 1\\. CheckSource", shown);
        Assert.Matches("(?m)^ +4\\. ProbeHealth", shown);
    }

    [Fact]
    public void The_steps_of_a_plan_are_a_table_with_their_commands()
    {
        int port = AddModel("one");

        string shown = Show("(Select-IHModel one -DryRun).Steps");

        AssertHeader(shown, "Order", "Kind", "HostId", "Timeout", "Command");
        Assert.Matches("(?m)^ *3 +StartModel +here", shown);
        Assert.Contains(Text(port), Regex.Replace(shown, "\\s", string.Empty), StringComparison.Ordinal);
        Assert.Matches("(?m)^ *4 +ProbeHealth +here +00:01:00", shown);
        Assert.DoesNotContain("CheckSource", Show("(Select-IHModel one -DryRun).Steps | Where Kind -eq StartModel"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_and_its_steps_and_the_runtime_have_views()
    {
        int port = AddModel("one");

        string result = Show("($result = Select-IHModel one)");
        Assert.Matches("(?m)^(Id|Status) +.*$", result);
        Assert.Contains("Started", result, StringComparison.Ordinal);
        Assert.Contains($"http://127.0.0.1:{port}/v1", result, StringComparison.Ordinal);

        AssertHeader(Show("(Select-IHModel one).Steps"), "Order", "Kind", "HostId", "Status", "Duration", "Detail");

        string runtime = Show("Get-IHRuntime");
        AssertHeader(runtime, "Id", "HostId", "BackendId", "Status", "Uptime", "Endpoint");
        Assert.Matches($"(?m)^one +here +ready +0\\.00:00:\\d\\d +http://127\\.0\\.0\\.1:{port}/v1$", runtime);
    }

    [Fact]
    public void A_failed_result_is_a_row_and_has_its_error()
    {
        AddModel("missing");
        Session.Get("Set-IHModel missing -Source /nowhere/m.gguf");

        Assert.Matches("(?m)^missing +Failed +here", Show("Select-IHModel missing -ErrorAction Ignore"));
        Assert.Contains("/nowhere/m.gguf", (string)Assert.Single(Session.Get("(Select-IHModel missing -ErrorAction Ignore).Error")).BaseObject, StringComparison.Ordinal);
    }

    [Fact]
    public void Health_is_a_table_grouped_by_section()
    {
        AddModel("one");

        string shown = Show("Test-IHHealth");

        Assert.Contains("Section: Host", shown, StringComparison.Ordinal);
        Assert.Contains("Section: Model", shown, StringComparison.Ordinal);
        AssertHeader(shown, "HostId", "Id", "Port", "Status", "Latency", "Detail");
        Assert.Matches($"(?m)^here +one +{PortOf("one")} +down", shown);
    }

    [Fact]
    public void An_endpoint_shows_where_it_is_from()
    {
        string shown = Show("Resolve-IHEndpoint http://box:1/v1");

        AssertHeader(shown, "Endpoint", "Source", "Skipped");
        Assert.Matches("(?m)^http://box:1/v1 +Parameter", shown);
    }

    [Theory]
    [InlineData("Get-IHHost", "Id", "DisplayName", "Enabled", "Transport", "Gpu", "CheckCommand")]
    [InlineData("Get-IHBackend", "Id", "Type", "Enabled", "HostFilter", "Argument", "VerifyCommand")]
    [InlineData("Get-IHModel", "Id", "Enabled", "Port", "HostPolicy", "BackendPolicy", "Source")]
    [InlineData("Test-IHHost", "HostId", "Success", "ExitCode", "Duration", "Output", "Error")]
    [InlineData("Test-IHBackend", "BackendId", "HostId", "Success", "ExitCode", "Duration", "Error")]
    public void Entries_and_their_tests_are_tables_of_at_most_six_columns(string script, params string[] columns)
    {
        Session.Get("Add-IHBackend fast -VerifyCommand 'exit 0'; Set-IHHost here -CheckCommand 'exit 0'");
        AddModel("one");

        AssertHeader(Show(script), columns);
    }

    [Fact]
    public void Findings_are_a_table()
    {
        Session.WriteConfiguration("""{"schema_version": 2}""");

        AssertHeader(Show("Test-IHConfiguration"), "Severity", "Path", "Line", "Message");
    }

    private string Show(string script)
    {
        string shown = Session.Show(script);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= 100, line));
        return shown;
    }

    private static void AssertHeader(string shown, params IReadOnlyList<string> columns) =>
        Assert.Contains(shown.Split('\n'), line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).SequenceEqual(columns, StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.None)));
}
