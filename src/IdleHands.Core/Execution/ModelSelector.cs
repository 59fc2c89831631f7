using IdleHands.Configuration;
using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>Switches the running model: plans under the lock, carries the plan out, corrects a stale reuse once.</summary>
public sealed class ModelSelector
{
    private readonly IdleHandsPaths _paths;
    private readonly Func<RuntimeHost, IHostConnection> _connect;
    private readonly TimeProvider _time;
    private readonly SecretResolver _secrets;
    private readonly ActiveRuntimeStore _store;

    /// <summary>Works on the configuration and state of these paths.</summary>
    /// <param name="paths">Where the files are.</param>
    /// <param name="connect">Opens the way to a host; null: by its transport.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
    public ModelSelector(
        IdleHandsPaths paths, Func<RuntimeHost, IHostConnection>? connect = null, TimeProvider? time = null, SecretResolver? secrets = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _paths = paths;
        _connect = connect ?? (host => HostConnections.Open(host, paths.LogDirectory));
        _time = time ?? TimeProvider.System;
        _secrets = secrets ?? new SecretResolver();
        _store = new ActiveRuntimeStore(paths.ActiveRuntimeFile);
    }

    /// <summary>Makes the plan of a select. Looks at the model's files; changes nothing and takes no lock.</summary>
    /// <exception cref="IdleHandsException">The configuration can't be used, or there is no such plan.</exception>
    public async Task<RuntimePlan> PlanAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        RuntimeConfiguration configuration = new ConfigurationStore(_paths.ConfigurationFile).Load();
        PlanSelection selection = Planner.Resolve(request, configuration);
        PlanFacts facts = await GatherAsync(selection, cancellationToken).ConfigureAwait(false);
        return Planner.Build(selection, Complete(_store.Read(), configuration), facts);
    }

    /// <summary>Makes a plan that was made before anew, and changes nothing.</summary>
    /// <exception cref="IdleHandsException"><c>PlanOutdated</c>: what it was made from has changed. And those of a plan.</exception>
    public async Task<RuntimePlan> PlanAsync(PlanReference plan, CancellationToken cancellationToken)
    {
        RuntimePlan now = await PlanAsync(plan.Request, cancellationToken).ConfigureAwait(false);
        plan.EnsureStillTrue(now);
        return now;
    }

    /// <summary>Selects a model.</summary>
    /// <exception cref="IdleHandsException">The configuration can't be used, there is no such plan, or the lock can't be had.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and has cleaned up.</exception>
    public Task<SelectResult> SelectAsync(PlanRequest request, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken) =>
        UnderLockAsync($"Select-IHModel {request.ModelId}", wait, observer, token => SelectAsync(request, expected: null, observer, token), cancellationToken);

    /// <summary>
    /// Carries out a plan that was made before: plans anew, and refuses when what the plan was made from has changed.
    /// Nothing is run out of the given plan.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>PlanOutdated</c>, and those of a select.</exception>
    public Task<SelectResult> InvokeAsync(PlanReference plan, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken) =>
        UnderLockAsync($"Invoke-IHPlan {plan.Request.ModelId}", wait, observer, token => SelectAsync(plan.Request, plan, observer, token), cancellationToken);

    /// <summary>Stops what is active.</summary>
    /// <param name="force">Stop with little patience, and take the lock over.</param>
    /// <param name="wait">How to wait for the lock.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>What was stopped; null when nothing was active.</returns>
    /// <exception cref="IdleHandsException"><c>StopFailed</c>, and those of the lock and the state.</exception>
    public Task<ActiveRuntime?> StopAsync(bool force, LockWait wait, ISelectObserver observer, CancellationToken cancellationToken) =>
        UnderLockAsync("Stop-IHRuntime", wait, observer, token => StopActiveAsync(force, observer, token), cancellationToken);

    private async Task<T> UnderLockAsync<T>(
        string action, LockWait wait, ISelectObserver observer, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using RuntimeLock held = await RuntimeLock.AcquireAsync(_paths.LockFile, action, wait, observer.WaitingForLock, cancellationToken).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.TakeoverRequested);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (held.TakeoverRequested.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IdleHandsException(
                "TakenOver",
                FailureKind.Busy,
                $"{action} was broken off: another session took the lock over with -Force. What it had started was stopped.",
                "Get-IHRuntime shows what runs now.",
                action);
        }
        finally
        {
            Housekeeping.Run(_paths);
        }
    }

    private async Task<SelectResult> SelectAsync(PlanRequest request, PlanReference? expected, ISelectObserver observer, CancellationToken cancellationToken)
    {
        RuntimePlan plan = await PlanAsync(request, cancellationToken).ConfigureAwait(false);
        expected?.EnsureStillTrue(plan);
        SelectResult result = await ExecuteAsync(plan, observer, cancellationToken).ConfigureAwait(false);
        if (result.Failure is not { ErrorId: ReuseProbe.RuntimeStale } stale)
        {
            return result;
        }

        // The state promised what the machine does not hold: say so, and start it, once.
        _store.Write(plan.Active! with { Status = RuntimeStatus.Stale });
        observer.Warn($"{stale.Message} Starting it again.");
        RuntimePlan restart = await PlanAsync(request with { RestartReason = $"reuse failed: {stale.Message}" }, cancellationToken).ConfigureAwait(false);
        SelectResult second = await ExecuteAsync(restart, observer, cancellationToken).ConfigureAwait(false);
        return second with
        {
            Duration = result.Duration + second.Duration,
            Steps = [.. result.Steps, .. second.Steps],
            Warnings = NameList.From([.. result.Warnings, $"{stale.Message} Started again.", .. second.Warnings]),
        };
    }

    private Task<SelectResult> ExecuteAsync(RuntimePlan plan, ISelectObserver observer, CancellationToken cancellationToken)
    {
        observer.Planned(plan);
        return new PlanExecutor(new PlanRun(plan, _connect, _store, observer, _time, _secrets)).RunAsync(cancellationToken);
    }

    private async Task<ActiveRuntime?> StopActiveAsync(bool force, ISelectObserver observer, CancellationToken cancellationToken)
    {
        if (_store.Read() is not { } recorded)
        {
            return null;
        }

        ActiveRuntime active = Complete(recorded, LoadOrEmpty())!;
        RuntimeHost host = active.RequireHost();
        await using IHostConnection connection = _connect(host);
        TryWrite(active with { Status = RuntimeStatus.Stopping }, observer);
        var stopper = new RuntimeStopper(connection, _time, _secrets);
        try
        {
            StopPatience patience = force ? StopPatience.Short : StopPatience.Usual;
            await stopper.StopAsync(active, active.StopCommand, patience, cancellationToken).ConfigureAwait(false);
            TryWrite(null, observer);
        }
        catch
        {
            TryWrite(await stopper.JudgeAsync(active, CancellationToken.None).ConfigureAwait(false), observer);
            throw;
        }

        if (active.CleanupCommand is { } cleanup)
        {
            var command = new HostCommand(cleanup, (force ? StopPatience.Short : StopPatience.Usual).CommandLimit)
            {
                Environment = await _secrets.ResolveAvailableAsync(active.SecretReferences, cancellationToken).ConfigureAwait(false),
            };
            CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
            if (!result.Succeeded)
            {
                observer.Warn($"The clean-up command of host '{host.Id}' {(result.TimedOut ? "took too long" : $"ended with {result.ExitCode}: {result.Error.Trim()}")}.");
            }
        }

        return active with { Status = RuntimeStatus.Exited };
    }

    /// <summary>A full disk is no reason not to stop: what is gone is seen to be gone at the next look.</summary>
    private void TryWrite(ActiveRuntime? runtime, ISelectObserver observer)
    {
        try
        {
            _store.Write(runtime);
        }
        catch (IdleHandsException e)
        {
            observer.Warn(e.Message);
        }
    }

    /// <summary>A broken configuration is no reason not to stop: the state knows enough.</summary>
    private RuntimeConfiguration LoadOrEmpty() =>
        new ConfigurationStore(_paths.ConfigurationFile).Inspect().Configuration ?? RuntimeConfiguration.Empty;

    private async Task<PlanFacts> GatherAsync(PlanSelection selection, CancellationToken cancellationToken)
    {
        var facts = new PlanFacts { IsWindows = OperatingSystem.IsWindows() };
        if (selection.Host.Transport != HostTransport.Local || !ModelSource.IsPath(selection.Model.Source))
        {
            return facts;
        }

        await using IHostConnection connection = _connect(selection.Host);
        var files = await connection.StatAsync(ShardSet.PathsOf(selection.Model.Source), cancellationToken).ConfigureAwait(false);
        return files.All(file => file.Size is not null) ? facts with { SourceBytes = files.Sum(file => file.Size!.Value) } : facts;
    }

    /// <summary>What the original CLI wrote down lacks the host and the names, and a host may have got a stop command since; the configuration knows.</summary>
    private static ActiveRuntime? Complete(ActiveRuntime? active, RuntimeConfiguration configuration)
    {
        if (active is null or { Host: not null, StopCommand: not null })
        {
            return active;
        }

        RuntimeModel? model = configuration.Models.FirstOrDefault(candidate => candidate.Id == active.Id);
        RuntimeHost? configured = configuration.Hosts.FirstOrDefault(candidate => candidate.Id == active.HostId);
        if (configured is null || model is null)
        {
            return active with { Host = active.Host ?? configured };
        }

        PlanCommands commands = ModelCommands.On(configured, model, configuration);
        return active with
        {
            Host = active.Host ?? configured,
            ServedNames = active.Host is null ? ModelSource.ServedNames(model) : active.ServedNames,
            StopCommand = active.StopCommand ?? commands.Stop,
            CleanupCommand = active.CleanupCommand ?? commands.Cleanup,
        };
    }
}
