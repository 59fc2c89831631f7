using IdleHands.Diagnostics;
using static IdleHands.Core.Tests.Diagnostics.Examination;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Rules that look at commands as they are written.</summary>
public sealed class CommandRuleTests
{
    private static readonly RuntimeHost Box = new() { Id = "box", DisplayName = "box", Shell = "bash" };

    private static readonly RuntimeModel Base =
        new() { Id = "m", DisplayName = "m", Source = "/m/m.gguf", StartCommand = "srv -m {source} --port {port}", Port = 8081 };

    [Fact]
    public void CommandUnrenderable_fires_for_a_value_inside_quotes_and_for_one_that_lacks()
    {
        RuntimeConfiguration configuration = With(
            Box with { StopCommand = "stop \"{source}\"" },
            Base with { Source = "/my models/m.gguf", StartCommand = "srv -m \"{source}\"", ProbeCommand = "probe -c {context_window}" });

        IReadOnlyList<DiagnosticFinding> findings = Check(DiagnosticRule.CommandUnrenderable, configuration);

        Assert.Equal(["Error Model m@box", "Error Model m@box", "Error Host box@box"], findings.Select(Brief));
        Assert.Contains("stands inside quotes", findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("Drop the quotes", findings[0].Recommendation, StringComparison.Ordinal);
        Assert.Contains("{context_window}", findings[1].Message, StringComparison.Ordinal);
        Assert.Contains("the stop command", findings[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandUnrenderable_is_silent_for_values_that_need_no_quotes_or_get_them() => Assert.Empty(Check(
        DiagnosticRule.CommandUnrenderable,
        With(Box with { StopCommand = "stop \"{source}\"" }, Base with { StartCommand = "srv -m \"{source}\"" }, Base with { Id = "n", Source = "/my models/m.gguf" }) with { Hosts = [Box] }));

    [Theory]
    [InlineData("srv -m {source} --port 9000")]
    [InlineData("srv -m {source} --port=9000")]
    [InlineData("bash -c 'exec srv --port 9000'")]
    public void StartPortMismatch_fires_where_the_command_names_another(string start)
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.StartPortMismatch, With(Box, Base with { StartCommand = start })));

        Assert.Equal("Warning Model m@", Brief(finding));
        Assert.Contains("names port 9000, and the model's port is 8081", finding.Message, StringComparison.Ordinal);
        Assert.Contains("Set-IHModel m -Port 9000", finding.Recommendation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("srv -m {source} --port {port}")]
    [InlineData("srv -m {source} --port 8081")]
    [InlineData("srv -m {source}")]
    [InlineData("docker run -p 8081:8000 img --port 8000")]
    [InlineData("srv --rpc-port 9000")]
    public void StartPortMismatch_is_silent_where_the_port_is_right_or_not_named(string start) =>
        Assert.Empty(Check(DiagnosticRule.StartPortMismatch, With(Box, Base with { StartCommand = start })));

    [Theory]
    [InlineData("curl -sf http://127.0.0.1:8080/health")]
    [InlineData("curl -sf http://localhost:8080/v1/models | grep -q m")]
    [InlineData("curl -sf http://{host}:8080/health")]
    [InlineData("nc -z 127.0.0.1 8080")]
    [InlineData("bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080'")]
    [InlineData("curl http://[::1]:8080/")]
    public void ProbePortMismatch_fires_where_the_command_asks_another(string probe)
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.ProbePortMismatch, With(Box, Base with { ProbeCommand = probe })));

        Assert.Equal("Warning Model m@", Brief(finding));
        Assert.Contains("asks port 8080, and the model's port is 8081", finding.Message, StringComparison.Ordinal);
        Assert.Contains("-ProbeCommand $null", finding.Recommendation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curl -sf http://127.0.0.1:{port}/health")]
    [InlineData("curl -sf http://127.0.0.1:8081/health")]
    [InlineData("curl -sf http://127.0.0.1:8080/m && curl -sf http://127.0.0.1:{port}/health")]
    [InlineData("curl -sf http://proxy.lan:9000/m")]
    [InlineData("docker exec m curl localhost/health")]
    [InlineData("test -f /tmp/ready")]
    public void ProbePortMismatch_is_silent_where_the_port_is_right_or_not_the_hosts(string probe) =>
        Assert.Empty(Check(DiagnosticRule.ProbePortMismatch, With(Box, Base with { ProbeCommand = probe })));

    [Theory]
    [InlineData("pkill -f llama-server")]
    [InlineData("pkill -f llama-server || true")]
    [InlineData("pkill -9 -x llama-server")]
    [InlineData("sudo pkill llama")]
    [InlineData("killall llama-server")]
    [InlineData("systemctl stop x; killall -9 llama-server")]
    [InlineData("kill $(pgrep -f llama-server)")]
    [InlineData("kill -9 `pidof llama-server`")]
    [InlineData("pgrep llama | xargs -r kill")]
    [InlineData("docker stop $(docker ps -q)")]
    [InlineData("docker ps -q | xargs docker stop")]
    [InlineData("ps aux | grep llama | awk '{print $2}' | xargs -r kill")]
    [InlineData("kill -9 -1")]
    [InlineData("taskkill /F /IM llama-server.exe")]
    [InlineData("Stop-Process -Name llama-server -Force")]
    [InlineData("Get-Process llama-server | Stop-Process")]
    public void StopCommandTooBroad_fires_for_a_kill_by_name(string stop)
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.StopCommandTooBroad, With(Box with { StopCommand = stop })));

        Assert.Equal("Warning Host box@box", Brief(finding));
        Assert.Contains("Set-IHHost box -StopCommand $null", finding.Recommendation, StringComparison.Ordinal);
        Assert.Single(Check(DiagnosticRule.StopCommandTooBroad, With(Box with { CleanupCommand = stop })));
    }

    [Theory]
    [InlineData("systemctl stop llama")]
    [InlineData("docker rm -f {model_id}")]
    [InlineData("docker stop llama")]
    [InlineData("pkill -f 'llama-server.*--port {port}'")]
    [InlineData("pkill -F /run/llama.pid")]
    [InlineData("pkill --signal TERM --session 42")]
    [InlineData("pgrep llama-server")]
    [InlineData("fuser -k {port}/tcp")]
    [InlineData("lsof -ti:{port} | xargs kill")]
    [InlineData("kill $(cat /run/llama.pid)")]
    [InlineData("kill -9 -1234")]
    [InlineData("docker ps -q --filter name={model_id} | xargs docker stop")]
    [InlineData("curl -X POST http://127.0.0.1:{port}/shutdown")]
    [InlineData("/opt/my-pkill now")]
    [InlineData(null)]
    public void StopCommandTooBroad_is_silent_for_what_names_its_own(string? stop) =>
        Assert.Empty(Check(DiagnosticRule.StopCommandTooBroad, With(Box with { StopCommand = stop, CleanupCommand = stop })));

    [Theory]
    [InlineData("docker run -d --name m img")]
    [InlineData("docker run --rm -it -d img")]
    [InlineData("podman start m")]
    [InlineData("systemctl --user start llama")]
    [InlineData("docker compose up -d")]
    [InlineData("/usr/bin/docker run -d=true img")]
    [InlineData("docker run --gpus all -p 8080:8080 -d img")]
    [InlineData("docker compose -f /x/y.yml up -d")]
    [InlineData("/usr/bin/systemctl --user --no-block start llama")]
    [InlineData("sudo service llama start")]
    public void StopCommandMissing_fires_for_a_service_that_nothing_stops(string start)
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.StopCommandMissing, With(Box, Base with { StartCommand = start })));

        Assert.Equal("Warning Model m@box", Brief(finding));
        Assert.Contains("Set-IHHost box -StopCommand", finding.Recommendation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker run --rm --name m img", null)]
    [InlineData("docker run img llama-server -md draft.gguf", null)]
    [InlineData("docker run --rm --gpus all img serve -d cuda --port {port}", null)]
    [InlineData("docker run -d img", "docker rm -f {model_id}")]
    [InlineData("llama-server -m {source}", null)]
    public void StopCommandMissing_is_silent_in_the_foreground_and_with_a_stop_command(string start, string? stop) =>
        Assert.Empty(Check(DiagnosticRule.StopCommandMissing, With(Box with { StopCommand = stop }, Base with { StartCommand = start })));

    [Fact]
    public void StatusCommandMissing_fires_for_a_service_that_nothing_watches()
    {
        DiagnosticFinding finding = Assert.Single(Check(DiagnosticRule.StatusCommandMissing, With(Box, Base with { StartCommand = "systemctl start llama" })));

        Assert.Equal("Information Model m@", Brief(finding));
        Assert.Contains("-StatusCommand 'systemctl is-active", finding.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void StatusCommandMissing_is_silent_with_one_and_in_the_foreground()
    {
        Assert.Empty(Check(DiagnosticRule.StatusCommandMissing, With(Box, Base with { StartCommand = "systemctl start llama", StatusCommand = "systemctl is-active llama" })));
        Assert.Empty(Check(DiagnosticRule.StatusCommandMissing, With(Box, Base)));
    }

    private static IReadOnlyList<DiagnosticFinding> Check(DiagnosticRule rule, RuntimeConfiguration configuration) =>
        [.. CommandRules.Check(configuration, new ModelPlaces(configuration)).Where(finding => finding.RuleId == rule.Id)];
}
