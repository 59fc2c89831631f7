using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Net.NetworkInformation;
using IdleHands.PowerShell.Tests.Hosting;
using IdleHands.PowerShell.Tests.Processes;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Select;

/// <summary>A session with one local host, whose models are served by the sample server. What was launched ends with the test.</summary>
public abstract class SelectTestBase : IDisposable
{
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly Dictionary<string, int> _ports = [];

    protected SelectTestBase()
    {
        // Named without its path, because each shell has its own way to write one with a space.
        Environment.SetEnvironmentVariable("PATH", Path.GetDirectoryName(SampleServerProcess.ExecutablePath) + Path.PathSeparator + _path);
        try
        {
            Session.Get("Add-IHHost here");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    protected ModuleSession Session { get; } = new();

    protected SampleModelFile Weights { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected static string ErrorId(ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    protected static object? Property(PSObject item, string name) => item.Properties[name].Value;

    /// <summary>Adds a model and gives its port.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="server">Further arguments of its server.</param>
    /// <param name="more">Further parameters of <c>Add-IHModel</c>; the last of a name counts.</param>
    protected int AddModel(string id, string server = "", string more = "-ProbeTimeoutSec 60")
    {
        int port = SampleServerProcess.FindFreePort();
        Session.Get($"Add-IHModel {id} -Source '{Weights.FilePath}' -Port {port} -ProbeIntervalMs 50 -StartCommand '{StartCommand(server)}' {more}");
        _ports[id] = port;
        return port;
    }

    protected int PortOf(string id) => _ports[id];

    /// <summary>Runs the sample server; no quote in it, so that it stands in a literal of any shell.</summary>
    protected static string StartCommand(string server = "") =>
        $"sample-server -m {{source}} --port {{port}} --alias {{model_id}} --lifetime 120 {server}";

    /// <summary>Selects, and it must work.</summary>
    protected SelectResult Select(string arguments)
    {
        Result result = Session.Run($"Select-IHModel {arguments}");
        Assert.True(result.Errors.Count == 0, result.Errors.Count > 0 ? result.Errors[0].Exception.Message : null);
        return Emitted(result);
    }

    /// <summary>Selects, and it must fail with this error after the result.</summary>
    protected (SelectResult Result, ErrorRecord Error) Fail(string arguments)
    {
        Result result = Session.Run($"Select-IHModel {arguments}");
        Assert.Null(result.Terminated);
        return (Emitted(result), result.Error);
    }

    protected static SelectResult Emitted(Result result) => Assert.IsType<SelectResult>(Assert.Single(result.Output).BaseObject);

    protected ActiveRuntime? Active() => (ActiveRuntime?)Session.Get("Get-IHRuntime").SingleOrDefault()?.BaseObject;

    /// <summary>What runs, looked at now.</summary>
    protected ActiveRuntime Look() => (ActiveRuntime)Assert.Single(Session.Get("Get-IHRuntime -Verify")).BaseObject;

    protected int ProcessId() => Active()!.ProcessId!.Value;

    /// <summary>Ends the recorded launch as a crash would.</summary>
    protected static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    protected static bool IsListening(int port) =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);

    protected void AssertNothingRuns()
    {
        Assert.Null(Active());
        Assert.DoesNotContain(_ports.Values, IsListening);
        Assert.Empty(Launches.Of(Session.StateDirectory));
    }

    /// <summary>Begins a select whose server loads, and gives the pipeline once the server says so.</summary>
    protected async Task<(System.Management.Automation.PowerShell Shell, IAsyncResult Running)> BeginLoadingAsync(string id, string arguments = "")
    {
        System.Management.Automation.PowerShell shell = Session.Shell($"Select-IHModel {id} {arguments}");
        IAsyncResult running = shell.BeginInvoke();
        await SampleServerProcess.WaitForHealthAsync(_ports[id], System.Net.HttpStatusCode.ServiceUnavailable, Token);
        return (shell, running);
    }

    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        Session.Run("Stop-IHRuntime -Force");
        Launches.End(Session.StateDirectory);
        Session.Dispose();
        Weights.Dispose();
        Environment.SetEnvironmentVariable("PATH", _path);
        GC.SuppressFinalize(this);
    }
}
