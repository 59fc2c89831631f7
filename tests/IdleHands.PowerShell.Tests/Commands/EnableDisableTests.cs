using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class EnableDisableTests : ModuleTests
{
    public EnableDisableTests() => AddSamples();

    [Theory]
    [InlineData("IHHost", "gpu-01")]
    [InlineData("IHBackend", "vulkan")]
    [InlineData("IHModel", "qwen-big")]
    public void Switches_off_and_on_again_and_changes_nothing_else(string noun, string id)
    {
        string before = Session.Get($"Get-{noun} {id}").Single().ToString();

        Assert.Equal(false, Value($"Disable-{noun} {id} -PassThru", "Enabled"));
        Assert.Equal(false, Value($"Get-{noun} {id}", "Enabled"));
        Assert.Empty(Session.Get($"Get-{noun} {id} | Enable-{noun}"));

        Assert.Equal(before, Session.Get($"Get-{noun} {id}").Single().ToString());
    }

    [Theory]
    [InlineData("IHHost")]
    [InlineData("IHBackend")]
    [InlineData("IHModel")]
    public void WhatIf_changes_nothing(string noun)
    {
        string before = Session.ReadConfiguration();

        Session.Get($"Disable-{noun} * -WhatIf");

        Assert.Equal(before, Session.ReadConfiguration());
    }

    [Theory]
    [InlineData("Disable-IHHost missing", "HostNotFound")]
    [InlineData("Enable-IHBackend missing", "BackendNotFound")]
    [InlineData("Disable-IHModel missing", "ModelNotFound")]
    public void An_id_that_is_not_there_is_an_error(string script, string errorId) =>
        Assert.Equal(errorId, ErrorId(Session.Run(script).Error));

    [Theory]
    [InlineData("Get-IHModel | Disable-IHHost", "Disable-IHHost takes hosts or their ids, not a RuntimeModel.")]
    [InlineData("Get-IHHost | Enable-IHBackend", "Enable-IHBackend takes backends or their ids, not a RuntimeHost.")]
    [InlineData("Get-IHHost | Disable-IHModel", "Disable-IHModel takes models or their ids, not a RuntimeHost.")]
    public void Refuses_objects_of_another_kind(string script, string message) =>
        Assert.Contains(message, Session.Run(script).Errors[0].Exception.Message, StringComparison.Ordinal);
}
