using System.Collections;
using System.Management.Automation;

namespace IdleHands.PowerShell.Secrets;

/// <summary>What a command of the secret management module gave.</summary>
/// <param name="Output">Its output.</param>
/// <param name="Errors">Its errors; the one that ended it is the last.</param>
internal sealed record VaultReply(IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors);

/// <summary>
/// Runs commands of the secret management module in the cmdlet's own session, with its host for questions, on the
/// pipeline thread. Nothing of it shows: no stream, default parameter value or preference of the session reaches it, and
/// its errors don't stay in <c>$Error</c>. The module is loaded by the first command that runs.
/// </summary>
/// <param name="cmdlet">The cmdlet whose session it is.</param>
/// <param name="limit">How long a command may take; whoever asks for a password where nobody sees it waits for ever.</param>
internal sealed class VaultSession(AsyncPSCmdlet cmdlet, TimeSpan limit)
{
    private const string Script = """
        param([string] $Command, [hashtable] $Given)
        $PSDefaultParameterValues = @{}
        $PSModuleAutoLoadingPreference = 'All'
        $ConfirmPreference = 'None'
        $WhatIfPreference = $false
        & $Command @Given -ErrorAction Continue -WarningAction SilentlyContinue -InformationAction SilentlyContinue -Verbose:$false -Debug:$false
        """;

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its name, with its module's.</param>
    /// <param name="given">Its arguments.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="TimeoutException">It did not end within the limit.</exception>
    /// <exception cref="OperationCanceledException">It was broken off.</exception>
    public async Task<VaultReply> RunAsync(string command, Hashtable given, CancellationToken cancellationToken)
    {
        VaultReply? reply = await cmdlet.OnPipelineThreadAsync(() => Invoke(command, given, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return reply ?? throw new TimeoutException($"no answer within {limit.TotalSeconds:0} s");
    }

    /// <summary>Null when it was broken off.</summary>
    private VaultReply? Invoke(string command, Hashtable given, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(limit);
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddScript(Script, useLocalScope: true).AddParameter("Command", command).AddParameter("Given", given);
        var known = cmdlet.SessionState.PSVariable.GetValue("global:Error") as ArrayList;
        object? newest = known is { Count: > 0 } ? known[0] : null;
        using CancellationTokenRegistration stop = end.Token.Register(() => shell.BeginStop(null, null));
        try
        {
            PSObject[] output = [.. shell.Invoke()];
            return IsBrokenOff(end.Token) ? null : new VaultReply(output, [.. shell.Streams.Error]);
        }
        catch (PipelineStoppedException) when (!cmdlet.Stopping)
        {
            return null;
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            ErrorRecord last = (e as IContainsErrorRecord)?.ErrorRecord ?? new ErrorRecord(e, e.GetType().Name, ErrorCategory.NotSpecified, null);
            return IsBrokenOff(end.Token) ? null : new VaultReply([], [.. shell.Streams.Error, last]);
        }
        finally
        {
            while (known is { Count: > 0 } && known[0] != newest)
            {
                known.RemoveAt(0);
            }
        }
    }

    /// <summary>True when it was broken off, which a nested pipeline does not always tell by an exception.</summary>
    private bool IsBrokenOff(CancellationToken end) =>
        cmdlet.Stopping ? throw new PipelineStoppedException() : end.IsCancellationRequested;
}
