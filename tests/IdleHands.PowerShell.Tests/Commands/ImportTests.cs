using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class ImportTests : ModuleTests
{
    private const string Port = "schema_version: 1\nmodels:\n  - id: qwen-small # comment\n    runtime_defaults: {port: 9000}\n";

    public ImportTests() => AddSamples();

    [Fact]
    public void Applies_a_file_and_says_what_it_did()
    {
        string before = File.ReadAllText(Session.ConfigurationFile);

        PSObject change = Assert.Single(Session.Get($"Import-IHConfiguration '{Write("a.yaml", Port)}'"));

        var done = Assert.IsType<ConfigurationChange>(change.BaseObject);
        Assert.Equal(("Change", "Model", "qwen-small"), (done.Action, done.Section, done.Id));
        Assert.Equal(new PropertyChange("runtime_defaults.port", 8081, 9000), Assert.Single(done.Difference));
        Assert.Equal(Session.ConfigurationFile, done.Path);
        Assert.Equal(before, File.ReadAllText(done.BackupPath!));
        Assert.Equal(before.Replace("8081", "9000", StringComparison.Ordinal), File.ReadAllText(Session.ConfigurationFile));
    }

    [Fact]
    public void What_was_imported_is_undone_by_its_backup()
    {
        string before = File.ReadAllText(Session.ConfigurationFile);
        string backup = (string)Value($"Import-IHConfiguration '{Write("a.yaml", Port)}'", "BackupPath")!;

        Session.Get($"Import-IHConfiguration '{backup}' -Replace");

        Assert.Equal(before, File.ReadAllText(Session.ConfigurationFile));
    }

    [Theory]
    [InlineData("{id: gpu-01, health: {timeout_sec: null}}", "health.timeout_sec: 7 → (none)")]
    [InlineData("{id: gpu-01, model_control: {stop_cmd: null}}", "model_control.stop_cmd: a → (none)")]
    [InlineData("{id: gpu-01, model_control: null}", "model_control.stop_cmd: a → (none)|model_control.cleanup_cmd: b → (none)")]
    [InlineData("{id: gpu-01, model_control: {}, health: {}, connection: {}}", "")]
    [InlineData("{id: gpu-01, connection: {port: null}}", "")]
    public void A_value_that_is_null_goes_and_what_stands_beside_it_stays(string host, string difference)
    {
        Session.Get("Set-IHHost gpu-01 -CheckCommand true -CheckTimeoutSec 7 -StopCommand a -CleanupCommand b");

        var change = (ConfigurationChange)Assert.Single(Session.Get($"Import-IHConfiguration '{Write("a.yaml", $"schema_version: 1\nhosts:\n  - {host}\n")}' -WhatIf")).BaseObject;

        Assert.Equal(difference, string.Join('|', change.Difference));
    }

    [Fact]
    public void Variables_are_laid_over_those_that_are_there()
    {
        var change = (ConfigurationChange)Assert.Single(Session.Get($"Import-IHConfiguration '{Write("a.yaml", "schema_version: 1\nbackends:\n  - {id: vulkan, env: {B: x}}\n")}'")).BaseObject;

        Assert.Equal("env: GGML_VK_VISIBLE_DEVICES=0 → GGML_VK_VISIBLE_DEVICES=0; B=x", Assert.Single(change.Difference).ToString());
        Assert.Null(((ConfigurationChange)Assert.Single(Session.Get($"Import-IHConfiguration '{Write("a.yaml", "schema_version: 1\nbackends:\n  - {id: vulkan, env: null}\n")}'")).BaseObject).Difference[0].After);
    }

    [Theory]
    [InlineData("schema_version: 1\nmodel:\n  - {id: a}\n", "models")]
    [InlineData("schema_version: 1\nHosts: []\nmodels: []\n", "hosts")]
    [InlineData("schema_version: 1\nbakcends: []\n", "backends")]
    public void A_slip_in_the_name_of_a_section_replaces_nothing(string text, string meant)
    {
        string before = File.ReadAllText(Session.ConfigurationFile);

        Result result = Session.Run($"Import-IHConfiguration '{Write("a.yaml", text)}' -Replace -Force");

        Assert.Contains($"\"{meant}\" may be meant", result.Errors[0].Exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Session.ConfigurationFile));
    }

    [Fact]
    public void Enabled_has_to_say_so()
    {
        ErrorRecord error = Session.Run($"Import-IHConfiguration '{Write("a.yaml", "schema_version: 1\nmodels:\n  - id: qwen-small\n    enabled:\n")}'").Error;

        Assert.Contains("line 4", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("it is null", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_are_told_as_the_file_goes()
    {
        Result result = Session.Run($"Import-IHConfiguration '{Write("a.yaml", "schema_version: 1\nmodels:\n  - id: qwen-small\n    fallback: nope\n    runtime_defaults: {port: 1_000}\n    host_policy: [nope]\n")}'");

        Assert.Equal(["line 4", "line 5", "line 6"], result.Errors.Select(error => System.Text.RegularExpressions.Regex.Match(error.Exception.Message, "line [0-9]+").Value));
    }

    [Fact]
    public void WhatIf_shows_the_difference_and_changes_nothing()
    {
        string before = File.ReadAllText(Session.ConfigurationFile);

        PSObject change = Assert.Single(Session.Get($"Import-IHConfiguration '{Write("a.yaml", Port)}' -WhatIf"));

        Assert.Equal("runtime_defaults.port: 8081 → 9000", ((ConfigurationChange)change.BaseObject).Difference.ToString());
        Assert.Contains(Session.HostLines, line => line.Contains("0 to add, 1 to change, 0 to remove", StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllText(Session.ConfigurationFile));
        Assert.False(Directory.Exists(Path.Combine(Session.ConfigurationDirectory, "backups")));
    }

    [Fact]
    public void A_second_import_finds_nothing_to_do()
    {
        string file = Write("a.yaml", Port);
        Session.Get($"Import-IHConfiguration '{file}'");
        string[] backups = Directory.GetFiles(Path.Combine(Session.ConfigurationDirectory, "backups"));

        var change = (ConfigurationChange)Assert.Single(Session.Get($"Import-IHConfiguration '{file}'")).BaseObject;

        Assert.Equal(("None", (string?)null), (change.Action, change.BackupPath));
        Assert.Equal(backups, Directory.GetFiles(Path.Combine(Session.ConfigurationDirectory, "backups")));
    }

    [Fact]
    public void Each_mistake_is_an_error_with_its_place_and_nothing_is_changed()
    {
        string before = File.ReadAllText(Session.ConfigurationFile);
        string file = Write("a.yaml", "schema_version: 1\nmodels:\n  - id: qwen-small\n    runtime_defaults: {port: 0}\n    fallback: nobody\n    enabled: yes\n");

        Result result = Session.Run($"Import-IHConfiguration '{file}'");

        Assert.Empty(result.Output);
        Assert.Equal(
            [$"Nothing was imported: {file}, line 4, column 30: models[0].runtime_defaults.port: port 0 is not between 1 and 65535.",
             $"Nothing was imported: {file}, line 5, column 15: models[0].fallback: there is no model 'nobody'.",
             $"Nothing was imported: {file}, line 6, column 14: models[0].enabled: \"yes\" is not true or false."],
            result.Errors.Select(error => error.ErrorDetails.Message));
        Assert.All(result.Errors, error => Assert.Equal(("ImportInvalid", ErrorCategory.InvalidData), (ErrorId(error), error.CategoryInfo.Category)));
        Assert.Equal(5L, ((ConfigurationFinding)result.Errors[1].TargetObject).Line);
        Assert.Equal(before, File.ReadAllText(Session.ConfigurationFile));
    }

    [Fact]
    public void A_replacement_that_removes_asks_first_and_ends_where_nobody_answers()
    {
        string before = File.ReadAllText(Session.ConfigurationFile);
        string file = Write("a.yaml", "schema_version: 1\nhosts:\n  - {id: workstation, display_name: W, enabled: true}\n");

        Result result = Session.Run($"Import-IHConfiguration '{file}' -Replace");

        Assert.Equal("ConfirmationNeeded", ErrorId(Assert.Single(result.Errors)));
        Assert.Equal(before, File.ReadAllText(Session.ConfigurationFile));
    }

    [Theory]
    [InlineData("-Force")]
    [InlineData("-Confirm:$false")]
    public void A_replacement_removes_what_the_files_do_not_name(string consent)
    {
        string file = Write("a.yaml", "schema_version: 1\nhosts:\n  - {id: workstation, display_name: W, enabled: true}\n");

        IReadOnlyList<PSObject> changes = Session.Get($"Import-IHConfiguration '{file}' -Replace {consent}");

        Assert.Equal(["Change", "Remove", "Remove", "Remove", "Remove", "Remove"], changes.Select(change => ((ConfigurationChange)change.BaseObject).Action));
        Assert.Equal(["workstation"], Ids("Get-IHHost"));
        Assert.Empty(Session.Get("Get-IHModel"));
    }

    [Fact]
    public void A_replacement_that_removes_nothing_does_not_ask()
    {
        string file = Path.Combine(Session.Root, "all.yaml");
        Session.Get($"Export-IHConfiguration '{file}'; Set-IHModel qwen-small -Port 9999");

        Session.Get($"Import-IHConfiguration '{file}' -Replace");

        Assert.Equal(8081, Value("Get-IHModel qwen-small", "Port"));
    }

    [Fact]
    public void Files_of_a_pipeline_are_applied_at_once()
    {
        Write("b.json", """{"schema_version": 1, "models": [{"id": "third", "display_name": "T", "enabled": true, "source": "/t.gguf", "fallback": "fourth", "launch": {"start_cmd": "x"}}]}""");
        Write("c.yml", "schema_version: 1\nmodels: [{id: fourth, display_name: F, enabled: true, source: /f.gguf, launch: {start_cmd: x}}]\n");
        string folder = Session.Root;

        Session.Get($"'{folder}/b.json', '{folder}/c.yml' | Import-IHConfiguration");

        Assert.Equal(["qwen-small", "qwen-big", "third", "fourth"], Ids("Get-IHModel"));
        Assert.Single(Directory.GetFiles(Path.Combine(Session.ConfigurationDirectory, "backups")));
    }

    [Fact]
    public void Files_bind_by_their_path()
    {
        string file = Write("a[1].yaml", Port);

        Session.Get($"[pscustomobject]@{{ PSPath = '{file}' }} | Import-IHConfiguration");
        Assert.Equal(9000, Value("Get-IHModel qwen-small", "Port"));

        Session.Get($"Export-IHConfiguration -LiteralPath '{file}'; Set-IHModel qwen-small -Port 1");
        Session.Get($"[pscustomobject]@{{ PSPath = '{file}' }} | Import-IHConfiguration -Replace");
        Assert.Equal(9000, Value("Get-IHModel qwen-small", "Port"));
    }

    [Fact]
    public void One_file_that_is_missing_keeps_all_from_being_applied()
    {
        string file = Write("a.yaml", Port);

        Result result = Session.Run($"Import-IHConfiguration '{file}', '{Session.Root}/none.yaml'");

        Assert.Equal(("ImportUnreadable", ErrorCategory.ObjectNotFound), (ErrorId(Assert.Single(result.Errors)), result.Errors[0].CategoryInfo.Category));
        Assert.Equal(8081, Value("Get-IHModel qwen-small", "Port"));
    }

    [Fact]
    public void A_wildcard_that_matches_nothing_removes_nothing()
    {
        Assert.Empty(Session.Get($"Import-IHConfiguration '{Session.Root}/*.yaml' -Replace -Force"));

        Assert.Equal(2, Ids("Get-IHModel").Count);
    }

    [Fact]
    public void A_key_that_is_not_known_is_a_warning()
    {
        string file = Write("a.yaml", Port + "x_note: 1\n");

        Result result = Session.Run($"Import-IHConfiguration '{file}'");

        Assert.Equal([$"{file}, line 5: \"x_note\" is not a key that is known here; it is not imported."], result.Warnings);
        Assert.Empty(result.Errors);
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(Session.Root, name);
        File.WriteAllText(file, text);
        return file;
    }
}
