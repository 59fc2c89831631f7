using System.Text;
using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    [Theory]
    [InlineData("8081.0")]
    [InlineData("8.081e3")]
    [InlineData("80810E-1")]
    public void Reads_a_whole_number_in_any_form_that_JSON_has(string number)
    {
        using var folder = new ConfigurationFolder(
            $"{{\"schema_version\": 1.0, \"hosts\": [{{\"id\": \"a\", \"display_name\": \"A\", \"enabled\": true, \"connection\": {{\"port\": {number}}}}}]}}");

        Assert.Empty(folder.Store.Inspect().Findings);
        Assert.Equal(8081, folder.Store.Load().Hosts[0].Port);
    }

    [Fact]
    public void Reads_every_key()
    {
        using var folder = new ConfigurationFolder("""
            {"$schema": "x", "schema_version": 1,
             "hosts": [{"id": "h", "display_name": "H", "enabled": false, "transport": "ssh", "shell": "sh",
               "connection": {"host": "h.example", "port": 2222, "user": "u", "key_path": "env:KEY", "password": "secret://v/p", "options": ["A=b"], "exec": ["x"], "token_ref": "t"},
               "capabilities": {"gpu": ["g"], "vram_gb": 15.5, "backends": ["cuda"]},
               "health": {"check_cmd": "c", "timeout_sec": 7}, "model_control": {"stop_cmd": "s", "cleanup_cmd": "cl", "drain_sec": 0, "stop_grace_sec": 15}}],
             "backends": [{"id": "b", "display_name": "B", "enabled": true, "type": "rocm", "host_filters": ["h"], "apply_cmd": "a", "verify_cmd": "v",
               "verify_always": false, "rollback_cmd": "r", "env": {"Z": "1", "A": "2"}, "args": ["-x", "y z"]}],
             "models": [{"id": "m", "display_name": "M", "enabled": true, "source": "s.gguf", "host_policy": ["h"], "backend_policy": ["b"],
               "launch": {"start_cmd": "st", "probe_cmd": "p", "probe_timeout_sec": 5, "probe_interval_ms": 6, "status_cmd": "stat"},
               "runtime_defaults": {"port": 9000, "context_window": 10, "max_tokens": 11}, "served_name": "n", "chat_template": "t", "fallback": "n",
               "thinking_mode": "no_think", "split_policy": {"mode": "rpc", "hosts": ["h"], "more": [{}]}},
              {"id": "n", "display_name": "N", "enabled": true, "source": "n.gguf", "host_policy": null, "launch": {"start_cmd": "x"}, "runtime_defaults": null}]}
            """);

        ConfigurationInspection inspection = folder.Store.Inspect();

        Assert.Empty(inspection.Findings);
        RuntimeConfiguration configuration = inspection.Configuration!;
        Assert.Equal(
            new RuntimeHost
            {
                Id = "h",
                DisplayName = "H",
                Enabled = false,
                Transport = "ssh",
                Shell = "sh",
                HostName = "h.example",
                Port = 2222,
                UserName = "u",
                KeyPath = "env:KEY",
                Password = new Secret("secret://v/p"),
                SshOption = new NameList("A=b"),
                ExecPrefix = new NameList("x"),
                ConnectionReferences = new EnvironmentMap([new("token_ref", "t")]),
                Gpu = new NameList("g"),
                VramGB = 15.5,
                Backend = new NameList("cuda"),
                CheckCommand = "c",
                CheckTimeoutSec = 7,
                StopCommand = "s",
                CleanupCommand = "cl",
                DrainSec = 0,
                StopGraceSec = 15,
            },
            Assert.Single(configuration.Hosts));
        RuntimeBackend backend = Assert.Single(configuration.Backends);
        Assert.Equal(
            new RuntimeBackend
            {
                Id = "b",
                DisplayName = "B",
                Type = "rocm",
                HostFilter = IdPolicy.Of(["h"]),
                ApplyCommand = "a",
                VerifyCommand = "v",
                VerifyAlways = false,
                RollbackCommand = "r",
                Environment = new EnvironmentMap([new("Z", "1"), new("A", "2")]),
                Argument = new NameList("-x", "y z"),
            },
            backend);
        Assert.Equal("Z=1; A=2", backend.Environment!.ToString());
        Assert.Equal(
            new RuntimeModel
            {
                Id = "m",
                DisplayName = "M",
                Source = "s.gguf",
                HostPolicy = IdPolicy.Of(["h"]),
                BackendPolicy = IdPolicy.Of(["b"]),
                StartCommand = "st",
                ProbeCommand = "p",
                ProbeTimeoutSec = 5,
                ProbeIntervalMs = 6,
                StatusCommand = "stat",
                Port = 9000,
                ContextWindow = 10,
                MaxTokens = 11,
                ServedName = "n",
                ChatTemplate = "t",
                Fallback = "n",
                ThinkingMode = "no_think",
                SplitPolicy = new SplitPolicy("{\"mode\": \"rpc\", \"hosts\": [\"h\"], \"more\": [{}]}", new NameList("h")),
            },
            configuration.Models[0]);
        Assert.Equal(
            new RuntimeModel { Id = "n", DisplayName = "N", Source = "n.gguf", StartCommand = "x" },
            configuration.Models[1]);
    }

    [Theory]
    [InlineData("workstation.json", 1, 2, 3, "x_notes")]
    [InlineData("lab.json", 3, 3, 3, null)]
    public void Loads_what_the_original_CLI_wrote(string name, int hosts, int backends, int models, string? warning)
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.ReadData(name));

        ConfigurationInspection inspection = folder.Store.Inspect();

        Assert.NotNull(inspection.Configuration);
        Assert.Equal(
            (hosts, backends, models),
            (inspection.Configuration.Hosts.Count, inspection.Configuration.Backends.Count, inspection.Configuration.Models.Count));
        Assert.Equal(warning is null ? [] : [warning], inspection.Findings.Select(finding => finding.Path));
        Assert.All(inspection.Findings, finding => Assert.Equal(ConfigurationFinding.Warning, finding.Severity));
    }

    [Fact]
    public void Reads_a_file_with_a_byte_order_mark()
    {
        using var folder = new ConfigurationFolder();
        File.WriteAllBytes(folder.File, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(ConfigurationFolder.Small)]);

        RuntimeConfiguration configuration = folder.Store.Load();

        Assert.Equal(2, configuration.Models.Count);
    }
}
