using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class SetTests : ModuleTests
{
    public SetTests() => AddSamples();

    [Fact]
    public void Changes_what_is_given_and_nothing_else()
    {
        string before = Session.Get("Get-IHModel qwen-big").Single().ToString();

        Session.Get("Get-IHModel qwen-big | Set-IHModel -Port 9");

        Assert.Equal(before.Replace("Port = ,", "Port = 9,", StringComparison.Ordinal), Session.Get("Get-IHModel qwen-big").Single().ToString());
        Assert.Equal(8081, Value("Get-IHModel qwen-small", "Port"));
    }

    [Theory]
    [InlineData("Set-IHHost workstation -DisplayName Box -PassThru", "DisplayName", "Box")]
    [InlineData("Set-IHBackend vulkan -Argument '-ngl', '60' -PassThru", "Argument", "-ngl, 60")]
    [InlineData("Set-IHModel qwen-small -BackendPolicy any -PassThru", "BackendPolicy", "any")]
    [InlineData("Set-IHModel QWEN-small -ThinkingMode THINK -PassThru", "ThinkingMode", "think")]
    public void Emits_the_changed_entry_with_PassThru(string script, string property, string expected) =>
        Assert.Equal(expected, Value(script, property)!.ToString());

    [Theory]
    [InlineData("Set-IHHost workstation -CheckCommand $null", "Get-IHHost workstation", "CheckCommand")]
    [InlineData("Set-IHHost workstation -VramGB $null", "Get-IHHost workstation", "VramGB")]
    [InlineData("Set-IHHost workstation -Gpu $null", "Get-IHHost workstation", "Gpu")]
    [InlineData("Set-IHHost gpu-01 -Password $null", "Get-IHHost gpu-01", "Password")]
    [InlineData("Set-IHHost gpu-01 -Shell $null", "Get-IHHost gpu-01", "Shell")]
    [InlineData("Set-IHBackend vulkan -VerifyCommand $null", "Get-IHBackend vulkan", "VerifyCommand")]
    [InlineData("Set-IHBackend vulkan -Environment $null", "Get-IHBackend vulkan", "Environment")]
    [InlineData("Set-IHModel qwen-small -Port $null", "Get-IHModel qwen-small", "Port")]
    [InlineData("Set-IHModel qwen-big -Fallback $null", "Get-IHModel qwen-big", "Fallback")]
    [InlineData("Set-IHModel qwen-small -Port ''", "Get-IHModel qwen-small", "Port")]
    [InlineData("Set-IHHost workstation -VramGB ''", "Get-IHHost workstation", "VramGB")]
    [InlineData("Set-IHModel qwen-big -Fallback ''", "Get-IHModel qwen-big", "Fallback")]
    public void Null_clears_an_optional_value(string script, string get, string property)
    {
        Session.Get(script);

        Assert.Null(Value(get, property));
    }

    [Theory]
    [InlineData("Set-IHHost workstation -DisplayName $null -PassThru", "DisplayName", "workstation")]
    [InlineData("Set-IHModel qwen-big -HostPolicy $null -PassThru", "HostPolicy", "any")]
    [InlineData("Set-IHModel qwen-big -HostPolicy '' -PassThru", "HostPolicy", "any")]
    [InlineData("Set-IHHost gpu-01 -Transport $null -PassThru", "Transport", "local")]
    public void Null_sets_a_value_that_must_be_there_to_its_default(string script, string property, string expected) =>
        Assert.Equal(expected, Value(script, property)!.ToString());

    [Fact]
    public void A_value_that_has_no_default_can_not_be_cleared()
    {
        ErrorRecord error = Session.Run("Set-IHModel qwen-big -Source $null").Error;

        Assert.Equal("MissingValue", ErrorId(error));
        Assert.Equal("/models/qwen-big.gguf", Value("Get-IHModel qwen-big", "Source"));
    }

    [Fact]
    public void Takes_wildcards_and_ids_from_the_pipeline()
    {
        Session.Get("Set-IHModel qwen* -Port 9000; 'workstation' | Set-IHHost -CheckTimeoutSec 9");

        Assert.Equal([9000, 9000], Session.Get("Get-IHModel").Select(model => model.Properties["Port"].Value));
        Assert.Equal(9, Value("Get-IHHost workstation", "CheckTimeoutSec"));
    }

    [Fact]
    public void WhatIf_changes_nothing()
    {
        string before = Session.ReadConfiguration();

        Session.Get("Get-IHModel q* | Set-IHModel -Port 9000 -WhatIf; Set-IHHost * -CheckCommand x -WhatIf; Set-IHBackend * -Type cpu -WhatIf");

        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Theory]
    [InlineData("Set-IHHost missing -Port 1", "HostNotFound")]
    [InlineData("Set-IHBackend missing -Type cpu", "BackendNotFound")]
    [InlineData("Set-IHModel missing -Port 1", "ModelNotFound")]
    public void An_id_that_is_not_there_is_an_error(string script, string errorId)
    {
        ErrorRecord error = Session.Run(script).Error;

        Assert.Equal(errorId, ErrorId(error));
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal("missing", error.TargetObject);
    }

    [Fact]
    public void A_wildcard_without_a_match_is_silent() => Assert.Empty(Session.Get("Set-IHModel x* -Port 1; Set-IHHost x* -Port 1; Set-IHBackend x* -Type cpu"));

    [Fact]
    public void What_breaks_a_rule_is_an_error_of_its_own_and_the_others_are_changed()
    {
        Result result = Session.Run("Set-IHModel qwen-small, qwen-big -Fallback qwen-small -PassThru");

        Assert.Equal("ModelInvalid", ErrorId(result.Error));
        Assert.Equal("qwen-big", Assert.Single(result.Output).Properties["Id"].Value);
        Assert.Null(Value("Get-IHModel qwen-small", "Fallback"));
    }

    [Theory]
    [InlineData("Get-IHHost workstation | Set-IHModel -Port 1", "Set-IHModel takes models or their ids, not a RuntimeHost.")]
    [InlineData("Get-IHModel qwen-big | Set-IHBackend -Type cpu", "Set-IHBackend takes backends or their ids, not a RuntimeModel.")]
    [InlineData("Get-IHBackend vulkan | Set-IHHost -Port 1", "Set-IHHost takes hosts or their ids, not a RuntimeBackend.")]
    [InlineData("Set-IHModel (Get-IHHost) -Port 1", "Set-IHModel takes models or their ids, not a RuntimeHost.")]
    public void Refuses_objects_of_another_kind(string script, string message)
    {
        Result result = Session.Run(script);

        Assert.Contains(message, (result.Terminated ?? result.Errors[0].Exception).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_what_a_job_made_of_an_object_but_not_of_another_kind()
    {
        Session.Get("""
            function Copy-AsJobWould($object) { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($object)) }
            Copy-AsJobWould (Get-IHModel qwen-big) | Set-IHModel -Port 9001
            """);

        Assert.Equal(9001, Value("Get-IHModel qwen-big", "Port"));
        Assert.Contains("not a RuntimeHost", Session.Run("Copy-AsJobWould (Get-IHHost gpu-01) | Set-IHModel -Port 1").Error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_file_gives_one_error_and_is_not_touched()
    {
        Session.WriteConfiguration("not JSON");

        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("'a', 'b' | Set-IHModel -Port 1").Error));
        Assert.Equal("ConfigurationInvalid", ErrorId(Session.Run("Add-IHHost h9").Error));
        Assert.Equal("not JSON", Session.ReadConfiguration());
    }
}
