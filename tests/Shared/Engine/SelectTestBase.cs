using System.Diagnostics;
using System.Management.Automation;
using System.Net.NetworkInformation;

namespace IdleHands.Testing;

/// <summary>A session with one local host, whose models are served by the sample server. What was launched ends with the test.</summary>
public abstract class SelectTestBase : RuntimeTests
{
    private readonly Dictionary<string, int> _ports = [];

    protected SelectTestBase() => Prepare("Add-IHHost here");

    protected static object? Property(PSObject item, string name) => item.Properties[name].Value;

    /// <summary>Adds a model and gives its port.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="server">Further arguments of its server.</param>
    /// <param name="more">Further parameters of <c>Add-IHModel</c>.</param>
    protected new int AddModel(string id, string server = "", string more = "") => _ports[id] = base.AddModel(id, server, more);

    protected int PortOf(string id) => _ports[id];

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

    /// <summary>Ends the recorded launch as a crash would: all of it at once, and all of it is gone then.</summary>
    protected void Kill(int processId)
    {
        int[] all = [.. Launches.Of(Session.StateDirectory).Keys];
        using var process = Process.GetProcessById(processId);
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        Launches.End(all);
    }

    protected static bool IsListening(int port) => ListeningPorts().Contains(port);

    protected static int[] ListeningPorts() => [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)];

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

    /// <inheritdoc />
    protected override void CleanUp()
    {
        base.CleanUp();
        Launches.End(Session.StateDirectory);
    }
}
