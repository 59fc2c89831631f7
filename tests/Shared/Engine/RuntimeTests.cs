using System.Globalization;

namespace IdleHands.Testing;

/// <summary>Tests in a session whose models are run by the sample server; what they start is stopped at their end.</summary>
public abstract class RuntimeTests : ModuleTests
{
    // Made when first asked for: a test whose session does not come up is never disposed.
    private SampleModelFile? _weights;

    protected SampleModelFile Weights => _weights ??= new("tiny.gguf");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected override void CleanUp()
    {
        Session.Run("Stop-IHRuntime -Force -Confirm:$false");
        _weights?.Dispose();
    }

    /// <summary>Adds a host and a model on a free port; gives the port.</summary>
    protected int AddModel(string id, string serverArguments = "", string parameters = "")
    {
        int port = SampleServerProcess.FindFreePort();
        string call = OperatingSystem.IsWindows() ? "& " : string.Empty;
        string command = $"{call}'{SampleServerProcess.ExecutablePath}' -m {{source}} --port {{port}} --alias {{model_id}} --lifetime 120 {serverArguments}";
        Session.Get(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            if (-not (Get-IHHost here*)) [[ Add-IHHost here ]]
            Add-IHModel {id} -Source '{Weights.FilePath}' -Port {port} -ProbeIntervalMs 100 -ProbeTimeoutSec 60 {parameters} -StartCommand '{command.Replace("'", "''", StringComparison.Ordinal)}'
            """).Replace("[[", "{", StringComparison.Ordinal).Replace("]]", "}", StringComparison.Ordinal));
        return port;
    }

    protected string Text(string script) => string.Join('|', Session.Get(script).Select(item => item?.ToString()));
}
