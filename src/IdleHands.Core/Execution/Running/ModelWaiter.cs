using IdleHands.Configuration;
using IdleHands.Gguf;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Execution;

/// <summary>What is waited for.</summary>
/// <param name="ModelId">The model.</param>
/// <param name="Status">One of <see cref="ProbeStatus"/>.</param>
/// <param name="Limit">How long to wait; null: as long as a select would wait for the model.</param>
/// <param name="Interval">Pause between two looks; null: the model's own, or a second.</param>
internal sealed record WaitRequest(string ModelId, string Status, TimeSpan? Limit = null, TimeSpan? Interval = null);

/// <summary>How a wait stands.</summary>
/// <param name="Description">What is waited for, in words.</param>
/// <param name="HostId">The host that is looked at.</param>
/// <param name="Elapsed">How long it has taken.</param>
/// <param name="Limit">How long it may take.</param>
/// <param name="Remark">The last line of the launch's log, or what was seen last.</param>
internal sealed record WaitNews(string Description, string HostId, TimeSpan Elapsed, TimeSpan Limit, string? Remark);

/// <summary>
/// Waits until a model has a status, and no longer than it can get it. What is written down is read at each look, so that
/// a select of another session is followed.
/// </summary>
internal sealed class ModelWaiter
{
    private const int ShownLogLines = 12;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(1);

    private readonly IdleHandsPaths _paths;
    private readonly WaitRequest _request;
    private readonly Action<WaitNews> _report;
    private readonly TimeProvider _time;
    private readonly SecretResolver _secrets;
    private readonly Func<RuntimeHost, IHostConnection> _connect;
    private readonly ConfigurationStore _store;
    private readonly long _start;
    private RuntimeConfiguration _configuration;
    private PlanSelection _selection;
    private TimeSpan _limit;
    private ActiveRuntime? _launched;
    private HealthResult? _last;
    private string? _lastLogLine;

    /// <summary>Begins to wait.</summary>
    /// <param name="paths">Where configuration and state are.</param>
    /// <param name="connect">Opens the way to a host.</param>
    /// <param name="request">What is waited for.</param>
    /// <param name="report">Hears how it stands, several times a second.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
    /// <exception cref="IdleHandsException">The configuration can't be used, or no host serves the model.</exception>
    public ModelWaiter(
        IdleHandsPaths paths,
        Func<RuntimeHost, IHostConnection> connect,
        WaitRequest request,
        Action<WaitNews> report,
        TimeProvider? time = null,
        SecretResolver? secrets = null)
    {
        _paths = paths;
        _request = request;
        _report = report;
        _time = time ?? TimeProvider.System;
        _secrets = secrets ?? new SecretResolver();
        _connect = host => new RedactingConnection(connect(host), _secrets);
        _store = new ConfigurationStore(paths.ConfigurationFile);
        _start = _time.GetTimestamp();
        _configuration = Load();
        _selection = Planner.Resolve(new PlanRequest(request.ModelId), _configuration);
    }

    private RuntimeModel Model => _selection.Model;

    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>True when only a model that runs can get the status.</summary>
    private bool NeedsLaunch => _request.Status is ProbeStatus.Ready or ProbeStatus.Loading;

    /// <summary>The row that has the status.</summary>
    /// <exception cref="IdleHandsException"><c>ModelExited</c>, <c>WaitTimeout</c>.</exception>
    public async Task<HealthResult> WaitAsync(CancellationToken cancellationToken)
    {
        _limit = _request.Limit ?? await FindLimitAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan interval = _request.Interval ?? (Model.ProbeIntervalMs is { } own ? TimeSpan.FromMilliseconds(own) : UsualInterval);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pending = Task.CompletedTask;
        try
        {
            while (true)
            {
                // Seen before the port is asked: whoever answers although the launch is gone counts all the same.
                LaunchObservation? end = await FindEndAsync(cancellationToken).ConfigureAwait(false);
                Task<HealthResult?> asking = AskAsync(stop.Token);
                pending = asking;
                bool isAnswered = await UntilAsync(asking, cancellationToken).ConfigureAwait(false);
                _last = isAnswered ? await asking.ConfigureAwait(false) : _last;
                if (_last is not null && _last.Status == _request.Status)
                {
                    return _last;
                }

                // A launch that is over is the cause also where the limit came before the port's answer.
                if (end is not null)
                {
                    throw await ExitedAsync(end, cancellationToken).ConfigureAwait(false);
                }

                if (!isAnswered || !await UntilAsync(pending = Task.Delay(interval, _time, stop.Token), cancellationToken).ConfigureAwait(false))
                {
                    throw TimedOut();
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Waits for a look or a pause, and tells how it stands; a pause is over also when the launch has ended.
    /// False when the limit came first.
    /// </summary>
    private async Task<bool> UntilAsync(Task task, CancellationToken cancellationToken)
    {
        while (!task.IsCompleted)
        {
            TimeSpan left = _limit - Elapsed;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            string? seen = _lastLogLine ?? _last?.Detail ?? _last?.Status;
            _report(new WaitNews($"wait until model '{Model.Id}' is {_request.Status}", HostId(_launched), Elapsed, _limit, seen));
            await Task.WhenAny(task, Task.Delay(left < Tick ? left : Tick, _time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (task is not Task<HealthResult?> && await FindEndAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                return true;
            }
        }

        return true;
    }

    /// <summary>As long as a select would wait: set by the model, or by the size of its weights.</summary>
    private async Task<TimeSpan> FindLimitAsync(CancellationToken cancellationToken)
    {
        if (Model.ProbeTimeoutSec is { } seconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        long? bytes = null;
        try
        {
            await using IHostConnection connection = _connect(_selection.Host);
            bytes = await PlanMaker.MeasureAsync(connection, Model, cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException)
        {
            // A host that can't be reached now may be reached while it is waited for.
        }

        return ProbeTiming.For(WeightSize.Of(bytes, Model.Source).GiB).Timeout;
    }

    private async Task<HealthResult?> AskAsync(CancellationToken cancellationToken)
    {
        ActiveRuntime? active = ReadActive();
        var options = new HealthOptions { ModelIds = new NameList(Model.Id), HostIds = new NameList(HostId(active)) };
        var checker = new HealthChecker(_configuration, active, _connect, options, _time, _secrets);
        await foreach (HealthResult row in checker.CheckAsync(cancellationToken).ConfigureAwait(false))
        {
            return row;
        }

        return null;
    }

    /// <summary>The host that the model is recorded on, where it may be looked at there; else the one that a select would take.</summary>
    private string HostId(ActiveRuntime? active)
    {
        bool isThere = active?.Id == Model.Id
            && Model.HostPolicy.Admits(active.HostId)
            && _configuration.Hosts.Any(host => host.Enabled && host.Id == active.HostId);
        return isThere ? active!.HostId : _selection.Host.Id;
    }

    /// <summary>
    /// How the launch of the model has ended; null while it lives, while none was seen, where a service has taken over,
    /// and while a select is at work, which may start it again.
    /// </summary>
    private async Task<LaunchObservation?> FindEndAsync(CancellationToken cancellationToken)
    {
        await FollowAsync(cancellationToken).ConfigureAwait(false);
        if (_launched is not { Launch: { } launch, Host: { } host })
        {
            return null;
        }

        await using IHostConnection connection = _connect(host);
        LaunchObservation seen = await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false);
        _lastLogLine = seen.LastLogLine;
        bool isOver = NeedsLaunch
            && !seen.IsAlive
            && !RuntimePresence.IsService(_launched, seen)
            && RuntimeLock.FindHolder(_paths.LockFile) is null;

        // A select may have ended between the two looks, with another launch.
        await FollowAsync(cancellationToken).ConfigureAwait(false);
        return isOver && _launched.Launch == launch ? seen : null;
    }

    /// <summary>Notes the launch of the model that is written down. The one seen last stays known when the state forgets it.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (ReadActive() is not { } active || active.Id != Model.Id || active.Launch is null)
        {
            return;
        }

        if (active.LaunchId != _launched?.LaunchId)
        {
            await _secrets.ResolveAvailableAsync(active.SecretReferences, cancellationToken).ConfigureAwait(false);
            Reload();
        }

        _launched = active;
    }

    /// <summary>Whoever started the model anew may have changed its port before. A configuration that is broken meanwhile is left aside.</summary>
    private void Reload()
    {
        try
        {
            RuntimeConfiguration configuration = Load();
            _selection = Planner.Resolve(new PlanRequest(_request.ModelId), configuration);
            _configuration = configuration;
        }
        catch (IdleHandsException)
        {
            // As it was.
        }
    }

    /// <summary>The configuration; what runs without being in it can be waited for, too.</summary>
    private RuntimeConfiguration Load()
    {
        RuntimeConfiguration configuration = _store.Load();
        return ReadActive()?.AddTo(configuration) ?? configuration;
    }

    private ActiveRuntime? ReadActive()
    {
        try
        {
            return new ActiveRuntimeStore(_paths.ActiveRuntimeFile).Read();
        }
        catch (IdleHandsException)
        {
            return null;
        }
    }

    private async Task<IdleHandsException> ExitedAsync(LaunchObservation end, CancellationToken cancellationToken)
    {
        ActiveRuntime launched = _launched!;
        await using IHostConnection connection = _connect(launched.Host!);
        var log = await connection.ReadLogTailAsync(launched.Launch!, FailureCause.LogLines, cancellationToken).ConfigureAwait(false);
        FailureCause cause = FailureCause.Classify(end.ExitCode, log, Model);
        return new IdleHandsException(
            "ModelExited",
            FailureKind.Failed,
            $"Model '{Model.Id}' on host '{launched.HostId}' does not get {_request.Status}: {RuntimePresence.DescribeEnd(end)}{(cause.IsKnown ? $" ({cause.Name})" : string.Empty)}."
                + ReadinessWaiter.LogText(launched.LogPath, [.. log.TakeLast(ShownLogLines)]),
            cause.IsKnown ? cause.Advice : $"Get-IHLog {Model.Id} shows its whole log; Select-IHModel {Model.Id} starts it again.",
            Model.Id)
        {
            Cause = cause.IsKnown ? cause.Name : null,
        };
    }

    private IdleHandsException TimedOut()
    {
        string seen = _last is null ? "No look at it came to an end" : $"Last seen: {_last.Status}{(_last.Detail is null ? string.Empty : $", {_last.Detail}")}";
        string status = _request.Status == ProbeStatus.Ready ? string.Empty : $" -Status {_request.Status}";
        string start = NeedsLaunch && _launched is null ? $" It was not seen started: Select-IHModel {Model.Id} starts it." : string.Empty;
        return new IdleHandsException(
            "WaitTimeout",
            FailureKind.Timeout,
            $"Model '{Model.Id}' on host '{HostId(_launched)}' was not {_request.Status} within {_limit.TotalSeconds:0} s. {seen}.",
            $"Wait longer: Wait-IHModel {Model.Id}{status} -TimeoutSec {(int)Math.Max(1, _limit.TotalSeconds) * 2L}.{start}",
            Model.Id);
    }
}
