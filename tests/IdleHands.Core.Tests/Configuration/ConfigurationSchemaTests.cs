using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using IdleHands.Configuration;
using Json.Schema;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>The schema as a validator of another maker understands it, beside our own.</summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly JsonSchema _schema = JsonSchema.FromText(ConfigurationSchema.Write());

    private const string Whole = """
        {
          "$schema": "./runtimes.schema.json", "schema_version": 1, "x_own": [1],
          "hosts": [
            {"id": "h", "display_name": "H", "enabled": true, "transport": "ssh", "shell": "bash",
             "connection": {"host": "h.lan", "port": 22, "user": "me", "key_path": "~/.ssh/k", "password": "env:P", "options": ["A=b"], "exec": ["x"], "a_ref": "r"},
             "capabilities": {"gpu": ["g"], "vram_gb": 24.5, "backends": ["cuda"]}, "health": {"check_cmd": "true {host}", "timeout_sec": 5},
             "model_control": {"stop_cmd": "kill {port}", "cleanup_cmd": null, "drain_sec": 0, "stop_grace_sec": 1}},
            {"id": "box", "display_name": "Box", "enabled": true, "transport": "exec", "connection": {"exec": ["docker"]}}
          ],
          "backends": [
            {"id": "b", "display_name": "B", "enabled": true, "type": "cuda", "host_filters": ["h"], "apply_cmd": "a", "verify_cmd": "v", "verify_always": true,
             "rollback_cmd": "r", "env": {"A_1": "x"}, "args": ["-ngl"]}
          ],
          "models": [
            {"id": "m", "display_name": "M", "enabled": true, "source": "/m.gguf", "host_policy": "any", "backend_policy": ["b"],
             "launch": {"start_cmd": "docker ps {{.Names}} ${port} {source}", "probe_cmd": "p", "probe_timeout_sec": 1, "probe_interval_ms": 1, "status_cmd": "s"},
             "runtime_defaults": {"port": 8080, "context_window": 1, "max_tokens": 1}, "served_name": "s", "chat_template": "c", "fallback": "n",
             "thinking_mode": "think", "split_policy": {"hosts": ["h"], "x": 1}},
            {"id": "n", "display_name": "N", "enabled": true, "source": "/n.gguf", "launch": {"start_cmd": "x"}}
          ]
        }
        """;

    /// <summary>Where, and what breaks a rule there.</summary>
    public static TheoryData<string, string> Violations() => new()
    {
        { "schema_version", "2" },
        { "hosts", "{}" },
        { "hosts/0", "1" },
        { "hosts/0/id", "null" }, { "hosts/0/id", "\"Bad\"" }, { "hosts/0/id", "\"any\"" }, { "hosts/0/id", "\"-a\"" }, { "hosts/0/id", $"\"{new string('a', 65)}\"" },
        { "hosts/0/display_name", "null" }, { "hosts/0/display_name", "\"\\u0000\"" }, { "hosts/0/enabled", "\"yes\"" },
        { "hosts/0/transport", "\"telnet\"" }, { "hosts/0/shell", "\"fish\"" }, { "hosts/0/lunch", "1" },
        { "hosts/0/connection/host", "null" }, { "hosts/0/connection/host", "\" \"" }, { "hosts/0/connection/host", "\"-oProxyCommand=x\"" }, { "hosts/0/connection/host", "\"a\\u0000\"" },
        { "hosts/0/connection", "null" }, { "hosts/0/connection/port", "0" }, { "hosts/0/connection/port", "65536" }, { "hosts/0/connection/port", "22.5" },
        { "hosts/0/connection/user", "\"-x\"" }, { "hosts/0/connection/key_path", "\"env:\"" }, { "hosts/0/connection/password", "\"secret://a/b/c\"" },
        { "hosts/0/connection/password", "\"env:A=B\"" }, { "hosts/0/connection/password", "\"secret:// a\"" }, { "hosts/0/connection/password", "1" },
        { "hosts/0/connection/options", "\"A=b\"" }, { "hosts/0/connection/options/0", "\"\\u0000\"" }, { "hosts/0/connection/a_ref", "1" }, { "hosts/0/connection/other", "\"x\"" },
        { "hosts/1/connection/exec", "[]" }, { "hosts/1/connection/exec/0", "\" \"" }, { "hosts/1/connection/exec", "null" },
        { "hosts/0/capabilities/gpu/0", "1" }, { "hosts/0/capabilities/vram_gb", "-1" }, { "hosts/0/capabilities/vram_gb", "\"24\"" }, { "hosts/0/capabilities/backends/0", "\"\\u0000\"" },
        { "hosts/0/health/check_cmd", "\"curl {port}\"" }, { "hosts/0/health/check_cmd", "\"{hots}\"" }, { "hosts/0/health/timeout_sec", "0" }, { "hosts/0/health/timeout_sec", "2147484" },
        { "hosts/0/model_control/stop_cmd", "\"kill {prot}\"" }, { "hosts/0/model_control/cleanup_cmd", "\"\\u0000\"" },
        { "hosts/0/model_control/drain_sec", "-1" }, { "hosts/0/model_control/stop_grace_sec", "0" },
        { "backends/0/id", "\"any\"" }, { "backends/0/type", "null" }, { "backends/0/type", "\"tpu\"" }, { "backends/0/host_filters", "[]" }, { "backends/0/host_filters", "\"h\"" }, { "backends/0/host_filters/0", "\"H H\"" },
        { "backends/0/apply_cmd", "\"{x}\"" }, { "backends/0/verify_cmd", "\"{x}\"" }, { "backends/0/rollback_cmd", "\"{x}\"" }, { "backends/0/verify_always", "1" },
        { "backends/0/env/1A", "\"x\"" }, { "backends/0/env/A_1", "1" }, { "backends/0/env/A_1", "\"env:\"" }, { "backends/0/args/0", "\"\\u0000\"" },
        { "models/0/id", "\"M\"" }, { "models/0/source", "\"\"" }, { "models/0/source", "null" }, { "models/0/source", "\"a\\u0000\"" },
        { "models/0/host_policy", "[]" }, { "models/0/backend_policy", "\"b\"" }, { "models/0/backend_policy/0", "1" },
        { "models/0/launch", "null" }, { "models/0/launch/start_cmd", "\" \"" }, { "models/0/launch/start_cmd", "null" }, { "models/0/launch/start_cmd", "\"x {sauce}\"" },
        { "models/0/launch/probe_cmd", "\"x {sauce}\"" }, { "models/0/launch/status_cmd", "\"x {sauce}\"" }, { "models/0/launch/probe_timeout_sec", "0" }, { "models/0/launch/probe_interval_ms", "0" },
        { "models/0/runtime_defaults/port", "70000" }, { "models/0/runtime_defaults/context_window", "0" }, { "models/0/runtime_defaults/max_tokens", "2147483648" },
        { "models/0/served_name", "\"\\u0000\"" }, { "models/0/chat_template", "\"\\u0000\"" }, { "models/0/fallback", "\"No Id\"" }, { "models/0/thinking_mode", "\"hard\"" },
        { "models/0/split_policy", "[]" }, { "models/0/split_policy/hosts", "\"h\"" }, { "models/0/split_policy/hosts/0", "1" }, { "models/0/split_policy/hosts/0", "\"H H\"" },
    };

    public static TheoryData<string> Required() =>
    [
        "schema_version", "hosts/0/id", "hosts/0/display_name", "hosts/0/enabled", "hosts/0/connection", "hosts/1/connection/exec",
        "backends/0/id", "backends/0/display_name", "backends/0/enabled", "backends/0/type",
        "models/0/id", "models/0/display_name", "models/0/enabled", "models/0/source", "models/0/launch", "models/0/launch/start_cmd",
    ];

    [Theory]
    [InlineData("workstation.json")]
    [InlineData("lab.json")]
    public void Each_sample_conforms(string name) => AssertBoth(ConfigurationFolder.ReadData(name), isValid: true);

    [Fact]
    public void What_has_every_key_conforms() => AssertBoth(Whole, isValid: true);

    [Theory]
    [MemberData(nameof(Violations))]
    public void Each_broken_rule_is_refused_by_both(string place, string value) => AssertBoth(Change(place, value), isValid: false);

    [Theory]
    [MemberData(nameof(Required))]
    public void What_is_required_is_missed_by_both(string place) => AssertBoth(Change(place, value: null), isValid: false);

    [Fact]
    public void Each_key_that_is_known_and_no_other_is_in_the_schema()
    {
        JsonNode whole = JsonNode.Parse(Whole)!;
        JsonNode definitions = JsonNode.Parse(ConfigurationSchema.Write())!["$defs"]!;
        foreach ((string section, string word) in (ReadOnlySpan<(string, string)>)[("hosts", "host"), ("backends", "backend"), ("models", "model")])
        {
            AssertKeys(whole[section]![0]!, definitions[word]!);
        }
    }

    [Fact]
    public void Whatever_is_valid_conforms() => RandomConfiguration.Any.Sample(
        configuration => AssertBoth(Encoding.UTF8.GetString(ConfigurationWriter.WriteNew(configuration)), isValid: true),
        iter: 200,
        seed: "0000KOIKe9x3",
        threads: 1);

    [Fact]
    public void Both_judge_any_value_at_any_place_alike()
    {
        string[] places = [.. Violations().Select(row => row.Data.Item1).Distinct()];
        string[] values = ["null", "true", "0", "1", "-1", "8080.0", "1e2", "70000", "\"\"", "\" \"", "\"any\"", "\"h\"", "\"b\"", "\"n\"", "\"cuda\"", "\"env:A\"", "\"env:\"", "\"{source}\"", "\"{x}\"", "\"${x}\"", "[]", "[\"h\"]", "[1]", "{}", "{\"A\": \"b\"}"];
        Gen.Select(Gen.Int[0, places.Length - 1].Select(at => places[at]), Gen.Int[0, values.Length - 1].Select(at => values[at])).Sample(
            (place, value) =>
            {
                string text = Change(place, value);
                IReadOnlyList<ConfigurationFinding> findings = ConfigurationReader.Inspect(Encoding.UTF8.GetBytes(text)).Findings;
                ConfigurationFinding[] errors = [.. findings.Where(finding => finding.Severity == ConfigurationFinding.Error)];

                // The schema knows no other entry: an id that is well formed and nobody's passes it.
                if (errors.Length == 0 || !Array.TrueForAll(errors, IsAboutOthers))
                {
                    Assert.True(Conforms(text) == (errors.Length == 0), $"{place} = {value}: {string.Join("; ", errors.Select(error => error.Message))}");
                }
            },
            iter: 2000,
            seed: "0000KOIKe9x3",
            threads: 1);
    }

    private static bool IsAboutOthers(ConfigurationFinding finding) =>
        finding.Message.StartsWith("there is no ", StringComparison.Ordinal)
        || finding.Message.Contains("lead back", StringComparison.Ordinal)
        || finding.Message.Contains("is the id of", StringComparison.Ordinal);

    private static void AssertKeys(JsonNode sample, JsonNode schema)
    {
        var properties = (JsonObject)schema["properties"]!;
        Assert.Empty(properties.Select(pair => pair.Key).Except(((JsonObject)sample).Select(pair => pair.Key)));
        foreach ((string key, JsonNode? value) in properties)
        {
            if (value!["properties"] is JsonObject && key != "split_policy")
            {
                AssertKeys(sample[key]!, value);
            }
        }
    }

    private static void AssertBoth(string text, bool isValid)
    {
        Assert.Equal(isValid, IsValid(text));
        Assert.Equal(isValid, Conforms(text));
    }

    private static bool IsValid(string text) => ConfigurationReader.Inspect(Encoding.UTF8.GetBytes(text)).Configuration is not null;

    private static bool Conforms(string text)
    {
        return _schema.Evaluate(JsonNode.Parse(text)).IsValid;
    }

    /// <summary>The whole file with another value at one place, or without it.</summary>
    private static string Change(string place, string? value)
    {
        JsonNode root = JsonNode.Parse(Whole)!;
        string[] keys = place.Split('/');
        JsonNode parent = keys[..^1].Aggregate(root, (node, key) => node is JsonArray list ? list[int.Parse(key, null)]! : node[key]!);
        if (parent is JsonArray items)
        {
            items[int.Parse(keys[^1], null)] = JsonNode.Parse(value!);
        }
        else if (value is null)
        {
            ((JsonObject)parent).Remove(keys[^1]);
        }
        else
        {
            parent[keys[^1]] = JsonNode.Parse(value);
        }

        return root.ToJsonString();
    }
}
