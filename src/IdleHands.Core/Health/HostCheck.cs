using System.Threading.Channels;
using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Health;

/// <summary>
/// Looks at one host: its check command, its models, its ports. Each port is asked once. A look that fails, for whatever
/// reason, is a row that says so: it never ends the other looks.
/// </summary>
internal sealed class HostCheck(
    RuntimeHost host,
    RuntimeConfiguration configuration,
    ActiveRuntime? active,
    ModelIndex names,
    HealthOptions options,
    ChannelWriter<HealthResult> rows,
    TimeProvider time,
    SecretResolver secrets)
{
    /// <summary>Enough to be done at once with any usual scan; bounded because every port takes a file handle.</summary>
    private const int PortsAtOnce = 256;

    private readonly IReadOnlyList<RuntimeModel> _models = configuration.Models
        .Where(model => model.Enabled && model.HostPolicy.Admits(host.Id) && options.ModelIds?.Contains(model.Id) != false)
        .ToArray();

    private readonly ActiveRuntime? _recorded = active is not null && active.HostId == host.Id && active.Status != RuntimeStatus.Exited
        ? active
        : null;

    /// <summary>Writes the host's rows as they are known.</summary>
    public async Task RunAsync(Func<RuntimeHost, IHostConnection> connect, CancellationToken cancellationToken)
    {
        IHostConnection connection;
        try
        {
            // Opened before the limits of what is asked then begin: a login takes its time.
            connection = connect(host);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            ReportUnreachable(e);
            return;
        }

        await using (connection.ConfigureAwait(false))
        {
            using var turns = new SemaphoreSlim(PortsAtOnce);
            PortSet scanned = PortsToScan();
            Dictionary<int, Task<ServerAnswer>> answers = _models.Select(model => model.EffectivePort)
                .Concat(scanned)
                .Distinct()
                .ToDictionary(port => port, port => AskAsync(connection, port, turns, cancellationToken));
            IEnumerable<Task> looks =
            [
                .. options.ModelIds is null ? [LookAtHostAsync(connection, answers, cancellationToken)] : Array.Empty<Task>(),
                .. _models.Select(model => LookAtModelAsync(connection, model, answers[model.EffectivePort], cancellationToken)),
                .. scanned.Select(port => LookAtPortAsync(port, answers[port], cancellationToken)),
            ];
            await Task.WhenAll(looks).ConfigureAwait(false);
        }
    }

    private PortSet PortsToScan()
    {
        if (options.ScanPorts is not null)
        {
            return options.ScanPorts;
        }

        return options.ModelIds is null
            ? PortSet.Default.Union(PortSet.Of(configuration.Models.Select(model => model.EffectivePort)))
            : PortSet.Empty;
    }

    private async Task<ServerAnswer> AskAsync(
        IHostConnection connection, int port, SemaphoreSlim turns, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ServerAnswer answer = await new ServerProbe(connection.Http, time).AskAsync(port, options.Timeout, cancellationToken).ConfigureAwait(false);
            return answer with { Detail = secrets.Redact(answer.Detail) };
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task LookAtHostAsync(
        IHostConnection connection, Dictionary<int, Task<ServerAnswer>> answers, CancellationToken cancellationToken)
    {
        try
        {
            if (ModelCommands.Without(host, backend: null).Check is { } check)
            {
                var command = new HostCommand(check, host.EffectiveCheckTimeout);
                Write(HealthRows.Host(host, command, await connection.RunAsync(command, cancellationToken).ConfigureAwait(false)));
                return;
            }

            if (answers.Count > 0)
            {
                // Without a command, what shows that the host can be reached is that a port of it could be asked.
                await (await Task.WhenAny(answers.Values).ConfigureAwait(false)).ConfigureAwait(false);
            }

            Write(HealthRows.HostWithoutCommand(host));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Write(HealthRows.Unreachable(HealthSection.Host, host, host.Id, null, e));
        }
    }

    private async Task LookAtModelAsync(
        IHostConnection connection, RuntimeModel model, Task<ServerAnswer> asked, CancellationToken cancellationToken)
    {
        try
        {
            Task<CommandResult?> probe = ProbeByCommandAsync(connection, model, cancellationToken);
            await Task.WhenAll(probe, asked).ConfigureAwait(false);
            Write(ModelVerdict.Row(
                model, host, await asked.ConfigureAwait(false), await probe.ConfigureAwait(false), Recorded(model.EffectivePort)));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Write(HealthRows.Unreachable(HealthSection.Model, host, model.Id, model.EffectivePort, e));
        }
    }

    private async Task<CommandResult?> ProbeByCommandAsync(
        IHostConnection connection, RuntimeModel model, CancellationToken cancellationToken)
    {
        PlanCommands commands = ModelCommands.On(host, model, configuration);
        if (commands.Probe is not { } probe)
        {
            return null;
        }

        var command = new HostCommand(probe, options.Timeout)
        {
            Environment = await secrets.ResolveAsync(commands.SecretsOf(model.ProbeCommand), cancellationToken).ConfigureAwait(false),
        };
        return await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private async Task LookAtPortAsync(int port, Task<ServerAnswer> asked, CancellationToken cancellationToken)
    {
        ServerAnswer answer;
        try
        {
            answer = await asked.ConfigureAwait(false);
        }
        catch (IdleHandsException)
        {
            // The rows of the host and its models say that it can't be reached; no server was found on it.
            return;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Write(HealthRows.Unreachable(HealthSection.Discovered, host, null, port, e));
            return;
        }

        HealthResult row = HealthRows.Discovered(host, port, answer, names, Recorded(port));
        bool isAskedFor = options.ModelIds is null || names.Find(answer.ModelIds).Any(options.ModelIds.Contains);
        if (isAskedFor && (options.IncludeDown || row.Status != ProbeStatus.Down))
        {
            Write(row);
        }
    }

    /// <summary>The recorded runtime, where it is on this port.</summary>
    private ActiveRuntime? Recorded(int port) => _recorded?.Port == port ? _recorded : null;

    private void ReportUnreachable(Exception cause)
    {
        if (options.ModelIds is null)
        {
            Write(HealthRows.Unreachable(HealthSection.Host, host, host.Id, null, cause));
        }

        foreach (RuntimeModel model in _models)
        {
            Write(HealthRows.Unreachable(HealthSection.Model, host, model.Id, model.EffectivePort, cause));
        }
    }

    /// <summary>The channel is unbounded: a row is always taken.</summary>
    private void Write(HealthResult row) => rows.TryWrite(row);
}
