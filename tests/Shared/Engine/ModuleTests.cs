using System.Collections;
using System.Management.Automation;

namespace IdleHands.Testing;

/// <summary>Tests in a session of their own, with the staged module loaded.</summary>
public abstract class ModuleTests : IDisposable
{
    protected ModuleSession Session { get; } = new();

    public void Dispose()
    {
        CleanUp();
        Session.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Undoes what a test did outside the session's own directory, while the session is still there.</summary>
    protected virtual void CleanUp()
    {
    }

    protected static string ErrorId(ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    /// <summary>The configuration that most tests start from.</summary>
    protected void AddSamples() => Prepare("""
            Add-IHHost workstation -DisplayName 'My workstation' -CheckCommand true -Gpu rtx-4090, rtx-3090 -VramGB 24
            Add-IHHost gpu-01 -Transport ssh -HostName gpu-01.lan -UserName me -Password env:GPU_PASSWORD -SshOption ConnectTimeout=5
            Add-IHBackend vulkan -VerifyCommand 'true' -Environment @{ GGML_VK_VISIBLE_DEVICES = '0' } -Argument '-ngl', '99'
            Add-IHBackend cuda-12 -Type cuda -HostFilter gpu-01
            Add-IHModel qwen-small -Source /models/qwen.gguf -StartCommand 'llama-server -m {source} --port {port}' -Port 8081
            Add-IHModel qwen-big -Source /models/qwen-big.gguf -StartCommand 'llama-server -m {source}' -HostPolicy gpu-01, workstation -BackendPolicy vulkan -Fallback qwen-small
            """);

    /// <summary>Runs a script from a constructor: the session goes when it fails, because nobody disposes a test that was never made.</summary>
    protected void Prepare(string script)
    {
        try
        {
            Session.Get(script);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    protected IReadOnlyList<string> Ids(string script) => [.. Session.Get(script).Select(item => (string)item.Properties["Id"].Value)];

    protected object? Value(string script, string property) => Assert.Single(Session.Get(script)).Properties[property].Value;

    protected static IReadOnlyList<string> Names(object? value) => [.. ((IEnumerable)value!).Cast<string>()];
}
