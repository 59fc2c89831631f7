using IdleHands.Core.Tests.Health;
using IdleHands.Diagnostics;
using IdleHands.Testing;
using static IdleHands.Core.Tests.Diagnostics.Examination;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Rules that look at hosts: this machine, and this machine as if it were another one.</summary>
public sealed class HostRuleTests : IAsyncDisposable
{
    private readonly Examination _examination = new();

    public HostRuleTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are written for a Unix shell.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _examination.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_all_is_well_nothing_is_said(bool isElsewhere)
    {
        RuntimeHost host = (isElsewhere ? _examination.Box() : Here()) with { CheckCommand = "true", StopCommand = "true {port}" };
        RuntimeBackend backend = Backend() with { VerifyCommand = "test {backend_id} = b", ApplyCommand = "true" };
        RuntimeModel model = _examination.Model() with { BackendPolicy = IdPolicy.Of(["b"]), StartCommand = "nohup sleep {port} 2>&1", ProbeCommand = "test -n {port}" };

        Assert.Empty(await _examination.FindAsync(null, With(host, model) with { Backends = [backend] }));
    }

    [Fact]
    public async Task HostUnreachable_fires_once_however_much_is_on_it()
    {
        RuntimeHost away = Here("away") with { Transport = HostTransport.Exec, ExecPrefix = new NameList("false"), CheckCommand = "true" };
        RuntimeBackend backend = Backend() with { VerifyCommand = "true" };

        DiagnosticFinding finding = Assert.Single(
            await _examination.FindAsync(null, With(away, _examination.Model("a") with { Fallback = "c" }, _examination.Model("c")) with { Backends = [backend] }));

        Assert.Equal((DiagnosticRule.HostUnreachable.Id, "Error Host away@away"), (finding.RuleId, Brief(finding)));
        Assert.Contains("'away'", finding.Message, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Recommendation);
    }

    [Fact]
    public async Task HostUnreachable_is_silent_where_a_shell_answers() =>
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.HostUnreachable, With(_examination.Box())));

    [Fact]
    public async Task A_disabled_host_is_looked_at_when_it_is_named()
    {
        RuntimeConfiguration configuration = With(_examination.Box() with { Enabled = false, ExecPrefix = new NameList("false") });

        Assert.Empty(await _examination.FindAsync(DiagnosticRule.HostUnreachable, configuration));
        Assert.Single(await _examination.FindAsync(null, configuration, new DiagnosticOptions { HostIds = new NameList("box") }));
    }

    [Fact]
    public async Task ShellUnusable_fires_for_one_that_is_not_there()
    {
        Assert.SkipUnless(ToolRun.Find("pwsh") is null, "This machine has pwsh.");

        foreach (RuntimeHost host in (RuntimeHost[])[Here() with { Shell = "pwsh" }, _examination.Box() with { Shell = "pwsh" }])
        {
            DiagnosticFinding finding = await _examination.FindOneAsync(DiagnosticRule.ShellUnusable, With(host with { CheckCommand = "true" }));

            Assert.Equal($"Error Host {host.Id}@{host.Id}", Brief(finding));
            Assert.Contains("pwsh", finding.Message, StringComparison.Ordinal);
            Assert.Contains("-Shell", finding.Recommendation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ShellUnusable_fires_for_one_that_does_not_work_and_nothing_else_does()
    {
        string bin = Directory.CreateDirectory(Path.Combine(_examination.Root, "bin")).FullName;
        Script(Path.Combine(bin, "bash"), "echo broken >&2; exit 3");
        RuntimeHost host = _examination.Box($"{bin}:/usr/bin:/bin") with { Shell = "bash", CheckCommand = "true" };

        DiagnosticFinding finding = Assert.Single(await _examination.FindAsync(null, With(host, _examination.Model()) with { Backends = [Backend() with { VerifyCommand = "true" }] }));

        Assert.Equal(DiagnosticRule.ShellUnusable.Id, finding.RuleId);
        Assert.Contains("broken", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShellUnusable_is_silent_for_those_that_work()
    {
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.ShellUnusable, With(Here())));
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.ShellUnusable, With(_examination.Box())));
    }

    [Fact]
    public async Task HostUnwell_fires_where_the_check_command_fails()
    {
        DiagnosticFinding finding = await _examination.FindOneAsync(DiagnosticRule.HostUnwell, With(Here() with { CheckCommand = "echo no GPU >&2; exit 3" }));

        Assert.Equal("Warning Host here@here", Brief(finding));
        Assert.EndsWith("no GPU", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostUnwell_is_silent_where_it_succeeds_or_is_not_there()
    {
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.HostUnwell, With(Here() with { CheckCommand = "true" })));
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.HostUnwell, With(Here())));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ProgramMissing_fires_once_a_program_and_says_who_runs_it(bool isElsewhere)
    {
        string plain = _examination.File("not executable");
        RuntimeHost host = (isElsewhere ? _examination.Box() : Here()) with { StopCommand = "no-such-stopper" };
        RuntimeBackend backend = Backend() with { ApplyCommand = "sudo no-such-applier" };
        RuntimeConfiguration configuration = With(
            host,
            _examination.Model("a") with { StartCommand = "A=1 nohup no-such-server -m {source}", BackendPolicy = IdPolicy.Of(["b"]) },
            _examination.Model("c") with { StartCommand = "{backend_env}no-such-server -m {source}", ProbeCommand = "no-such-probe" },
            _examination.Model("d") with { StartCommand = $"'{plain}' -m {{source}}" }) with
        { Backends = [backend] };

        Dictionary<string, DiagnosticFinding> findings = (await _examination.FindAsync(DiagnosticRule.ProgramMissing, configuration))
            .Where(finding => !finding.Message.StartsWith("'sudo'", StringComparison.Ordinal))
            .ToDictionary(finding => finding.Message.Split('\'')[1]);

        Assert.Equal(new[] { "no-such-applier", "no-such-probe", "no-such-server", "no-such-stopper", plain }.Order(StringComparer.Ordinal), findings.Keys.Order(StringComparer.Ordinal));
        Assert.Equal($"Error Host {host.Id}@{host.Id}", Brief(findings["no-such-server"]));
        Assert.Contains("the start command of model 'a' and the start command of model 'c' run it", findings["no-such-server"].Message, StringComparison.Ordinal);
        Assert.Equal($"Error Model c@{host.Id}", Brief(findings["no-such-probe"]));
        Assert.EndsWith("Set-IHModel c -ProbeCommand '…'", findings["no-such-probe"].Recommendation, StringComparison.Ordinal);
        Assert.Equal($"Error Backend b@{host.Id}", Brief(findings["no-such-applier"]));
        Assert.Equal($"Warning Host {host.Id}@{host.Id}", Brief(findings["no-such-stopper"]));
        Assert.Contains("can't be executed", findings[plain].Message, StringComparison.Ordinal);
        Assert.StartsWith("chmod +x", findings[plain].Recommendation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sh -c 'no-such-server'")]
    [InlineData("no-such-server || true")]
    [InlineData("if no-such-server; then no-such-server; fi")]
    [InlineData("[ -x /no-such-server ] && /no-such-server")]
    [InlineData("cd / && ./no-such-server")]
    [InlineData("ulimit -n 64; export A=1; exec env B=2 nohup sleep 1")]
    [InlineData("'~/srv' || ~/srv -m {source}")]
    public async Task ProgramMissing_is_silent_for_builtins_and_what_can_not_be_told(string start)
    {
        Script(Path.Combine(_examination.Root, "srv"), "exit 0");
        RuntimeHost host = _examination.Box();

        Assert.Empty(await _examination.FindAsync(DiagnosticRule.ProgramMissing, With(host, _examination.Model() with { StartCommand = start, ProbeCommand = "[ -n x ]" })));
    }

    [Fact]
    public async Task ModelFileMissing_fires_for_files_parts_and_what_can_not_be_read()
    {
        string parts = Path.Combine(_examination.Root, "big-00001-of-00003.gguf");
        File.WriteAllText(parts, "1");
        Directory.CreateDirectory(parts.Replace("00001", "00002", StringComparison.Ordinal));

        foreach (RuntimeHost host in (RuntimeHost[])[Here(), _examination.Box()])
        {
            IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(
                DiagnosticRule.ModelFileMissing,
                With(host, _examination.Model("gone") with { Source = "/no/such.gguf" }, _examination.Model("split") with { Source = parts }, _examination.Model("device") with { Source = "/dev/null" }));

            Assert.Equal(["gone", "split", "device"], findings.Select(finding => finding.Id));
            Assert.All(findings, finding => Assert.Equal(DiagnosticSeverity.Error, finding.Severity));
            Assert.Contains("'/no/such.gguf' does not exist", findings[0].Message, StringComparison.Ordinal);
            Assert.Contains("00003-of-00003.gguf' does not exist", findings[1].Message, StringComparison.Ordinal);
            Assert.Contains("can't be read", findings[2].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ModelFileMissing_is_graver_where_a_select_would_go()
    {
        RuntimeModel gone = _examination.Model("gone") with { Source = "/no/such.gguf" };
        RuntimeConfiguration configuration = new()
        {
            Hosts = [Here("first"), Here("second")],
            Models = [gone, gone with { Id = "named", HostPolicy = IdPolicy.Of(["second", "first"]) }],
        };

        IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(DiagnosticRule.ModelFileMissing, configuration);

        Assert.Equal(
            ["Error Model gone@first", "Error Model named@second", "Information Model gone@second", "Warning Model named@first"],
            findings.Select(Brief).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ModelFileMissing_is_silent_for_files_that_are_there_and_for_addresses()
    {
        string whole = _examination.File("ok-00001-of-00002.gguf");
        _examination.File("ok-00002-of-00002.gguf");

        Assert.Empty(await _examination.FindAsync(
            DiagnosticRule.ModelFileMissing,
            With(
                _examination.Box(),
                _examination.Model(),
                _examination.Model("split") with { Source = whole },
                _examination.Model("relative") with { Source = "~/m.gguf" },
                _examination.Model("folder") with { Source = _examination.Root },
                _examination.Model("url") with { Source = "https://models.example/m.gguf" },
                _examination.Model("off") with { Source = "/no/such.gguf", Enabled = false })));
    }

    [Fact]
    public async Task PortHeld_fires_for_another_model_and_for_a_stranger()
    {
        await using FakeServer other = HealthSetup.Llama("other");
        await using var page = new FakeServer(_ => Answers.Json(404, "{}"));

        foreach (RuntimeHost host in (RuntimeHost[])[Here(), _examination.Box()])
        {
            IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(
                DiagnosticRule.PortHeld,
                With(host, _examination.Model("a") with { Port = other.Port }, _examination.Model("b") with { Port = page.Port }, _examination.Model("c") with { Port = page.Port }));

            DiagnosticFinding taken = findings.Single(finding => finding.Id == "a");
            Assert.Equal($"Error Model a@{host.Id}", Brief(taken));
            Assert.Contains($"process {Environment.ProcessId} (", taken.Message, StringComparison.Ordinal);
            Assert.Contains("which serves other", taken.Message, StringComparison.Ordinal);
            Assert.Contains("'b' and 'c' need", findings.Single(finding => finding.Id == host.Id).Message, StringComparison.Ordinal);
            Assert.Contains($"-Port {other.Port + 1}", taken.Recommendation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task PortHeld_is_a_warning_where_a_model_server_does_not_tell_what_it_serves()
    {
        await using var locked = new FakeServer(Answers.Json(200, """{"status":"ok"}"""), Answers.Json(401, "{}"));

        DiagnosticFinding finding = await _examination.FindOneAsync(DiagnosticRule.PortHeld, With(Here(), _examination.Model() with { Port = locked.Port }));

        Assert.Equal("Warning Model m@here", Brief(finding));
    }

    [Fact]
    public async Task PortHeld_is_silent_where_nobody_listens_or_the_model_answers()
    {
        await using FakeServer own = HealthSetup.Llama("m");
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.PortHeld, With(Here(), _examination.Model())));
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.PortHeld, With(Here(), _examination.Model() with { Port = own.Port }, _examination.Model("n") with { Port = own.Port })));
    }

    [Fact]
    public async Task PortHeld_is_silent_where_what_is_recorded_answers()
    {
        await using var loading = new FakeServer(Answers.Json(503, """{"error":{"message":"Loading model"}}"""), Answers.Json(503, "{}"));
        var recorded = new ActiveRuntime
        {
            Id = "m",
            HostId = "here",
            Port = loading.Port,
            Endpoint = "http://127.0.0.1/v1",
            Status = RuntimeStatus.Starting,
            StartedAt = DateTime.UnixEpoch,
        };
        await using var examination = new Examination { Active = recorded };
        RuntimeConfiguration configuration = With(Here(), examination.Model() with { Port = loading.Port });

        Assert.Empty(await examination.FindAsync(DiagnosticRule.PortHeld, configuration));
        Assert.Single(await _examination.FindAsync(DiagnosticRule.PortHeld, configuration));
    }

    [Fact]
    public async Task BackendUnverified_fires_by_how_much_depends_on_it()
    {
        RuntimeConfiguration configuration = With(Here(), _examination.Model() with { BackendPolicy = IdPolicy.Of(["used"]) }) with
        {
            Backends =
            [
                Backend("used") with { VerifyCommand = "echo no device >&2; exit 4" },
                Backend("named") with { VerifyCommand = "exit 4", HostFilter = IdPolicy.Of(["here"]) },
                Backend("any") with { VerifyCommand = "exit 4" },
            ],
        };

        IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(DiagnosticRule.BackendUnverified, configuration);

        Assert.Equal(["Error Backend used@here", "Information Backend any@here", "Warning Backend named@here"], findings.Select(Brief).Order(StringComparer.Ordinal));
        Assert.EndsWith("no device", findings.Single(finding => finding.Id == "used").Message, StringComparison.Ordinal);
        Assert.StartsWith("Test-IHBackend used -HostId here", findings.Single(finding => finding.Id == "used").Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BackendUnverified_is_silent_where_it_works_is_not_for_the_host_or_needs_a_model()
    {
        RuntimeHost host = Here() with { Backend = new NameList("vulkan") };
        RuntimeConfiguration configuration = With(host) with
        {
            Backends =
            [
                Backend("works") with { Type = "vulkan", VerifyCommand = "test {host_id} = here" },
                Backend("undeclared") with { VerifyCommand = "exit 4" },
                Backend("needs") with { Type = "vulkan", VerifyCommand = "test -f {source}" },
                Backend("off") with { Type = "vulkan", VerifyCommand = "exit 4", Enabled = false },
                Backend("none") with { Type = "vulkan" },
            ],
        };

        Assert.Empty(await _examination.FindAsync(DiagnosticRule.BackendUnverified, configuration));
    }

    [Fact]
    public async Task DirectoryUnwritable_fires_for_the_logs_of_another_host()
    {
        string file = _examination.File("in the way");

        DiagnosticFinding finding = await _examination.FindOneAsync(DiagnosticRule.DirectoryUnwritable, With(_examination.Box(environment: $"IDLEHANDS_STATE_DIR={file}/state")));

        Assert.Equal("Error Host box@box", Brief(finding));
        Assert.Contains($"'{file}' is no directory", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DirectoryUnwritable_is_silent_where_it_can_be_made_there()
    {
        Assert.Empty(await _examination.FindAsync(DiagnosticRule.DirectoryUnwritable, With(_examination.Box())));
        Assert.False(Directory.Exists(Path.Combine(_examination.Root, ".local")));
    }

    [Fact]
    public async Task ClockOff_fires_for_a_host_with_another_time()
    {
        await using var late = new Examination { Time = new ShiftedClock(TimeSpan.FromMinutes(-10)) };
        await using var early = new Examination { Time = new ShiftedClock(TimeSpan.FromMinutes(10)) };

        DiagnosticFinding ahead = await late.FindOneAsync(DiagnosticRule.ClockOff, With(late.Box()));
        DiagnosticFinding behind = await early.FindOneAsync(DiagnosticRule.ClockOff, With(early.Box()));

        Assert.Equal("Warning Host box@box", Brief(ahead));
        Assert.Matches(@"is (599|600) s ahead of", ahead.Message);
        Assert.Matches(@"is (599|600) s behind", behind.Message);
    }

    [Fact]
    public async Task ClockOff_is_silent_within_half_a_minute()
    {
        await using var close = new Examination { Time = new ShiftedClock(TimeSpan.FromSeconds(20)) };
        Assert.Empty(await close.FindAsync(DiagnosticRule.ClockOff, With(close.Box())));
    }

    [Theory]
    [InlineData(100, 100.9, 101.2, 0)]
    [InlineData(100, 99.1, 109, 0)]
    [InlineData(100, 80, 90, 10)]
    [InlineData(100, 105, 110, -4)]
    public void The_time_that_the_question_took_is_no_difference(double clock, double before, double after, double ahead) =>
        Assert.Equal(ahead, HostLooker.ClockAhead(At(clock), At(before), At(after))!.Value.TotalSeconds, 3);

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    [Fact]
    public async Task SecretUnavailable_fires_for_a_backend_and_for_a_login()
    {
        RuntimeBackend backend = Backend() with { Environment = new EnvironmentMap([new("TOKEN", "env:IDLEHANDS_NO_SUCH")]) };
        RuntimeHost host = Here("far") with { Transport = HostTransport.Ssh, HostName = "127.0.0.1", Password = new Secret("env:IDLEHANDS_NO_SUCH") };

        IReadOnlyList<DiagnosticFinding> findings = await _examination.FindAsync(null, With(host, _examination.Model()) with { Backends = [backend] });

        Assert.Equal(["Error Backend b@", "Error Host far@far"], findings.Where(finding => finding.RuleId == DiagnosticRule.SecretUnavailable.Id).Select(Brief).Order(StringComparer.Ordinal));
        Assert.Equal(2, findings.Count);
        Assert.All(findings, finding => Assert.Contains("$env:IDLEHANDS_NO_SUCH", finding.Recommendation, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecretUnavailable_is_silent_for_one_that_is_to_be_had_and_for_disabled_backends()
    {
        RuntimeBackend backend = Backend() with { Environment = new EnvironmentMap([new("PLACE", "env:PATH"), new("PLAIN", "1")]) };
        RuntimeBackend off = backend with { Id = "off", Enabled = false, Environment = new EnvironmentMap([new("TOKEN", "env:IDLEHANDS_NO_SUCH")]) };

        Assert.Empty(await _examination.FindAsync(DiagnosticRule.SecretUnavailable, With(Here()) with { Backends = [backend, off] }));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_looked_at_and_told()
    {
        RuntimeHost host = Here() with { CheckCommand = $"touch '{_examination.Root}/checked'", Password = new Secret("clear") };
        RuntimeConfiguration configuration = With(host, _examination.Model() with { Source = "/no/such.gguf" }, _examination.Model("n"));

        Assert.Equal([DiagnosticRule.PasswordInClear.Id], await RulesAsync(configuration, new DiagnosticOptions { RuleIds = new NameList(DiagnosticRule.PasswordInClear.Id) }));
        Assert.Equal([DiagnosticRule.ModelFileMissing.Id], await RulesAsync(configuration, new DiagnosticOptions { RuleIds = new NameList(DiagnosticRule.ModelFileMissing.Id) }));
        Assert.False(File.Exists($"{_examination.Root}/checked"));
        Assert.Equal([DiagnosticRule.ModelFileMissing.Id], await RulesAsync(configuration, new DiagnosticOptions { Severity = DiagnosticSeverity.Error }));
        Assert.Equal(
            [DiagnosticRule.ModelFileMissing.Id, DiagnosticRule.PasswordInClear.Id],
            await RulesAsync(configuration, new DiagnosticOptions { HostIds = new NameList("here") }));
        Assert.True(File.Exists($"{_examination.Root}/checked"));
    }

    [Fact]
    public async Task A_rule_that_could_not_be_looked_at_is_not_taken_for_silent()
    {
        RuntimeHost away = _examination.Box() with { ExecPrefix = new NameList("false") };

        Assert.Equal([DiagnosticRule.HostUnreachable.Id], await RulesAsync(With(away), new DiagnosticOptions { RuleIds = new NameList(DiagnosticRule.ModelFileMissing.Id) }));
    }

    [Fact]
    public async Task Cancelling_ends_the_commands_that_run()
    {
        string pid = Path.Combine(_examination.Root, "pid");
        RuntimeBackend backend = Backend() with { VerifyCommand = $"echo $$ >'{pid}.new'; mv '{pid}.new' '{pid}'; exec sleep 300" };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var watcher = new FileSystemWatcher(_examination.Root);
        var written = new TaskCompletionSource();
        watcher.Renamed += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;
        Task examining = Task.Run(
            async () =>
            {
                await foreach (DiagnosticFinding _ in _examination.Doctor(With(Here()) with { Backends = [backend] }).ExamineAsync(stop.Token))
                {
                }
            },
            Token);
        await written.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => examining.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(pid, Token)).Trim()}"));
    }

    private async Task<IEnumerable<string>> RulesAsync(RuntimeConfiguration configuration, DiagnosticOptions options) =>
        (await _examination.FindAsync(null, configuration, options)).Select(finding => finding.RuleId).Order(StringComparer.Ordinal);

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>A clock of this machine that is wrong.</summary>
    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
