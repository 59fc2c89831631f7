using System.Diagnostics;
using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.Hosts;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Selecting;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Shows the log of a launch, and follows it.</summary>
/// <remarks>
/// <para>Emits the lines of the log that the launch's server and its start command write to. Without -Id or -LaunchId: the log of the model that is active; when none is, the newest log there is. With -Id: the log of that model's active launch, or of its newest one, so that a failed start can be looked into.</para>
/// <para>The log begins with lines that say what was launched, when and by which command. A line longer than 64 KiB is emitted in pieces of at most that. Secrets that the launch was handed are masked, or, where that is not recorded any more, those that the configuration names, as far as they can be read now.</para>
/// <para>Logs are kept within bounds: of each model the newest 10 launches, 200 in all. A log of more than 32 MiB is begun anew and its last 16 MiB are kept beside it; both parts are read as one. See about_IdleHands_Troubleshooting.</para>
/// <para>A broken configuration does not matter here.</para>
/// </remarks>
/// <example>
/// <code>Get-IHLog -Tail 20 -Wait</code>
/// <para>Shows the last 20 lines of what is active, and goes on with what comes until it ends, or until Ctrl-C.</para>
/// </example>
/// <example>
/// <code>Get-IHLog qwen3-coder | Where-Object { $_ -match 'error|failed' }</code>
/// <para>Searches the newest log of a model.</para>
/// </example>
/// <example>
/// <code>Get-IHHistory -Last 1 | Get-IHLog -Tail 50</code>
/// <para>Shows the end of the log of the last select: the objects of Get-IHHistory, Get-IHRuntime and Select-IHModel name a launch by their LaunchId.</para>
/// </example>
/// <seealso cref="SelectIHModelCommand"/>
/// <seealso cref="GetIHRuntimeCommand"/>
/// <seealso cref="GetIHHistoryCommand"/>
[Cmdlet(VerbsCommon.Get, "IHLog", DefaultParameterSetName = ModelSet)]
[OutputType(typeof(string))]
public sealed class GetIHLogCommand : AsyncPSCmdlet
{
    private const string ModelSet = "Model";
    private const string LaunchSet = "Launch";

    /// <summary>Lines after which the reading waits for the pipeline, so that a long log does not pile up before it.</summary>
    private const int LinesAhead = 1000;

    private static readonly TimeSpan BetweenTidying = TimeSpan.FromMinutes(1);

    /// <summary>Models whose logs to show; also the id of a launch, or an object that has one as its LaunchId. Wildcards are allowed, and mean models that have logs.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ModelSet)]
    [LogsOf]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LogIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>The launch whose log to show: the name of its log without the extension.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(LaunchIdCompleter))]
    public string LaunchId { get; set; } = string.Empty;

    /// <summary>How many of the last lines to show, or to begin with. All where it is not given.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    /// <summary>Go on with what comes, until the launch has ended. The log of a launch that is over ends at once.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Run(async token =>
    {
        var paths = IdleHandsPaths.FromEnvironment();
        ActiveRuntime? active = RecordedRuntime.ReadOrWarn(this);
        var finder = new LogFinder(paths, active);
        await Secrets.ResolveAvailableAsync(active?.SecretReferences ?? EnvironmentMap.Empty, token).ConfigureAwait(false);
        foreach (Func<FoundLog> find in Wanted(finder))
        {
            try
            {
                await ShowAsync(find(), paths, token).ConfigureAwait(false);
            }
            catch (IdleHandsException exception)
            {
                WriteFailure(exception);
            }
        }

        Housekeeping.Run(paths);
    });

    private IEnumerable<Func<FoundLog>> Wanted(LogFinder finder)
    {
        if (ParameterSetName == LaunchSet)
        {
            return [() => finder.OfLaunch(LaunchId)];
        }

        return Id is null
            ? [finder.OfActive]
            : Id.SelectMany(id => Named(finder, id)).Distinct().Select<string, Func<FoundLog>>(id => () => finder.Of(id));
    }

    private string[] Named(LogFinder finder, string id) =>
        WildcardPattern.ContainsWildcardCharacters(id) ? Matches(finder.ModelIds, model => model, id) : [id];

    private async Task ShowAsync(FoundLog log, IdleHandsPaths paths, CancellationToken cancellationToken)
    {
        WriteVerbose($"Log of launch '{log.LaunchId}': {log.Path}");
        await Secrets.ResolveAvailableAsync(log.SecretReferences, cancellationToken).ConfigureAwait(false);
        var connection = new RedactingConnection(Connect(log.Host), Secrets);
        await using (connection.ConfigureAwait(false))
        {
            var sinceTidied = Stopwatch.StartNew();
            int lines = 0;
            var reading = new LogReading { Tail = Tail, Follow = Wait ? log.Launch : null };
            await foreach (string line in connection.ReadLogAsync(log.Path, reading, cancellationToken).ConfigureAwait(false))
            {
                WriteObject(line);
                if (++lines % LinesAhead == 0)
                {
                    await CatchUpAsync().ConfigureAwait(false);
                }

                if (sinceTidied.Elapsed > BetweenTidying)
                {
                    Housekeeping.Run(paths);
                    sinceTidied.Restart();
                }
            }
        }
    }
}
