using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using IdleHands.Configuration;
using IdleHands.Hosts;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Secrets;

namespace IdleHands.PowerShell;

/// <summary>
/// A cmdlet whose body may be asynchronous. <see cref="Run"/> starts the body as a task and stays on the pipeline
/// thread, where it carries out what the body writes: PowerShell accepts output from no other thread. Stopping the
/// pipeline cancels the body's token; <see cref="Run"/> still waits for the body's end, so that its clean-up completes.
/// </summary>
public abstract class AsyncPSCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private BlockingCollection<Action>? _messages;
    private SecretResolver? _secrets;
    private HostConnections? _hosts;
    private IReadOnlyList<RuntimeHost>? _configuredHosts;
    private bool _isInterrupted;
    private int _pipelineThread = Environment.CurrentManagedThreadId;

    /// <summary>Ends the cmdlet's own resources.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Emits an object.</summary>
    public new void WriteObject(object? value) => Deliver(() => Emit(() => base.WriteObject(value)));

    /// <summary>Emits an error about one item; the command goes on.</summary>
    public new void WriteError(ErrorRecord error) => Deliver(() => Emit(() => base.WriteError(error)));

    /// <summary>Warns. What the clean-up after a stop has to say still reaches the user, through the host.</summary>
    public new void WriteWarning(string text) => Deliver(() => Warn(text));

    /// <summary>Says what is done, for <c>-Verbose</c>.</summary>
    public new void WriteVerbose(string text) => Deliver(() => base.WriteVerbose(text));

    /// <summary>Says why it is done, for <c>-Debug</c>.</summary>
    public new void WriteDebug(string text) => Deliver(() => base.WriteDebug(text));

    /// <summary>Says what the user has to know and did not ask for, as Write-Host does: on the console, and in the information stream.</summary>
    internal void Tell(string text) => Deliver(() => base.WriteInformation(new HostInformationMessage { Message = text }, ["PSHOST"]));

    /// <summary>Shows or completes a progress bar.</summary>
    public new void WriteProgress(ProgressRecord progress) => Deliver(() => base.WriteProgress(progress));

    /// <summary>True once a failure was written.</summary>
    protected bool HasFailed { get; private set; }

    /// <summary>Turns a failure into a non-terminating error.</summary>
    protected void WriteFailure(Exception failure, object? target = null)
    {
        HasFailed = true;
        WriteError(ErrorRecords.From(failure, target));
    }

    /// <summary>Reads the secrets that this command needs, each once.</summary>
    private protected SecretResolver Secrets => _secrets ??= new SecretResolver(new SecretManagementVault(this));

    /// <summary>Opens the way to a host. What is opened is shared until the running body has ended, and then closed.</summary>
    internal IHostConnection Connect(RuntimeHost host)
    {
        lock (_stop)
        {
            _hosts ??= new HostConnections(IdleHandsPaths.FromEnvironment().LogDirectory, Secrets);
            return _hosts.Open(WithPassword(host));
        }
    }

    /// <summary>A host as it was written down with what runs lacks a password that the configuration holds in clear: state never does.</summary>
    private RuntimeHost WithPassword(RuntimeHost host)
    {
        if (host.Transport != HostTransport.Ssh || host.Password is not null)
        {
            return host;
        }

        _configuredHosts ??= new ConfigurationStore(IdleHandsPaths.FromEnvironment().ConfigurationFile).Inspect().Configuration?.Hosts ?? [];
        return _configuredHosts.FirstOrDefault(other => other.Id == host.Id && other.HostName == host.HostName && other.UserName == host.UserName) is { Password: { } password }
            ? host with { Password = password }
            : host;
    }

    /// <summary>Those of some things whose names match a wildcard pattern; none where the pattern is not valid, which is said.</summary>
    protected T[] Matches<T>(IEnumerable<T> all, Func<T, string> name, string pattern)
    {
        try
        {
            var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            return all.Where(one => wildcard.IsMatch(name(one))).ToArray();
        }
        catch (WildcardPatternException exception)
        {
            WriteFailure(Failures.BadWildcard(pattern, exception));
            return [];
        }
    }

    /// <summary>Asks PowerShell whether to go on with a change (<c>-WhatIf</c>, <c>-Confirm</c>), from inside a body.</summary>
    /// <exception cref="IdleHandsException"><c>ConfirmationNeeded</c>: nobody can answer.</exception>
    protected async Task<bool> ShouldProcessAsync(string target, string action)
    {
        (bool isWanted, Exception? unanswered) = await OnPipelineThreadAsync(() =>
        {
            try
            {
                return (ShouldProcess(target, action), (Exception?)null);
            }
            catch (Exception exception) when (Failures.IsUnanswered(exception))
            {
                return (false, exception);
            }
        }).ConfigureAwait(false);
        return unanswered is null ? isWanted : throw Failures.CannotAsk(action, $"on {target}", unanswered);
    }

    /// <summary>Does from inside a body what PowerShell allows on the pipeline thread alone. What throws there stops the command.</summary>
    internal async Task<T> OnPipelineThreadAsync<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Deliver(() => answer.SetResult(work()));

        // Work that throws on the pipeline thread cancels the token, and with it this wait.
        return await answer.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
    }

    /// <summary>Waits until the pipeline has taken what was written: who writes much must not run ahead of it.</summary>
    protected Task CatchUpAsync()
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Deliver(taken.SetResult);
        return taken.Task.WaitAsync(_stop.Token);
    }

    /// <summary>
    /// Runs an asynchronous body to its end. A failure that explains itself, or an unexpected one, becomes a
    /// non-terminating error; a stopped pipeline stays one.
    /// </summary>
    protected void Run(Func<CancellationToken, Task> body)
    {
        if (Pump(body) is not { } failure)
        {
            return;
        }

        switch (failure.SourceException)
        {
            case PipelineStoppedException:
                failure.Throw();
                break;
            case OperationCanceledException when _stop.IsCancellationRequested:
                throw new PipelineStoppedException();
            default:
                WriteFailure(failure.SourceException);
                break;
        }
    }

    /// <inheritdoc />
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stop came from another thread while the command ended by itself.
        }
    }

    /// <summary>Ends the cmdlet's own resources.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <summary>Carries out the body's messages until it has ended; returns its failure.</summary>
    private ExceptionDispatchInfo? Pump(Func<CancellationToken, Task> body)
    {
        ExceptionDispatchInfo? failure = null;
        ExceptionDispatchInfo? interruption = null;
        using var messages = new BlockingCollection<Action>();
        _pipelineThread = Environment.CurrentManagedThreadId;
        _messages = messages;
        CancellationToken token = _stop.Token;
        _ = Task.Run(
            async () =>
            {
                try
                {
                    await body(token).ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
                finally
                {
                    await CloseHostsAsync().ConfigureAwait(false);
                    messages.CompleteAdding();
                }
            },
            CancellationToken.None);

        foreach (Action message in messages.GetConsumingEnumerable())
        {
            try
            {
                message();
            }
            catch (Exception exception)
            {
                // The pipeline wants no more (stopped, -ErrorAction Stop, Select-Object -First, a throw or break in
                // the command behind): the body is told, and may still warn while it cleans up.
                _isInterrupted = true;
                interruption ??= ExceptionDispatchInfo.Capture(exception);
                _stop.Cancel();
            }
        }

        _messages = null;
        interruption?.Throw();
        return failure;
    }

    private async Task CloseHostsAsync()
    {
        HostConnections? hosts;
        lock (_stop)
        {
            hosts = _hosts;
            _hosts = null;
            _configuredHosts = null;
        }

        if (hosts is not null)
        {
            await hosts.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Deliver(Action message)
    {
        if (Environment.CurrentManagedThreadId == _pipelineThread)
        {
            message();
            return;
        }

        try
        {
            _messages?.Add(message);
        }
        catch (InvalidOperationException)
        {
            // As where there is no queue: a late report of something that the body no longer waits for.
        }
    }

    /// <summary>After a throw or break of the command behind, that one would take what comes next as if nothing had been.</summary>
    private void Emit(Action write)
    {
        if (!_isInterrupted)
        {
            write();
        }
    }

    private void Warn(string text)
    {
        try
        {
            base.WriteWarning(text);
        }
        catch (PipelineStoppedException) when (Stopping)
        {
            Host.UI.WriteWarningLine(text);
            throw;
        }
    }
}
