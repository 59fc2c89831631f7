using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class RemoveTests : ModuleTests
{
    public RemoveTests() => AddSamples();

    [Theory]
    [InlineData("Remove-IHModel qwen-big -Confirm:$false", "Get-IHModel", "qwen-small")]
    [InlineData("Remove-IHBackend cuda-12 -Confirm:$false", "Get-IHBackend", "vulkan")]
    [InlineData("Get-IHModel | Remove-IHModel -Confirm:$false", "Get-IHModel")]
    [InlineData("Remove-IHModel qwen*, qwen-big -Confirm:$false", "Get-IHModel")]
    public void Removes_what_is_named(string script, string get, params string[] left)
    {
        Assert.Empty(Session.Get(script));

        Assert.Equal(left, Ids(get));
    }

    [Theory]
    [InlineData("Remove-IHHost workstation", "HostInUse", "qwen-big")]
    [InlineData("Remove-IHBackend vulkan", "BackendInUse", "qwen-big")]
    [InlineData("Remove-IHModel qwen-small", "ModelInUse", "qwen-big")]
    public void Refuses_what_others_refer_to_and_names_them(string script, string errorId, string referrer)
    {
        string before = Session.ReadConfiguration();

        ErrorRecord error = Session.Run(script + " -Confirm:$false").Error;

        Assert.Equal(errorId, ErrorId(error));
        Assert.Contains(referrer, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("-RemoveReferences", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Fact]
    public void Takes_the_references_away_when_asked()
    {
        Session.Get("Remove-IHHost workstation -RemoveReferences -Confirm:$false; Remove-IHModel qwen-small -RemoveReferences -Confirm:$false");

        Assert.Equal(["gpu-01"], Names(Value("Get-IHModel qwen-big", "HostPolicy")));
        Assert.Null(Value("Get-IHModel qwen-big", "Fallback"));
    }

    [Fact]
    public void What_can_go_goes_although_another_can_not()
    {
        Result result = Session.Run("Remove-IHBackend vulkan, cuda-12 -Confirm:$false");

        Assert.Equal("BackendInUse", ErrorId(result.Error));
        Assert.Equal(["vulkan"], Ids("Get-IHBackend"));
    }

    [Fact]
    public void Emits_what_is_gone_with_PassThru_so_that_it_can_be_added_again()
    {
        string before = Session.Get("Get-IHModel qwen-big").Single().ToString();

        Session.Get("Remove-IHModel qwen-big -PassThru -Confirm:$false | Add-IHModel");

        Assert.Equal(before, Session.Get("Get-IHModel qwen-big").Single().ToString());
    }

    [Fact]
    public void WhatIf_removes_nothing()
    {
        string before = Session.ReadConfiguration();

        Session.Get("Remove-IHHost * -WhatIf; Remove-IHBackend * -WhatIf; Remove-IHModel * -WhatIf");

        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Fact]
    public void Asks_before_it_removes_and_where_nobody_can_be_asked_names_the_switch()
    {
        ErrorRecord error = Session.Run("Remove-IHModel qwen-big").Error;

        Assert.Equal("ConfirmationNeeded", ErrorId(error));
        Assert.Contains("-Confirm:$false", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(["qwen-small", "qwen-big"], Ids("Get-IHModel"));
    }

    [Fact]
    public void Only_removing_asks() => Session.Get("Set-IHModel qwen-big -Port 1; Disable-IHModel qwen-big; Enable-IHModel qwen-big; Add-IHHost h9");

    [Theory]
    [InlineData("Get-IHHost | Remove-IHModel", "Remove-IHModel takes models or their ids, not a RuntimeHost.")]
    [InlineData("Get-IHModel | Remove-IHHost", "Remove-IHHost takes hosts or their ids, not a RuntimeModel.")]
    [InlineData("Get-IHHost | Remove-IHBackend", "Remove-IHBackend takes backends or their ids, not a RuntimeHost.")]
    [InlineData("[pscustomobject]@{ Name = 'x' } | Remove-IHHost", "not an object without an Id.")]
    public void Refuses_objects_of_another_kind(string script, string message)
    {
        string before = Session.ReadConfiguration();

        Result result = Session.Run(script + " -Confirm:$false");

        Assert.All(result.Errors, error => Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal));
        Assert.NotEmpty(result.Errors);
        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Fact]
    public void Takes_rows_with_an_id() =>
        Assert.Empty(Session.Get("[pscustomobject]@{ Id = 'qwen-big' } | Remove-IHModel -Confirm:$false; Get-IHModel qwen-big*"));

    [Theory]
    [InlineData("Remove-IHHost missing", "HostNotFound")]
    [InlineData("Remove-IHBackend missing", "BackendNotFound")]
    [InlineData("Remove-IHModel missing", "ModelNotFound")]
    public void An_id_that_is_not_there_is_an_error(string script, string errorId) =>
        Assert.Equal(errorId, ErrorId(Session.Run(script).Error));
}
