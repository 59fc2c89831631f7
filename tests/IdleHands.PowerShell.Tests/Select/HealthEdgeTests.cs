using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>Test-IHHealth beside servers that load, hang or serve something else.</summary>
public sealed class HealthEdgeTests : SelectTestBase, IAsyncLifetime
{
    private readonly List<SampleServerProcess> _servers = [];

    private int _ready;
    private int _loading;
    private int _html;
    private int _down;

    public async ValueTask InitializeAsync()
    {
        _ready = Serve("--alias", "known");
        _loading = Serve("--load-time", "100");
        _html = Serve("--html");
        _down = SampleServerProcess.FindFreePort();
        await _servers[0].WaitUntilReadyAsync(Token);
        await _servers[1].WaitUntilListeningAsync(Token);
        await _servers[2].WaitUntilListeningAsync(Token);
        Session.Get($"""
            Add-IHModel known -Source /m/known.gguf -Port {_ready} -StartCommand srv
            Add-IHModel waiting -Source /m/waiting.gguf -Port {_loading} -StartCommand srv
            Add-IHModel page -Source /m/page.gguf -Port {_html} -StartCommand srv
            Add-IHModel away -Source /m/away.gguf -Port {_down} -StartCommand srv
            """);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SampleServerProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        Dispose();
    }

    [Fact]
    public void Where_status_eq_loading_yields_exactly_the_loading_rows()
    {
        HealthResult[] loading = Rows($"Test-IHHealth -ScanPorts {_ready},{_loading},{_html},{_down} | Where Status -eq loading");

        Assert.Equal(
            [(HealthSection.Discovered, _loading, 503), (HealthSection.Model, _loading, 503)],
            loading.Select(row => (row.Section, row.Port!.Value, row.HttpStatus!.Value)).Order());
        Assert.Equal("waiting", loading.Single(row => row.Section == HealthSection.Model).Id);
    }

    [Fact]
    public void Ports_on_which_nobody_answers_are_shown_with_IncludeDown_only()
    {
        Assert.Empty(Rows($"Test-IHHealth -ScanPorts {_down} | Where Section -eq Discovered"));
        HealthResult row = Assert.Single(Rows($"Test-IHHealth -ScanPorts {_down} -IncludeDown | Where Section -eq Discovered"));
        Assert.Equal((_down, ProbeStatusDown), (row.Port!.Value, row.Status));
    }

    [Fact]
    public void A_corrupt_state_costs_a_warning_and_no_row()
    {
        int before = Rows("Test-IHHealth").Length;
        Session.WriteState("{ not JSON");

        Result run = Session.Run("Test-IHHealth");

        Assert.Empty(run.Errors);
        Assert.Contains(Session.StateFile, Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(before, run.Output.Count);
    }

    [Fact]
    public async Task A_server_that_hangs_is_down_after_TimeoutSec_and_does_not_hold_up_the_others()
    {
        int hanging = Serve("--hang", "/v1/models", "--hang", "/health");
        await _servers[^1].WaitUntilReadyAsync(Token);

        HealthResult[] rows = Rows($"Test-IHHealth -ScanPorts {hanging},{_ready} -IncludeDown -TimeoutSec 5 | Where Section -eq Discovered");

        Assert.Equal([(_ready, ProbeStatusReady), (hanging, ProbeStatusDown)], rows.Select(row => (row.Port!.Value, row.Status)));
    }

    [Fact]
    public void The_first_row_can_end_the_pipeline()
    {
        Assert.Single(Session.Get("Test-IHHealth | ForEach-Object { $_; break }"));
        Assert.Equal("enough", Assert.IsType<RuntimeException>(Session.Run("Test-IHHealth | ForEach-Object { throw 'enough' }").Terminated).Message);
    }

    private const string ProbeStatusReady = "ready";
    private const string ProbeStatusDown = "down";

    private HealthResult[] Rows(string script) => [.. Session.Get(script).Select(row => (HealthResult)row.BaseObject)];

    private int Serve(params IReadOnlyList<string> arguments)
    {
        SampleServerProcess server = SampleServerProcess.Start(Weights, arguments);
        _servers.Add(server);
        return server.Port;
    }
}
