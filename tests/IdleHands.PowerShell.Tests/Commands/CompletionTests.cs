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
    [InlineData("Select-IHModel qwen", "qwen-small")]
    [InlineData("Disable-IHModel qwen", "qwen-small")]
    [InlineData("Enable-IHModel qwen", "qwen-big")]
    [InlineData("IdleHands\\Enable-IHModel qwen", "qwen-big")]
    [InlineData("Select-IHModel qwen-small -HostId ", "workstation")]
    [InlineData("Enable-IHHost ", "gpu-01")]
    [InlineData("Select-IHModel qwen-small -BackendId ", "cuda-12")]
    [InlineData("Enable-IHBackend ", "vulkan")]
    [InlineData("Get-IHModel qwen", "qwen-small", "qwen-big")]
    [InlineData("Set-IHHost ", "workstation", "gpu-01")]
    public void Offers_only_what_a_command_can_do_something_with(string text, params string[] expected)
    {
        Session.Get("Disable-IHModel qwen-big; Disable-IHHost gpu-01; Disable-IHBackend vulkan");

        Assert.Equal(expected, Session.Complete(text));
    }

    [Theory]
    [InlineData("Set-IHModel qwen-big -StartCommand 'llama-server -m {so", "'llama-server -m {source}")]
    [InlineData("Add-IHModel m -StartCommand \"llama-server -m {so", "\"llama-server -m {source}")]
    [InlineData("Set-IHModel qwen-big -StartCommand 'a {backend_env} b {host", "'a {backend_env} b {host}", "'a {backend_env} b {host_id}")]
    [InlineData("Set-IHModel qwen-big -ProbeCommand 'curl {po'", "'curl {port}'")]
    [InlineData("Set-IHBackend vulkan -VerifyCommand 'x {backend_a", "'x {backend_args}")]
    [InlineData("Set-IHHost workstation -StopCommand 'stop {model", "'stop {model_id}")]
    public void Offers_the_variables_of_a_command_that_is_being_typed(string text, params string[] expected) => Assert.Equal(expected, Session.Complete(text));

    [Theory]
    [InlineData("Set-IHModel qwen-big -StartCommand 'echo ${so")]
    [InlineData("Set-IHModel qwen-big -StartCommand 'docker ps --format {{so")]
    [InlineData("Set-IHModel qwen-big -StartCommand 'awk { print")]
    [InlineData("Set-IHModel qwen-big -StartCommand 'a {source} ")]
    public void What_is_no_variable_is_left_to_the_shell(string text) => Assert.DoesNotContain(Session.Complete(text), offer => offer.Contains("{source}", StringComparison.Ordinal) && offer.Length > text.Length - text.IndexOf('\'', StringComparison.Ordinal));

    [Theory]
    [InlineData("Test-IHHealth -ScanPorts ", "8080-8090", "8081", "9000-9002")]
    [InlineData("Test-IHHealth -ScanPorts 90", "9000-9002")]
    [InlineData("Test-IHHealth -ScanPorts 8081,90", "9000-9002")]
    public void Offers_the_ports_of_configured_models(string text, params string[] expected)
    {
        Session.Get("9000..9002 | ForEach-Object { Add-IHModel \"m$_\" -Source /m -StartCommand 'x' -Port $_ }");

        Assert.Equal(expected, Session.Complete(text));
    }

    [Theory]
    [InlineData("""{"models": [{"id": "ok"}, {"id": 5}, 7], "hosts": 3}""", "ok")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    public void A_broken_file_is_no_obstacle(string json, params string[] expected)
    {
        Session.WriteConfiguration(json);

        Assert.Equal(expected, Session.Complete("Get-IHModel -Id o").Where(match => match == "ok"));
        Assert.DoesNotContain("3", Session.Complete("Get-IHHost "));
        Assert.Equal("8080-8090", Session.Complete("Test-IHHealth -ScanPorts ")[0]);
    }
}
