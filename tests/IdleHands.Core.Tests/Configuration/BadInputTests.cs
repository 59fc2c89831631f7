using IdleHands.Configuration;

namespace IdleHands.Core.Tests.Configuration;

/// <summary>Each class of bad content: where it is, what is said, and that the file is left alone.</summary>
public sealed class BadInputTests
{
    private const string A = "{\"id\": \"a\", \"display_name\": \"A\", \"enabled\": true";

    [Theory]
    // Not JSON.
    [InlineData("", "$", "line 1, column 1: the file is empty")]
    [InlineData("hello", "$", "line 1, column 1: 'h' is an invalid start of a value")]
    [InlineData("{\"schema_version\": 1,\n  \"hosts\": [", "$", "line 2, column 13")]
    [InlineData("{\"schema_version\": 1}\n}", "$", "line 2, column 1: '}' is invalid after a single JSON value")]
    [InlineData("{\"schema_version\": 1, /* no */ \"hosts\": []}", "$", "line 1, column 23: '/' is an invalid start of a property name")]
    [InlineData("{\"schema_version\": 1,\n \"ä\": x}", "$", "line 2, column 7: 'x' is an invalid start of a value")]
    [InlineData("{\"schema_version\": 1, \"hosts\": [{\"id\": \"\\ud800\"}]}", "$", "line 1, column 40: a text here has an escape that stands for no character")]
    [InlineData("{\"schema_version\": 1,}", "$", "line 1, column 22: a comma stands behind the last element")]
    [InlineData("  \n ", "$", "there is nothing in it.")]
    [InlineData("{\"x\": [1, true", "$", "it ends while an object or a list is still open.")]
    [InlineData("{\"x\": \"abc", "$", "it ends in the middle of a value.")]
    [InlineData("{\"schema_version\": 1, \"hosts\": [{\"id\": }]}", "$", "is an invalid start of a value")]
    [InlineData("[1]", "$", "the file must hold one object")]
    [InlineData("null", "$", "the file must hold one object")]
    // The top level.
    [InlineData("{}", "schema_version", "it is missing; it must be 1")]
    [InlineData("{\"schema_version\": 2}", "schema_version", "2 is not a schema version that is known here: it must be 1")]
    [InlineData("{\"schema_version\": \"1\"}", "schema_version", "\"1\" is not a schema version")]
    [InlineData("{\"schema_version\": 1, \"schema_version\": 1}", "schema_version", "a second time")]
    [InlineData("{\"schema_version\": 1, \"hosts\": {}}", "hosts", "an object is not a list")]
    [InlineData("{\"schema_version\": 1, \"models\": [], \"models\": []}", "models", "a second time")]
    [InlineData("{\"schema_version\": 1, \"x\": 1, \"x\": 1}", "x", "a second time")]
    public Task Refuses_a_bad_file(string content, string path, string message) =>
        AssertRefused(content, path, message);

    [Theory]
    // Types.
    [InlineData("5", "hosts[0]", "5 is not an object")]
    [InlineData("{\"id\": 5, \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "5 is not a text")]
    [InlineData("{\"id\": \"a\", \"display_name\": \"A\", \"enabled\": \"yes\"}", "hosts[0].enabled", "\"yes\" is not true or false")]
    [InlineData(A + ", \"connection\": []}", "hosts[0].connection", "a list is not an object")]
    [InlineData(A + ", \"connection\": {\"port\": \"22\"}}", "hosts[0].connection.port", "\"22\" is not a whole number")]
    [InlineData(A + ", \"connection\": {\"port\": 22.5}}", "hosts[0].connection.port", "22.5 is not a whole number")]
    [InlineData(A + ", \"connection\": {\"port\": 99999999999}}", "hosts[0].connection.port", "99999999999 is not a whole number from 1 to 2147483647")]
    [InlineData(A + ", \"connection\": {\"port\": -99999999999}}", "hosts[0].connection.port", "-99999999999 is not a whole number from 1 to 2147483647")]
    [InlineData(A + ", \"connection\": {\"port\": 1e99}}", "hosts[0].connection.port", "1e99 is not a whole number")]
    [InlineData(A + ", \"connection\": {\"x_ref\": 1}}", "hosts[0].connection.x_ref", "1 is not a text")]
    [InlineData(A + ", \"capabilities\": {\"vram_gb\": \"24\"}}", "hosts[0].capabilities.vram_gb", "\"24\" is not a number")]
    [InlineData(A + ", \"capabilities\": {\"gpu\": \"x\"}}", "hosts[0].capabilities.gpu", "\"x\" is not a list of texts")]
    [InlineData(A + ", \"capabilities\": {\"gpu\": [\"x\", null]}}", "hosts[0].capabilities.gpu[1]", "null is not a text")]
    // Keys.
    [InlineData("{\"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "missing, and required")]
    [InlineData("{\"id\": \"a\", \"enabled\": true}", "hosts[0].display_name", "missing, and required")]
    [InlineData("{\"id\": \"a\", \"display_name\": \"A\"}", "hosts[0].enabled", "missing, and required")]
    [InlineData(A + ", \"colour\": 1}", "hosts[0].colour", "\"colour\" is not a key that belongs here. These do: id, display_name")]
    [InlineData(A + ", \"health\": {\"cmd\": 1}}", "hosts[0].health.cmd", "These do: check_cmd, timeout_sec")]
    [InlineData(A + ", \"id\": \"b\"}", "hosts[0].id", "a second time")]
    [InlineData(A + ", \"health\": {\"check_cmd\": \"a\", \"check_cmd\": \"b\"}}", "hosts[0].health.check_cmd", "a second time")]
    [InlineData(A + ", \"connection\": {\"a_ref\": \"x\", \"a_ref\": \"y\"}}", "hosts[0].connection.a_ref", "a second time")]
    // Rules.
    [InlineData("{\"id\": \"any\", \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "'any' is the word that policies use for all")]
    [InlineData("{\"id\": \"a\", \"display_name\": \"A\\u0000\", \"enabled\": true}", "hosts[0].display_name", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"host\": \"h\\u0000\"}}", "hosts[0].connection.host", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"user\": \"h\\u0000\"}}", "hosts[0].connection.user", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"key_path\": \"h\\u0000\"}}", "hosts[0].connection.key_path", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"password\": \"h\\u0000\"}}", "hosts[0].connection.password", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"options\": [\"a\", \"h\\u0000\"]}}", "hosts[0].connection.options[1]", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"exec\": [\"h\\u0000\"]}}", "hosts[0].connection.exec[0]", "it holds a NUL character")]
    [InlineData(A + ", \"capabilities\": {\"gpu\": [\"h\\u0000\"]}}", "hosts[0].capabilities.gpu[0]", "it holds a NUL character")]
    [InlineData(A + ", \"capabilities\": {\"backends\": [\"h\\u0000\"]}}", "hosts[0].capabilities.backends[0]", "it holds a NUL character")]
    [InlineData(A + ", \"health\": {\"check_cmd\": \"h\\u0000\"}}", "hosts[0].health.check_cmd", "it holds a NUL character")]
    [InlineData(A + ", \"connection\": {\"password\": \"env:\"}}", "hosts[0].connection.password", "the reference names no secret")]
    [InlineData(A + ", \"connection\": {\"password\": \"secret://vault/\"}}", "hosts[0].connection.password", "the reference names no secret")]
    [InlineData(A + ", \"connection\": {\"key_path\": \"secret://\"}}", "hosts[0].connection.key_path", "the reference names no secret")]
    [InlineData("{\"id\": \"Up\", \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "'Up' is not an id: lower-case letters")]
    [InlineData("{\"id\": \"\", \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "'' is not an id")]
    [InlineData("{\"id\": \"-a\", \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "'-a' is not an id")]
    [InlineData("{\"id\": \"a123456789012345678901234567890123456789012345678901234567890abcd\", \"display_name\": \"A\", \"enabled\": true}", "hosts[0].id", "at most 64 characters")]
    [InlineData(A + "}, " + A + "}", "hosts[1].id", "'a' is the id of hosts[0] already")]
    [InlineData(A + ", \"transport\": \"telnet\"}", "hosts[0].transport", "'telnet' is not one of: local, ssh, exec")]
    [InlineData(A + ", \"shell\": \"zsh\"}", "hosts[0].shell", "'zsh' is not one of: bash, sh, pwsh, cmd")]
    [InlineData(A + ", \"transport\": \"ssh\"}", "hosts[0].connection.host", "transport 'ssh' needs")]
    [InlineData(A + ", \"transport\": \"ssh\", \"connection\": {\"host\": \"-oProxyCommand=x\"}}", "hosts[0].connection.host", "begins with a hyphen")]
    [InlineData(A + ", \"transport\": \"exec\", \"connection\": {\"exec\": []}}", "hosts[0].connection.exec", "transport 'exec' needs")]
    [InlineData(A + ", \"connection\": {\"port\": 0}}", "hosts[0].connection.port", "port 0 is not between 1 and 65535")]
    [InlineData(A + ", \"capabilities\": {\"vram_gb\": -1}}", "hosts[0].capabilities.vram_gb", "-1 is not an amount of memory")]
    [InlineData(A + ", \"capabilities\": {\"vram_gb\": 1e999}}", "hosts[0].capabilities.vram_gb", "is not an amount of memory")]
    [InlineData(A + ", \"health\": {\"timeout_sec\": 0}}", "hosts[0].health.timeout_sec", "0 is not between 1 and 2147483 seconds")]
    [InlineData(A + ", \"health\": {\"timeout_sec\": 2147483647}}", "hosts[0].health.timeout_sec", "2147483647 is not between 1 and 2147483 seconds")]
    [InlineData(A + ", \"health\": {\"check_cmd\": \"ping {host} {port}\"}}", "hosts[0].health.check_cmd", "'{port}' is known only with a model or backend. A check command has: {host}, {host_id}")]
    [InlineData(A + ", \"health\": {\"check_cmd\": \"ping {hots}\"}}", "hosts[0].health.check_cmd", "'{hots}' is not a variable. These are: {source}, {port}")]
    [InlineData(A + ", \"model_control\": {\"stop_cmd\": \"{x}\"}}", "hosts[0].model_control.stop_cmd", "'{x}' is not a variable")]
    [InlineData(A + ", \"model_control\": {\"cleanup_cmd\": \"{x}\"}}", "hosts[0].model_control.cleanup_cmd", "'{x}' is not a variable")]
    [InlineData(A + ", \"model_control\": {\"drain_sec\": -1}}", "hosts[0].model_control.drain_sec", "-1 is not between 0 and 2147483 seconds")]
    [InlineData(A + ", \"model_control\": {\"drain_sec\": 2147484}}", "hosts[0].model_control.drain_sec", "2147484 is not between 0 and 2147483 seconds")]
    [InlineData(A + ", \"model_control\": {\"drain_sec\": \"long\"}}", "hosts[0].model_control.drain_sec", "\"long\" is not a whole number")]
    [InlineData(A + ", \"model_control\": {\"stop_grace_sec\": 0}}", "hosts[0].model_control.stop_grace_sec", "0 is not between 1 and 2147483 seconds")]
    public Task Refuses_a_bad_host(string hosts, string path, string message) =>
        AssertRefused($"{{\"schema_version\": 1, \"hosts\": [{hosts}]}}", path, message);

    [Theory]
    [InlineData(A + "}", "backends[0].type", "missing, and required")]
    [InlineData(A + ", \"type\": \"tpu\"}", "backends[0].type", "'tpu' is not one of: vulkan, rocm, cuda, metal, cpu, custom")]
    [InlineData(A + ", \"type\": \"cpu\", \"host_filters\": \"here\"}", "backends[0].host_filters", "\"here\" is not \"any\" or a list of ids")]
    [InlineData(A + ", \"type\": \"cpu\", \"host_filters\": []}", "backends[0].host_filters", "the list is empty, which can never be met")]
    [InlineData(A + ", \"type\": \"cpu\", \"host_filters\": [\"here\", \"x\"]}", "backends[0].host_filters[1]", "there is no host 'x'")]
    [InlineData("{\"id\": \"any\", \"display_name\": \"A\", \"enabled\": true, \"type\": \"cpu\"}", "backends[0].id", "'any' is the word that policies use for all")]
    [InlineData(A + ", \"type\": \"cpu\", \"env\": {\"A\": \"\\u0000\"}}", "backends[0].env.A", "it holds a NUL character")]
    [InlineData(A + ", \"type\": \"cpu\", \"env\": {\"A\": \"env:\"}}", "backends[0].env.A", "the reference names no secret")]
    [InlineData(A + ", \"type\": \"cpu\", \"args\": [\"\\u0000\"]}", "backends[0].args[0]", "it holds a NUL character")]
    [InlineData(A + ", \"type\": \"cpu\", \"env\": {\"A\": 1}}", "backends[0].env.A", "1 is not a text")]
    [InlineData(A + ", \"type\": \"cpu\", \"env\": {\"A\": \"1\", \"A\": \"2\"}}", "backends[0].env.A", "a second time")]
    [InlineData(A + ", \"type\": \"cpu\", \"env\": {\"A;rm\": \"1\"}}", "backends[0].env", "'A;rm' is not a name of an environment variable")]
    [InlineData(A + ", \"type\": \"cpu\", \"apply_cmd\": \"{x}\"}", "backends[0].apply_cmd", "'{x}' is not a variable")]
    [InlineData(A + ", \"type\": \"cpu\", \"verify_cmd\": \"{x}\"}", "backends[0].verify_cmd", "'{x}' is not a variable")]
    [InlineData(A + ", \"type\": \"cpu\", \"rollback_cmd\": \"{x}\"}", "backends[0].rollback_cmd", "'{x}' is not a variable")]
    public Task Refuses_a_bad_backend(string backend, string path, string message) => AssertRefused(
        $"{{\"schema_version\": 1, \"hosts\": [{{\"id\": \"here\", \"display_name\": \"H\", \"enabled\": true}}], \"backends\": [{backend}]}}",
        path,
        message);

    [Theory]
    [InlineData("\"launch\": {}", "models[0].launch.start_cmd", "missing, and required")]
    [InlineData("\"x\": 1", "models[0].launch.start_cmd", "missing, and required")]
    [InlineData("\"launch\": {\"start_cmd\": \" \"}", "models[0].launch.start_cmd", "empty, and required")]
    [InlineData("\"launch\": {\"start_cmd\": \"x {modle}\"}", "models[0].launch.start_cmd", "'{modle}' is not a variable")]
    [InlineData("\"launch\": {\"start_cmd\": \"x\", \"probe_cmd\": \"{x}\"}", "models[0].launch.probe_cmd", "'{x}' is not a variable")]
    [InlineData("\"launch\": {\"start_cmd\": \"x\", \"status_cmd\": \"{x}\"}", "models[0].launch.status_cmd", "'{x}' is not a variable")]
    [InlineData("\"launch\": {\"start_cmd\": \"x\", \"probe_timeout_sec\": 0}", "models[0].launch.probe_timeout_sec", "0 is not between 1 and 2147483 seconds")]
    [InlineData("\"launch\": {\"start_cmd\": \"x\", \"probe_interval_ms\": -5}", "models[0].launch.probe_interval_ms", "-5 is not greater than 0")]
    [InlineData("\"runtime_defaults\": {\"port\": 0}", "models[0].runtime_defaults.port", "port 0 is not between 1 and 65535")]
    [InlineData("\"runtime_defaults\": {\"port\": 70000}", "models[0].runtime_defaults.port", "port 70000 is not between 1 and 65535")]
    [InlineData("\"runtime_defaults\": {\"context_window\": 0}", "models[0].runtime_defaults.context_window", "0 is not greater than 0")]
    [InlineData("\"runtime_defaults\": {\"max_tokens\": 0}", "models[0].runtime_defaults.max_tokens", "0 is not greater than 0")]
    [InlineData("\"thinking_mode\": \"hard\"", "models[0].thinking_mode", "'hard' is not one of: default, think, no_think")]
    [InlineData("\"host_policy\": []", "models[0].host_policy", "the list is empty, which can never be met")]
    [InlineData("\"host_policy\": [\"any\"]", "models[0].host_policy[0]", "there is no host 'any'")]
    [InlineData("\"backend_policy\": [\"cuda\"]", "models[0].backend_policy[0]", "there is no backend 'cuda'")]
    [InlineData("\"fallback\": \"b\"", "models[0].fallback", "there is no model 'b'")]
    [InlineData("\"fallback\": \"a\"", "models[0].fallback", "the fallbacks a → a lead back to where they began")]
    [InlineData("\"split_policy\": {\"hosts\": [\"x\"]}", "models[0].split_policy.hosts[0]", "there is no host 'x'")]
    [InlineData("\"split_policy\": {\"hosts\": \"nope\"}", "models[0].split_policy", "its hosts are not a list of ids")]
    [InlineData("\"split_policy\": {\"hosts\": {\"id\": \"nope\"}}", "models[0].split_policy", "its hosts are not a list of ids")]
    [InlineData("\"split_policy\": {\"hosts\": [{\"id\": \"nope\"}]}", "models[0].split_policy", "its hosts are not a list of ids")]
    [InlineData("\"split_policy\": {\"hosts\": [5]}", "models[0].split_policy", "its hosts are not a list of ids")]
    [InlineData("\"split_policy\": {\"mode\": 1, \"mode\": 2}", "models[0].split_policy", "its key \"mode\" stands there a second time")]
    [InlineData("\"launch\": {\"start_cmd\": \"a\\u0000b\"}", "models[0].launch.start_cmd", "it holds a NUL character")]
    [InlineData("\"served_name\": \"\\u0000\"", "models[0].served_name", "it holds a NUL character")]
    [InlineData("\"chat_template\": \"\\u0000\"", "models[0].chat_template", "it holds a NUL character")]
    [InlineData("\"split_policy\": 5", "models[0].split_policy", "5 is not an object")]
    public Task Refuses_a_bad_model(string rest, string path, string message) => AssertRefused(
        $"{{\"schema_version\": 1, \"models\": [{A}, \"source\": \"a.gguf\", {rest}}}]}}",
        path,
        message);

    [Fact]
    public Task Refuses_NUL_in_a_source() => AssertRefused(
        $"{{\"schema_version\": 1, \"models\": [{A}, \"source\": \"a\\u0000\", \"launch\": {{\"start_cmd\": \"x\"}}}}]}}",
        "models[0].source",
        "it holds a NUL character");

    [Fact]
    public Task Refuses_an_empty_source() => AssertRefused(
        $"{{\"schema_version\": 1, \"models\": [{A}, \"source\": \"\", \"launch\": {{\"start_cmd\": \"x\"}}}}]}}",
        "models[0].source",
        "empty, and required");

    [Fact]
    public void Tells_a_cycle_of_fallbacks_once()
    {
        string models = string.Join(", ", new[] { ("x", "a"), ("a", "b"), ("b", "c"), ("c", "a") }.Select(pair =>
            $"{{\"id\": \"{pair.Item1}\", \"display_name\": \"M\", \"enabled\": true, \"source\": \"m\", \"launch\": {{\"start_cmd\": \"x\"}}, \"fallback\": \"{pair.Item2}\"}}"));
        using var folder = new ConfigurationFolder($"{{\"schema_version\": 1, \"models\": [{models}]}}");

        ConfigurationFinding finding = Assert.Single(folder.Store.Inspect().Findings);

        Assert.Equal("models[1].fallback", finding.Path);
        Assert.Contains("a → b → c → a", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_all_findings_and_not_just_the_first()
    {
        using var folder = new ConfigurationFolder("""
            {"schema_version": 3,
             "hosts": [{"id": "A", "display_name": 5, "enabled": true}, 7, {"id": "b", "display_name": "B", "enabled": true, "shell": "fish"}],
             "models": [{"id": "m", "display_name": "M", "enabled": true, "source": "s", "host_policy": ["zz"], "launch": {"start_cmd": "{q}", "probe_cmd": 1}}]}
            """);

        ConfigurationInspection inspection = folder.Store.Inspect();

        Assert.Null(inspection.Configuration);
        Assert.Equal(
            [
                "schema_version", "hosts[0].display_name", "hosts[1]", "models[0].launch.probe_cmd",
                "hosts[0].id", "hosts[2].shell", "models[0].host_policy[0]", "models[0].launch.start_cmd",
            ],
            inspection.Findings.Select(finding => finding.Path));
        var failure = Assert.Throws<ConfigurationException>(folder.Store.Load);
        Assert.Contains("and 5 more of 8 errors", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gives_line_and_column_of_what_it_read()
    {
        using var folder = new ConfigurationFolder("{\"schema_version\": 1,\n \"hosts\": [\n  {\"id\": \"ä\", \"enabled\": 5}]}");

        ConfigurationFinding finding = folder.Store.Inspect().Findings[0];

        Assert.Equal(("hosts[0].enabled", 3L, 26L), (finding.Path, finding.Line!.Value, finding.Column!.Value));
    }

    [Fact]
    public void Does_not_show_a_password_of_the_wrong_type()
    {
        using var folder = new ConfigurationFolder($"{{\"schema_version\": 1, \"hosts\": [{A}, \"connection\": {{\"password\": 424242}}}}]}}");

        ConfigurationFinding finding = Assert.Single(folder.Store.Inspect().Findings);

        Assert.Equal("hosts[0].connection.password", finding.Path);
        Assert.DoesNotContain("424242", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_bytes_that_are_no_text()
    {
        using var folder = new ConfigurationFolder();
        File.WriteAllBytes(folder.File, [.. "{\"schema_version\": 1,\n \"x\": \""u8, 0xFF, .. "\"}"u8]);

        ConfigurationFinding finding = Assert.Single(folder.Store.Inspect().Findings);

        Assert.Equal(("$", 2L, 8L), (finding.Path, finding.Line!.Value, finding.Column!.Value));
    }

    [Fact]
    public async Task Refuses_what_nests_too_deep()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 5000)) + string.Concat(Enumerable.Repeat("]", 5000));

        await AssertRefused($"{{\"schema_version\": 1, \"x\": {deep}}}", "$", "it nests deeper than 64 levels");
    }

    [Fact]
    public void Refuses_a_directory_in_the_place_of_the_file()
    {
        using var folder = new ConfigurationFolder();
        Directory.CreateDirectory(folder.File);

        AssertUnreadable(folder, "a directory is in its place");
    }

    [Fact]
    public void Refuses_a_link_that_leads_to_itself()
    {
        using var folder = new ConfigurationFolder();
        File.CreateSymbolicLink(folder.File, folder.File);

        AssertUnreadable(folder, folder.File);
    }

    [Fact]
    public void Refuses_a_file_that_this_user_may_not_read()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Needs a user whom modes bind.");
            return;
        }

        using var folder = new ConfigurationFolder(ConfigurationFolder.Small);
        File.SetUnixFileMode(folder.File, UnixFileMode.None);

        AssertUnreadable(folder, folder.File);
    }

    private static void AssertUnreadable(ConfigurationFolder folder, string reason)
    {
        ConfigurationInspection inspection = folder.Store.Inspect();
        Assert.Null(inspection.Configuration);
        ConfigurationFinding finding = Assert.Single(inspection.Findings);
        Assert.Equal("$", finding.Path);
        Assert.Contains(reason, finding.Message, StringComparison.Ordinal);

        var failure = Assert.Throws<ConfigurationException>(folder.Store.Load);
        Assert.Equal("ConfigurationUnreadable", failure.ErrorId);
        Assert.Contains(folder.File, failure.Message, StringComparison.Ordinal);
    }

    private static async Task AssertRefused(string content, string path, string message)
    {
        using var folder = new ConfigurationFolder(content);
        byte[] before = File.ReadAllBytes(folder.File);

        ConfigurationInspection inspection = folder.Store.Inspect();
        Assert.Null(inspection.Configuration);
        Assert.Contains(inspection.Findings, finding =>
            finding.Path == path
            && finding.Severity == ConfigurationFinding.Error
            && finding.Message.Contains(message, StringComparison.Ordinal));
        if (path == "$")
        {
            Assert.Single(inspection.Findings);
        }

        var failure = Assert.Throws<ConfigurationException>(folder.Store.Load);
        Assert.Equal("ConfigurationInvalid", failure.ErrorId);
        Assert.Equal(FailureKind.InvalidData, failure.Kind);
        Assert.Equal(inspection.Findings, failure.Findings);
        Assert.Contains(folder.File, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Test-IHConfiguration", failure.Recommendation, StringComparison.Ordinal);

        await Assert.ThrowsAsync<ConfigurationException>(() => folder.Store.UpdateAsync(
            configuration => OneEntry.Add(EntrySection.Models, configuration, ConfigurationFolder.NewModel("new")),
            TestContext.Current.CancellationToken));
        Assert.Equal(before, File.ReadAllBytes(folder.File));
        Assert.Empty(Directory.GetFiles(folder.Root, "*.tmp"));
    }
}
