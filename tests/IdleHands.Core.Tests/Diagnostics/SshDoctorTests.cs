using IdleHands.Core.Tests.Health;
using IdleHands.Core.Tests.Hosts;
using IdleHands.Diagnostics;
using IdleHands.Testing;
using static IdleHands.Core.Tests.Diagnostics.Examination;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>A diagnosis over real ssh.</summary>
public sealed class SshDoctorTests : IAsyncLifetime
{
    private readonly Examination _examination = new();
    private SshServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        SshRun.NeedsSshd();
        _server = await SshServer.StartAsync(new SshServerOptions { MaxStartups = "100", BashRc = "echo noise" }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _examination.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_is_well_is_found_well_over_one_connection()
    {
        RuntimeModel model = _examination.Model() with { Source = _examination.File(), BackendPolicy = IdPolicy.Of(["b"]) };

        Assert.Empty(await _examination.FindAsync(null, With(_server.Host() with { CheckCommand = "true" }, model) with { Backends = [Backend() with { VerifyCommand = "true" }] }));
        Assert.Equal(1, await _server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_host_is_found_in_one_look()
    {
        await using FakeServer other = HealthSetup.Llama("other");
        RuntimeModel model = _examination.Model() with { Source = "gone.gguf", Port = other.Port, StartCommand = "no-such-server", BackendPolicy = IdPolicy.Of(["b"]) };
        RuntimeConfiguration configuration = With(_server.Host() with { CheckCommand = "exit 1" }, model) with { Backends = [Backend() with { VerifyCommand = "exit 1" }] };

        IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(null, configuration);

        Assert.Equal(
            ["BackendUnverified Error Backend b@box", "HostUnwell Warning Host box@box", "ModelFileMissing Error Model m@box", "PortHeld Error Model m@box", "ProgramMissing Error Model m@box"],
            findings.Select(finding => $"{finding.RuleId} {Brief(finding)}").Order(StringComparer.Ordinal));
        Assert.Equal(1, await _server.CountConnectionsAsync(Token));
    }

    [Fact]
    public async Task A_host_that_refuses_is_one_finding_with_the_words_of_the_connection()
    {
        int closed = SampleServerProcess.FindFreePort();

        DiagnosticFinding finding = Assert.Single(await _examination.FindAsync(null, With(_server.Host() with { Port = closed, CheckCommand = "true" }, _examination.Model())));

        Assert.Equal(DiagnosticRule.HostUnreachable.Id, finding.RuleId);
        Assert.Contains("refused", finding.Message, StringComparison.Ordinal);
        Assert.Contains("Set-IHHost box -Port", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_counts_is_what_the_account_may_do_that_is_logged_in()
    {
        Assert.SkipWhen(SshUser.WhyNot is not null, SshUser.WhyNot ?? string.Empty);
        await using SshUser user = await SshUser.CreateAsync(cancellationToken: Token);
        await using SshServer server = await SshServer.StartAsync(new SshServerOptions { User = user }, Token);
        string open = Directory.CreateTempSubdirectory("ih-doctor-").FullName;
        try
        {
            File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
            string closed = Path.Combine(open, "m.gguf");
            await File.WriteAllTextAsync(closed, "weights", Token);
            File.SetUnixFileMode(closed, UnixFileMode.UserRead);
            RuntimeHost host = server.Host() with { CheckCommand = $"chmod 555 \"$HOME\"" };
            RuntimeConfiguration configuration = With(host, _examination.Model() with { Source = closed });

            DiagnosticFinding unreadable = Assert.Single(await _examination.FindAsync(null, configuration));
            DiagnosticFinding unwritable = Assert.Single(await _examination.FindAsync(DiagnosticRule.DirectoryUnwritable, configuration));

            Assert.Equal((DiagnosticRule.ModelFileMissing.Id, $"chmod a+r '{closed}' there, or run the server as another account."), (unreadable.RuleId, unreadable.Recommendation));
            Assert.Contains("permission denied", unreadable.Message, StringComparison.Ordinal);
            Assert.Equal("Error Host box@box", Brief(unwritable));
            Assert.Contains("can't be written to", unwritable.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(open, recursive: true);
        }
    }

    [Fact]
    public async Task Hosts_that_answer_are_told_of_while_others_hang()
    {
        await using var hanging = new HangingServer();
        RuntimeConfiguration configuration = new()
        {
            Hosts =
            [
                .. Enumerable.Range(0, 3).Select(index => _server.Host($"hangs{index}") with { Port = hanging.Port, CheckTimeoutSec = 300 }),
                .. Enumerable.Range(0, 5).Select(index => _server.Host($"good{index}") with { CheckCommand = "exit 1", CheckTimeoutSec = 300 }),
            ],
            Models = [_examination.Model()],
        };
        var told = new List<string>();

        await foreach (DiagnosticFinding finding in _examination.Doctor(configuration, new DiagnosticOptions { RuleIds = new NameList(DiagnosticRule.HostUnwell.Id) }).ExamineAsync(Token))
        {
            await hanging.WaitForConnectionsAsync(3, Token);
            told.Add(finding.HostId!);
            if (told.Count == 5)
            {
                break;
            }
        }

        Assert.Equal(["good0", "good1", "good2", "good3", "good4"], told.Order(StringComparer.Ordinal));
    }
}
