using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class ExportTests : ModuleTests
{
    public ExportTests() => AddSamples();

    [Fact]
    public void Writes_what_a_person_would() => Assert.Equal(
        """
        schema_version: 1
        hosts:
          - id: gpu-01
            display_name: gpu-01
            enabled: true
            transport: ssh
            connection:
              host: gpu-01.lan
              user: me
              password: env:GPU_PASSWORD
              options:
                - ConnectTimeout=5
        backends:
          - id: vulkan
            display_name: vulkan
            enabled: true
            type: vulkan
            host_filters: any
            verify_cmd: "true"
            env:
              GGML_VK_VISIBLE_DEVICES: "0"
            args:
              - "-ngl"
              - "99"
        models: []
        """,
        Assert.Single(Session.Get("(Get-IHHost gpu-01), (Get-IHBackend vulkan) | Export-IHConfiguration")).BaseObject);

    [Fact]
    public void The_configuration_itself_is_no_place_for_an_export()
    {
        string before = Session.ReadConfiguration();
        string link = Path.Combine(Session.Root, "link.json");
        File.CreateSymbolicLink(link, Session.ConfigurationFile);

        Assert.Equal("ExportIntoConfiguration", ErrorId(Session.Run($"Get-IHModel qwen-small | Export-IHConfiguration '{Session.ConfigurationFile}'").Error));
        Assert.Equal("ExportIntoConfiguration", ErrorId(Session.Run($"Export-IHConfiguration '{link}' -Force").Error));
        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Fact]
    public void A_pipe_stays_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells.");
        string pipe = Path.Combine(Session.Root, "pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            mkfifo.WaitForExit();
        }

        ErrorRecord error = Session.Run($"Export-IHConfiguration '{pipe}'").Error;

        Assert.Equal("ExportUnwritable", ErrorId(error));
        Assert.Contains("no regular file", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(pipe).Length);
    }

    [Fact]
    public void Signs_of_any_plane_and_numbers_of_any_size_come_back()
    {
        Session.Get("Set-IHHost gpu-01 -DisplayName ('GPU ' + [char]::ConvertFromUtf32(0x1F600) + ' \\ud83d')");
        Session.WriteConfiguration(Session.ReadConfiguration().Replace("\"id\": \"qwen-small\",", "\"id\": \"qwen-small\", \"split_policy\": {\"hosts\": [\"gpu-01\"], \"a\": 2.5e3, \"b\": 1e99999999999},", StringComparison.Ordinal));
        string file = Path.Combine(Session.Root, "all.yaml");

        Session.Get($"Export-IHConfiguration '{file}'");

        Assert.Contains("\"GPU \\U0001F600 \\\\ud83d\"", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.All(Session.Get($"Import-IHConfiguration '{file}' -WhatIf"), change => Assert.Equal("None", change.Properties["Action"].Value));
    }

    [Fact]
    public void A_variable_that_may_be_a_secret_is_told()
    {
        Session.Get("Set-IHBackend vulkan -Environment @{ HF_TOKEN = 'abc'; API_KEY = 'env:KEY'; MONKEY = 'x' }");

        Assert.Contains("The variable HF_TOKEN of backend 'vulkan'", Assert.Single(Session.Run("Export-IHConfiguration").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_of_several_lines_stays_readable()
    {
        Session.Get("Set-IHModel qwen-small -StartCommand \"cd /srv\nexec llama-server \\`n  -m {source}\"");

        Assert.Contains(
            "      start_cmd: |-\n        cd /srv\n        exec llama-server \\\n          -m {source}\n",
            (string)Assert.Single(Session.Get("Export-IHConfiguration")).BaseObject,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all.yaml")]
    [InlineData("all.json")]
    public void What_was_written_is_read_back_as_no_change(string name)
    {
        string file = Path.Combine(Session.Root, name);

        Session.Get($"Export-IHConfiguration '{file}'");

        Assert.All(Session.Get($"Import-IHConfiguration '{file}' -Replace"), change => Assert.Equal("None", change.Properties["Action"].Value));
        Assert.Equal(name.EndsWith("json", StringComparison.Ordinal), File.ReadAllText(file).StartsWith('{'));
    }

    [Fact]
    public void Entries_come_in_the_order_of_the_configuration() => Assert.Equal(
        Session.Get("Get-IHModel | Export-IHConfiguration").Single().BaseObject,
        Session.Get("'qwen-big', 'qwen-small', 'qwen-big' | Get-IHModel | Export-IHConfiguration").Single().BaseObject);

    [Fact]
    public void A_password_in_clear_is_never_written()
    {
        Session.WriteConfiguration(File.ReadAllText(Session.ConfigurationFile).Replace("env:GPU_PASSWORD", "hunter2", StringComparison.Ordinal));
        string file = Path.Combine(Session.Root, "all.yaml");

        Result result = Session.Run($"Export-IHConfiguration '{file}'; Export-IHConfiguration -Format Json");

        Assert.Empty(result.Errors);
        Assert.Equal(2, result.Warnings.Count);
        Assert.Contains("Set-IHHost gpu-01 -Password secret://", result.Warnings[0], StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", File.ReadAllText(file) + result.Output[0] + result.Warnings[0], StringComparison.Ordinal);
        Session.Get($"Import-IHConfiguration '{file}'");
        Assert.Contains("hunter2", File.ReadAllText(Session.ConfigurationFile), StringComparison.Ordinal);
    }

    [Fact]
    public void NoClobber_keeps_a_file_and_without_it_the_file_is_replaced()
    {
        string file = Path.Combine(Session.Root, "all.yaml");
        File.WriteAllText(file, "mine");

        Result result = Session.Run($"Export-IHConfiguration '{file}' -NoClobber");

        Assert.Equal(("ExportExists", ErrorCategory.ResourceExists), (ErrorId(Assert.Single(result.Errors)), result.Errors[0].CategoryInfo.Category));
        Assert.Equal("mine", File.ReadAllText(file));
        Session.Get($"Export-IHConfiguration '{file}'");
        Assert.StartsWith("schema_version: 1\n", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_only_file_is_replaced_by_Force_alone()
    {
        string file = Path.Combine(Session.Root, "all.yaml");
        File.WriteAllText(file, "mine");
        File.SetAttributes(file, FileAttributes.ReadOnly);

        Assert.Equal("ExportUnwritable", ErrorId(Assert.Single(Session.Run($"Export-IHConfiguration '{file}'").Errors)));
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal("all.yaml", Value($"Export-IHConfiguration '{file}' -Force -PassThru", "Name"));
        Assert.NotEqual("mine", File.ReadAllText(file));
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Session.Get($"Export-IHConfiguration '{Session.Root}/all.yaml' -WhatIf");

        Assert.False(File.Exists(Path.Combine(Session.Root, "all.yaml")));
    }

    [Fact]
    public void A_pipeline_without_entries_exports_none() => Assert.Equal(
        "schema_version: 1\nhosts: []\nbackends: []\nmodels: []",
        Assert.Single(Session.Get("Get-IHModel none* | Export-IHConfiguration")).BaseObject);

    [Fact]
    public void Anything_else_is_refused_and_nothing_written()
    {
        Result result = Session.Run($"(Get-IHModel qwen-small), 'text' | Export-IHConfiguration '{Session.Root}/x.yaml'");

        Assert.Equal("WrongKind", ErrorId(Assert.Single(result.Errors)));
        Assert.False(File.Exists(Path.Combine(Session.Root, "x.yaml")));
    }

    [Fact]
    public void A_place_that_cant_be_written_to_is_named()
    {
        Result result = Session.Run($"Export-IHConfiguration '{Session.Root}/none/x.yaml'");

        Assert.Equal("ExportUnwritable", ErrorId(Assert.Single(result.Errors)));
    }
}
