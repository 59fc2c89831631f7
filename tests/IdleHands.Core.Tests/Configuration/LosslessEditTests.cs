using System.Text;
using System.Text.Json.Nodes;
using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>A change touches what it changes and nothing else of the text.</summary>
public sealed class LosslessEditTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("workstation.json")]
    [InlineData("lab.json")]
    public void Rewrites_unchanged_entries_byte_for_byte(string name)
    {
        byte[] original = Encoding.UTF8.GetBytes(ConfigurationFolder.ReadData(name));
        RuntimeConfiguration configuration = ConfigurationReader.Inspect(original).Configuration!;
        RuntimeConfiguration copy = configuration with { Models = [.. configuration.Models.Select(model => model with { })] };

        Assert.Equal(original, ConfigurationWriter.Write(original, configuration, configuration));
        Assert.Equal(original, ConfigurationWriter.Write(original, configuration, copy));
    }

    [Theory]
    [InlineData("workstation.json")]
    [InlineData("lab.json")]
    public async Task Means_the_same_after_a_change_and_its_reverse(string name)
    {
        string original = ConfigurationFolder.ReadData(name);
        using var folder = new ConfigurationFolder(original);
        RuntimeConfiguration before = folder.Store.Load();

        await folder.Store.UpdateAsync(
            configuration => configuration with
            {
                Hosts = [.. configuration.Hosts.Select(host => host with { DisplayName = "X", CheckTimeoutSec = 99 })],
                Backends = [.. configuration.Backends.Select(backend => backend with { Enabled = false })],
                Models = [.. configuration.Models.Select(model => model with { Port = 1234 })],
            },
            Cancellation);
        Assert.False(JsonNode.DeepEquals(JsonNode.Parse(original), JsonNode.Parse(folder.Text)));
        await folder.Store.UpdateAsync(_ => before, Cancellation);

        Assert.Equal(before.Models, folder.Store.Load().Models);
        Assert.Equal(before.Hosts, folder.Store.Load().Hosts);
        Assert.Equal(before.Backends, folder.Store.Load().Backends);
    }

    [Fact]
    public async Task Changes_one_value_and_no_other_byte()
    {
        string original = ConfigurationFolder.ReadData("workstation.json");
        using var folder = new ConfigurationFolder(original);

        await folder.Store.UpdateAsync(
            configuration => OneEntry.Change(EntrySection.Models, configuration, "fallback-small", model => model with { Port = 9000 }),
            Cancellation);

        Assert.Equal(original.Replace("\"port\": 8081", "\"port\": 9000", StringComparison.Ordinal), folder.Text);
    }

    [Fact]
    public async Task Keeps_nulls_and_empty_lists_and_objects_of_a_changed_entry()
    {
        string original = ConfigurationFolder.ReadData("workstation.json");
        using var folder = new ConfigurationFolder(original);

        await folder.Store.UpdateAsync(
            configuration => configuration with
            {
                Hosts = [configuration.Hosts[0] with { DisplayName = "Desk" }],
                Backends = [configuration.Backends[0], configuration.Backends[1] with { Enabled = false }],
                Models = [configuration.Models[0] with { MaxTokens = 4096 }, .. configuration.Models.Skip(1)],
            },
            Cancellation);

        string expected = original
            .Replace("\"Workstation\"", "\"Desk\"", StringComparison.Ordinal)
            .Replace("\"id\": \"cpu\", \"display_name\": \"CPU\", \"enabled\": true", "\"id\": \"cpu\", \"display_name\": \"CPU\", \"enabled\": false", StringComparison.Ordinal)
            .Replace("8192", "4096", StringComparison.Ordinal);
        Assert.Equal(expected, folder.Text);
        Assert.Contains("\"cleanup_cmd\": null", folder.Text, StringComparison.Ordinal);
        Assert.Contains("\"args\": []", folder.Text, StringComparison.Ordinal);
        Assert.Contains("\"connection\": {}", folder.Text, StringComparison.Ordinal);
        Assert.Contains("\"split_policy\": null", folder.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removes_a_value_that_was_cleared_and_replaces_a_null()
    {
        using var folder = new ConfigurationFolder(ConfigurationFolder.ReadData("workstation.json"));

        await folder.Store.UpdateAsync(
            configuration => configuration with
            {
                Hosts = [configuration.Hosts[0] with { CleanupCommand = "sync", CheckTimeoutSec = null, CheckCommand = null }],
                Models =
                [
                    configuration.Models[0] with { ContextWindow = null },
                    configuration.Models[1] with { Port = null, ProbeTimeoutSec = null },
                    configuration.Models[2] with { ChatTemplate = null, Port = 8085 },
                ],
            },
            Cancellation);

        string text = folder.Text;
        Assert.Contains("\"cleanup_cmd\": \"sync\"}", text, StringComparison.Ordinal);
        Assert.Contains("\"health\": {},", text, StringComparison.Ordinal);
        Assert.Contains("\"runtime_defaults\": {\"port\": 8080, \"max_tokens\": 8192}", text, StringComparison.Ordinal);
        Assert.Contains("\"runtime_defaults\": {}", text, StringComparison.Ordinal);
        Assert.Contains("/health\", \"probe_interval_ms\": 500}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("chat_template\"", text, StringComparison.Ordinal);
        Assert.Equal(8085, folder.Store.Load().Models[2].Port);
    }

    [Fact]
    public async Task Keeps_unknown_top_level_keys_where_they_are()
    {
        const string Original = """
            {
              "x_first": [1, {"a":null}],
              "schema_version": 1,
              "models": [],
              "x_last": 1.50e0
            }
            """;
        using var folder = new ConfigurationFolder(Original);

        await folder.Store.UpdateAsync(configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("a")), Cancellation);

        Assert.StartsWith("{\n  \"x_first\": [1, {\"a\":null}],\n  \"schema_version\": 1,\n  \"models\": [\n    {\n      \"id\": \"a\",", folder.Text, StringComparison.Ordinal);
        Assert.EndsWith("    }\n  ],\n  \"x_last\": 1.50e0\n}", folder.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_new_entries_as_a_person_would()
    {
        using var folder = new ConfigurationFolder();

        await folder.Store.UpdateAsync(
            configuration => configuration with
            {
                Hosts = [new RuntimeHost { Id = "h", DisplayName = "Ünï <h> & 'co'", Transport = "exec", ExecPrefix = new NameList("docker", "exec", "c"), VramGB = 0.1 }],
                Backends = [new RuntimeBackend { Id = "b", DisplayName = "B", Type = "cpu", Environment = new EnvironmentMap([new("A", "1"), new("B", "\"")]), Argument = NameList.Empty }],
                Models = [ConfigurationFolder.NewModel("m") with { HostPolicy = IdPolicy.Of(["h"]), Port = 9, SplitPolicy = new SplitPolicy("{\"a\":1}", NameList.Empty) }],
            },
            Cancellation);

        Assert.Equal(
            """
            {
              "$schema": "./runtimes.schema.json",
              "schema_version": 1,
              "hosts": [
                {
                  "id": "h",
                  "display_name": "Ünï <h> & 'co'",
                  "enabled": true,
                  "transport": "exec",
                  "connection": {
                    "exec": ["docker", "exec", "c"]
                  },
                  "capabilities": {
                    "vram_gb": 0.1
                  }
                }
              ],
              "backends": [
                {
                  "id": "b",
                  "display_name": "B",
                  "enabled": true,
                  "type": "cpu",
                  "host_filters": "any",
                  "env": {"A": "1", "B": "\""},
                  "args": []
                }
              ],
              "models": [
                {
                  "id": "m",
                  "display_name": "m",
                  "enabled": true,
                  "source": "/models/m.gguf",
                  "host_policy": ["h"],
                  "backend_policy": "any",
                  "launch": {
                    "start_cmd": "llama-server -m {source} --port {port}"
                  },
                  "runtime_defaults": {
                    "port": 9
                  },
                  "split_policy": {"a":1}
                }
              ]
            }

            """,
            folder.Text);
    }

    [Fact]
    public async Task Adds_keys_and_groups_in_the_style_of_the_entry()
    {
        using var folder = new ConfigurationFolder("""
            {
                "schema_version": 1,
                "models": [
                    {
                        "id": "a",
                        "display_name": "A",
                        "enabled": true,
                        "source": "s",
                        "launch": {"start_cmd": "x"}
                    },
                    {"id": "b", "display_name": "B", "enabled": true, "source": "s", "launch": {"start_cmd": "x"}}
                ]
            }
            """);

        await folder.Store.UpdateAsync(
            configuration => EntryEdits.Change(
                EntrySection.Models,
                configuration,
                ["a", "b"],
                model => model with { Port = 1, ProbeIntervalMs = 5, ServedName = "n" },
                (_, failure) => throw failure),
            Cancellation);

        Assert.Equal(
            """
            {
                "schema_version": 1,
                "models": [
                    {
                        "id": "a",
                        "display_name": "A",
                        "enabled": true,
                        "source": "s",
                        "launch": {"start_cmd": "x", "probe_interval_ms": 5},
                        "runtime_defaults": {
                            "port": 1
                        },
                        "served_name": "n"
                    },
                    {"id": "b", "display_name": "B", "enabled": true, "source": "s", "launch": {"start_cmd": "x", "probe_interval_ms": 5}, "runtime_defaults": {"port": 1}, "served_name": "n"}
                ]
            }
            """,
            folder.Text);
    }

    [Fact]
    public async Task Keeps_line_breaks_tabs_and_commas_as_they_are()
    {
        const string Original = "{\r\n\t\"schema_version\": 1,\r\n\t\"models\": [\r\n\t\t{\"id\": \"a\", \"display_name\": \"A\", \"enabled\": true, \"source\": \"s\", \"launch\": {\"start_cmd\": \"x\"}}\r\n\t\t, {\"id\": \"b\", \"display_name\": \"B\", \"enabled\": true, \"source\": \"s\", \"launch\": {\"start_cmd\": \"x\"}}\r\n\t\t, {\"id\": \"c\", \"display_name\": \"C\", \"enabled\": true, \"source\": \"s\", \"launch\": {\"start_cmd\": \"x\"}}\r\n\t]\r\n}\r\n";
        using var folder = new ConfigurationFolder(Original);

        await folder.Store.UpdateAsync(configuration => OneEntry.Remove(EntrySection.Models, configuration, "b", removeReferences: false), Cancellation);
        Assert.Equal(string.Concat(Original.Split("\r\n").Where(line => !line.Contains("\"b\"", StringComparison.Ordinal)).Select(line => line + "\r\n"))[..^2], folder.Text);

        await folder.Store.UpdateAsync(configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("d")), Cancellation);
        Assert.Contains("\r\n\t\t, {\r\n\t\t\t\"id\": \"d\",\r\n", folder.Text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\t\t}\r\n\t]\r\n}\r\n", folder.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_1999_models_alone_when_one_of_2000_is_set()
    {
        var original = new StringBuilder("{\"schema_version\": 1, \"models\": [\n");
        for (int number = 0; number < 2000; number++)
        {
            original.Append(number == 0 ? string.Empty : number % 3 == 0 ? ",\n" : " ,  ");
            original.Append($"{{\"enabled\":true, \"id\":\"m{number}\",\"display_name\" : \"M\",  \"source\":\"s\",\"launch\":{{\"start_cmd\":\"x\"}},\"runtime_defaults\":{{\"port\":{1000 + number}}}}}");
        }

        original.Append("]}");
        using var folder = new ConfigurationFolder(original.ToString());

        await folder.Store.UpdateAsync(
            configuration => OneEntry.Change(EntrySection.Models, configuration, "m777", model => model with { Port = 1 }),
            Cancellation);

        Assert.Equal(original.ToString().Replace("\"port\":1777}", "\"port\":1}", StringComparison.Ordinal), folder.Text);
    }

    [Fact]
    public async Task Keeps_connection_references_of_the_original_CLI()
    {
        using var folder = new ConfigurationFolder("""
            {"schema_version": 1, "hosts": [{"id": "a", "display_name": "A", "enabled": true, "connection": {"password_ref": "vault:x", "user": "u"}}]}
            """);

        await folder.Store.UpdateAsync(
            configuration =>
            {
                RuntimeHost host = configuration.Hosts[0];
                RuntimeConfiguration changed = OneEntry.Change(EntrySection.Hosts, configuration, "a", _ => host with { UserName = "w" });
                return OneEntry.Add(EntrySection.Hosts, changed, host with { Id = "copy" });
            },
            Cancellation);

        Assert.Contains("\"connection\": {\"password_ref\": \"vault:x\", \"user\": \"w\"}", folder.Text, StringComparison.Ordinal);
        Assert.Equal("vault:x", folder.Store.Load().Hosts[1].ConnectionReferences!["password_ref"]);
    }

    [Fact]
    public async Task Keeps_a_byte_order_mark()
    {
        using var folder = new ConfigurationFolder();
        File.WriteAllText(folder.File, ConfigurationFolder.Small, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        await folder.Store.UpdateAsync(
            configuration => OneEntry.Change(EntrySection.Models, configuration, "a", model => model with { Source = "ä.gguf" }),
            Cancellation);

        byte[] bytes = File.ReadAllBytes(folder.File);
        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{'], bytes[..4]);
        Assert.Equal(ConfigurationFolder.Small.Replace("a.gguf", "ä.gguf", StringComparison.Ordinal), Encoding.UTF8.GetString(bytes[3..]));
    }
}
