using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace IdleHands.Samples.Quickstart;

/// <summary>
/// The PowerShell engine in this process: one session whose output, errors and progress go to a host of ours. This is
/// all that a program needs to run cmdlets as a console would.
/// </summary>
internal sealed class Engine : IDisposable
{
    private readonly QuickstartHost _host;
    private readonly Runspace _runspace;

    public Engine(QuickstartHost host)
    {
        _host = host;
        var state = InitialSessionState.CreateDefault2();

        // Of two views of a type the first one counts, so ours goes before those of the engine.
        SessionStateFormatEntry[] formats = [.. state.Formats];
        state.Formats.Clear();
        state.Formats.Add(ErrorText.Format());
        state.Formats.Add(formats);
        if (OperatingSystem.IsWindows())
        {
            // The staged module is not signed.
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.RemoteSigned;
        }

        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>Imports the staged module without a word; false when that failed.</summary>
    public bool ImportModule() => Run($"Import-Module {Quote(Workspace.ModulePath)}", CancellationToken.None);

    /// <summary>Gives a variable of the session a value.</summary>
    public void SetVariable(string name, object value) => _runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>Runs PowerShell as typed at a prompt: what it emits is formatted and shown. False when it showed an error.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public bool Run(string script, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int errorsBefore = _host.Interface.ErrorLines;
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript(script).AddCommand("Out-Default");

        // Errors go the way of the output, so that they stand between the right lines.
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        try
        {
            Invoke(shell, cancellationToken);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            _host.Interface.WriteErrorLine(ErrorText.Of(exception.ErrorRecord));
        }

        return _host.Interface.ErrorLines == errorsBefore;
    }

    /// <summary>Runs PowerShell and gives what it emits; errors are left out.</summary>
    /// <exception cref="RuntimeException">It could not go on.</exception>
    public Collection<PSObject> Query(string script)
    {
        using var shell = PowerShell.Create(_runspace);
        return new Collection<PSObject>(Invoke(shell.AddScript(script), CancellationToken.None));
    }

    /// <summary>Writes a text as a literal of the language.</summary>
    public static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    public void Dispose() => _runspace.Dispose();

    private static PSDataCollection<PSObject> Invoke(PowerShell shell, CancellationToken cancellationToken)
    {
        // Begun before the token is watched: a stop that comes before the start would be lost.
        IAsyncResult running = shell.BeginInvoke();
        using CancellationTokenRegistration registration = cancellationToken.Register(shell.Stop);
        try
        {
            return shell.EndInvoke(running);
        }
        catch (PipelineStoppedException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
