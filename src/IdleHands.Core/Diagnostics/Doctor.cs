using System.Runtime.CompilerServices;
using System.Threading.Channels;
using IdleHands.Configuration;
using IdleHands.Hosts;

namespace IdleHands.Diagnostics;

/// <summary>Looks for what keeps hosts, backends and models from working: in the configuration, on this machine, and on each host, all at once. Nothing is changed.</summary>
/// <param name="configuration">The hosts, backends and models.</param>
/// <param name="paths">Where the files of this user are.</param>
/// <param name="active">The recorded runtime, whose port is its own; null for none.</param>
/// <param name="connect">Makes the connection to a host; disposed here.</param>
/// <param name="options">What to look for.</param>
/// <param name="secrets">Reads the secrets of the commands; null: those of the environment alone.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class Doctor(
    RuntimeConfiguration configuration,
    IdleHandsPaths paths,
    ActiveRuntime? active,
    Func<RuntimeHost, IHostConnection> connect,
    DiagnosticOptions options,
    SecretResolver? secrets = null,
    TimeProvider? time = null)
{
    private static readonly TimeSpan MachineLimit = TimeSpan.FromSeconds(10);

    /// <summary>Who names a disabled host wants to know what would be if it were not.</summary>
    private readonly RuntimeConfiguration _configuration = options.HostIds is not { } named ? configuration : configuration with
    {
        Hosts = [.. configuration.Hosts.Select(host => host.Enabled || !named.Contains(host.Id) ? host : host with { Enabled = true })],
    };

    private readonly SecretResolver _secrets = secrets ?? new SecretResolver();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>
    /// The findings, those of a host as soon as it was looked at. When the enumeration ends, for whatever reason, nothing of
    /// it still runs.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async IAsyncEnumerable<DiagnosticFinding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Channel<DiagnosticFinding> findings = Channel.CreateUnbounded<DiagnosticFinding>(new UnboundedChannelOptions { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = Task.Run(() => ExamineAsync(findings.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (DiagnosticFinding finding in findings.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return finding;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    /// <summary>Examines everything; what goes wrong reaches the reader through the channel.</summary>
    private async Task ExamineAsync(ChannelWriter<DiagnosticFinding> findings, CancellationToken cancellationToken)
    {
        void Write(IEnumerable<DiagnosticFinding> found)
        {
            foreach (DiagnosticFinding finding in found.Where(finding => options.Admits(finding) && IsAboutHosts(finding)))
            {
                findings.TryWrite(finding with { Message = _secrets.Redact(finding.Message) });
            }
        }

        try
        {
            var places = new ModelPlaces(_configuration);
            Write(ConfigurationRules.Check(_configuration, places));
            Write(CommandRules.Check(_configuration, places));
            await Task.WhenAll(ExamineMachineAsync(places, Write, cancellationToken), ExamineSecretsAsync(Write, cancellationToken), ExamineHostsAsync(places, Write, cancellationToken))
                .ConfigureAwait(false);
            findings.Complete();
        }
#pragma warning disable CA1031 // The reader of the channel gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            findings.Complete(e);
        }
    }

    /// <summary>True for what is about one of the hosts that are named: it itself, or a model or backend that may be used there.</summary>
    private bool IsAboutHosts(DiagnosticFinding finding) => options.HostIds is not { } named || (finding.HostId, finding.Resource) switch
    {
        ({ } host, _) => named.Contains(host),
        (null, DiagnosticResource.Model) => _configuration.Models.Any(model => model.Id == finding.Id && named.Any(model.HostPolicy.Admits)),
        (null, DiagnosticResource.Backend) => _configuration.Backends.Any(backend => backend.Id == finding.Id && named.Any(backend.HostFilter.Admits)),
        _ => false,
    };

    /// <summary>A network share that hangs holds up no host.</summary>
    private async Task ExamineMachineAsync(ModelPlaces places, Action<IEnumerable<DiagnosticFinding>> write, CancellationToken cancellationToken)
    {
        if (options.HostIds is not null)
        {
            return; // It is about no host.
        }

        string[] templates = [.. places.All.Select(place => place.Commands.TemplateFile).OfType<string>()];
        Task<MachineLook> looking = Task.Run(() => MachineLook.Take(paths, templates), cancellationToken);
        MachineLook look;
        try
        {
            look = await looking.WaitAsync(MachineLimit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            string problem = FormattableString.Invariant($"the files of this machine gave no answer in {MachineLimit.TotalSeconds:0} s");
            look = new MachineLook { State = new DirectoryLook(paths.StateDirectory, problem, FreeBytes: null) };
        }

        write(MachineRules.Check(look, places));
    }

    private async Task ExamineSecretsAsync(Action<IEnumerable<DiagnosticFinding>> write, CancellationToken cancellationToken)
    {
        if (options.Asks(DiagnosticRule.SecretUnavailable))
        {
            IEnumerable<RuntimeBackend> backends = _configuration.Backends.Where(backend => backend.Enabled && (options.HostIds is null || options.HostIds.Any(backend.HostFilter.Admits)));
            write(await SecretRules.CheckAsync(backends, _secrets, cancellationToken).ConfigureAwait(false));
        }
    }

    private async Task ExamineHostsAsync(ModelPlaces places, Action<IEnumerable<DiagnosticFinding>> write, CancellationToken cancellationToken)
    {
        // Hosts are not woken for what the configuration alone tells.
        if (options.RuleIds is not null && !DiagnosticRule.All.Any(rule => rule.NeedsHost && options.RuleIds.Contains(rule.Id)))
        {
            return;
        }

        IEnumerable<RuntimeHost> hosts = _configuration.Hosts.Where(host => options.HostIds?.Contains(host.Id) ?? host.Enabled);
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.ThrottleLimit), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            hosts,
            atOnce,
            async (host, token) =>
            {
                HostNeeds needs = HostNeeds.Of(host, _configuration, places);
                HostLook look = await new HostLooker(needs, connect, _secrets, active, _time).TakeAsync(options.Asks, token).ConfigureAwait(false);
                write(HostRules.Check(needs, look, active));
            }).ConfigureAwait(false);
    }
}
