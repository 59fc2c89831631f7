using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace IdleHands.Benchmarks;

/// <summary>The PowerShell engine in this process.</summary>
internal sealed class HostedEngine : IDisposable
{
    private readonly Runspace _runspace;

    public HostedEngine()
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // The modules are not signed.
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.RemoteSigned;
        }

        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>Runs a script that must not fail.</summary>
    /// <exception cref="InvalidOperationException">It wrote an error.</exception>
    public Collection<PSObject> Run(string script)
    {
        using var shell = PowerShell.Create(_runspace);
        Collection<PSObject> output = shell.AddScript(script).Invoke();
        return shell.HadErrors ? throw new InvalidOperationException($"{script}: {shell.Streams.Error[0]}") : output;
    }

    /// <summary>How many completions there are at the end of a text.</summary>
    public int Complete(string text)
    {
        using var shell = PowerShell.Create(_runspace);
        return CommandCompletion.CompleteInput(text, text.Length, null, shell).CompletionMatches.Count;
    }

    public void Import(string manifest) => Run($"Import-Module '{manifest}'");

    public void Dispose() => _runspace.Dispose();
}
