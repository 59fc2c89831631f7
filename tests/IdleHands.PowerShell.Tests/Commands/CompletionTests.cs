using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class CompletionTests : ModuleTests
{
    public CompletionTests() => AddSamples();

    [Theory]
    [InlineData("Get-IHHost ", "workstation", "gpu-01")]
    [InlineData("Get-IHHost -Id g", "gpu-01")]
    [InlineData("Set-IHBackend v", "vulkan")]
    [InlineData("Remove-IHModel QWEN-b", "qwen-big")]
    [InlineData("Test-IHBackend vulkan -HostId w", "workstation")]
    [InlineData("Set-IHModel qwen-big -Fallback qwen-s", "qwen-small")]
    [InlineData("Set-IHModel qwen-big -HostPolicy ", "any", "workstation", "gpu-01")]
    [InlineData("Set-IHModel qwen-big -HostPolicy gpu-01, w", "workstation")]
    [InlineData("Set-IHModel qwen-big -ThinkingMode ", "default", "think", "no_think")]
    [InlineData("Add-IHHost h1 -Transport s", "ssh")]
    [InlineData("Add-IHHost h1 -Shell ", "bash", "sh", "pwsh", "cmd")]
    [InlineData("Add-IHBackend b1 -Type c", "cuda", "cpu", "custom")]
    public void Offers_ids_of_the_kind_and_words(string text, params string[] expected) => Assert.Equal(expected, Session.Complete(text));

    [Theory]
    [InlineData("""{"models": [{"id": "ok"}, {"id": 5}, 7], "hosts": 3}""", "ok")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    public void A_broken_file_is_no_obstacle(string json, params string[] expected)
    {
        Session.WriteConfiguration(json);

        Assert.Equal(expected, Session.Complete("Get-IHModel -Id o").Where(match => match == "ok"));
        Assert.DoesNotContain("3", Session.Complete("Get-IHHost "));
    }
}
