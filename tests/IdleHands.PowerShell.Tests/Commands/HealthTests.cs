using System.Globalization;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class HealthTests : RuntimeTests
{
    [Fact]
    public async Task Rows_of_all_sections_filter_by_their_status()
    {
        await using SampleServerProcess ready = await SampleServerProcess.StartReadyAsync(Weights, Token, "--alias", "known", "--model-id", "known");
        await using SampleServerProcess loading = SampleServerProcess.Start(Weights, "--load-time", "100");
        await loading.WaitUntilListeningAsync(Token);
        int nobody = SampleServerProcess.FindFreePort();
        Session.Get(string.Create(CultureInfo.InvariantCulture, $"Add-IHHost here -CheckCommand 'exit 0'; Add-IHModel known -Source k.gguf -StartCommand c -Port {ready.Port}; Add-IHModel away -Source a.gguf -StartCommand c -Port {nobody}"));
        string test = string.Create(CultureInfo.InvariantCulture, $"Test-IHHealth -ScanPorts '{ready.Port},{loading.Port}'");

        string[] expected =
        [
            "Host here  ready",
            $"Model here {ready.Port} ready",
            $"Model here {nobody} down",
            $"Discovered here {ready.Port} ready",
            $"Discovered here {loading.Port} loading",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Rows(test).Order(StringComparer.Ordinal));
        Assert.Equal([$"Discovered here {loading.Port} loading"], Rows(test + " | Where-Object Status -eq loading"));
    }

    [Fact]
    public async Task Models_that_are_not_configured_are_marked()
    {
        await using SampleServerProcess server = await SampleServerProcess.StartReadyAsync(Weights, Token, "--model-id", "stranger");
        Session.Get("Add-IHHost here");

        string shown = Session.Show(string.Create(CultureInfo.InvariantCulture, $"Test-IHHealth -ScanPorts {server.Port} | Where-Object Unconfigured"));

        Assert.Contains("stranger (unconfigured)", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_are_a_range_a_list_integers_or_a_mixture()
    {
        await using SampleServerProcess server = await SampleServerProcess.StartReadyAsync(Weights, Token);
        Session.Get("Add-IHHost here");
        int port = server.Port;
        string[] forms = [$"{port}", $"'{port}'", $"{port - 1}-{port + 1}", $"'{port - 1}-{port}'", $"{port}, {port + 1}", $"'{port - 2}-{port - 1},{port}'", $"@('{port - 1}-{port}', {port + 1})", $"@(@({port - 1}, {port}), {port + 1})"];

        foreach (string form in forms)
        {
            Assert.Contains($"Discovered here {port} ready", Rows($"Test-IHHealth -ScanPorts {form}"));
        }
    }

    [Theory]
    [InlineData("'8080,x'", "'x'")]
    [InlineData("70000", "'70000'")]
    [InlineData("'9000-8000'", "8000-9000")]
    public void A_bad_piece_of_the_ports_is_a_binding_error_that_names_it(string ports, string piece)
    {
        Result result = Session.Run($"Test-IHHealth -ScanPorts {ports}");

        Assert.Contains(piece, (result.Terminated ?? result.Errors[0].Exception).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hosts_and_models_are_chosen_by_id_by_wildcard_and_by_object()
    {
        int port = SampleServerProcess.FindFreePort();
        Session.Get(string.Create(CultureInfo.InvariantCulture, $"Add-IHHost h1; Add-IHHost h2; Add-IHHost off -Disabled; Add-IHModel m1 -Source s -StartCommand c -Port {port}; Add-IHModel n1 -Source s -StartCommand c -Port {port}"));

        Assert.Equal([$"Model h1 {port} down", $"Model h2 {port} down"], Rows("Test-IHHealth m*").Order(StringComparer.Ordinal));
        Assert.Equal([$"Model h2 {port} down"], Rows("Get-IHModel n1 | Test-IHHealth -HostId h2"));
        Assert.Empty(Rows("Test-IHHealth x*"));
        Assert.Equal("ModelNotFound", ErrorId(Session.Run("Test-IHHealth missing").Error));
        Assert.Equal("HostNotFound", ErrorId(Session.Run("Test-IHHealth -HostId missing").Error));
        Assert.Contains("not a RuntimeHost", Session.Run("Get-IHHost h1 | Test-IHHealth").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_where_nobody_answers_are_shown_when_asked_for()
    {
        int port = SampleServerProcess.FindFreePort();
        Session.Get("Add-IHHost here");

        Assert.DoesNotContain(Rows($"Test-IHHealth -ScanPorts {port}"), row => row.StartsWith("Discovered", StringComparison.Ordinal));
        Assert.Contains($"Discovered here {port} down", Rows($"Test-IHHealth -ScanPorts {port} -IncludeDown"));
    }

    [Fact]
    public void A_broken_file_gives_one_error()
    {
        Session.WriteConfiguration("not JSON");

        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("'a', 'b' | Test-IHHealth").Error));
    }

    private IReadOnlyList<string> Rows(string script) =>
        [.. Session.Get(script).Select(row => $"{row.Properties["Section"].Value} {row.Properties["HostId"].Value} {row.Properties["Port"].Value} {row.Properties["Status"].Value}")];
}
