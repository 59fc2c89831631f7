using System.Globalization;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Setup;

/// <summary>Looks for model servers on the ports that they are usually on, or on others.</summary>
/// <param name="connection">The way to the host.</param>
/// <param name="host">The host.</param>
/// <param name="ports">The ports to look at; null: the usual ones.</param>
internal sealed class ServerSearch(IHostConnection connection, RuntimeHost host, PortSet? ports = null)
{
    private const string DirectoryMark = "#directory";

    /// <summary>Where servers listen when nothing else is said: LM Studio, TabbyAPI, KoboldCpp, vLLM, Ollama, SGLang.</summary>
    private static readonly PortSet Usual = PortSet.Of([1234, 5000, 5001, 8000, 11434, 30000]);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>The servers that answer and that no model of the configuration names, by port.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="active">What runs of it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<IReadOnlyList<RunningServer>> FindAsync(RuntimeConfiguration configuration, ActiveRuntime? active, CancellationToken cancellationToken)
    {
        var names = new ModelIndex(configuration.Models);
        HashSet<int> known = [.. configuration.Models.Where(model => model.HostPolicy.Admits(host.Id)).Select(model => model.EffectivePort)];
        if (active?.HostId == host.Id)
        {
            known.Add(active.Port);
        }

        RunningServer?[] found = await Task.WhenAll((ports ?? PortSet.Default.Union(Usual)).Where(port => !known.Contains(port)).Select(port => LookAsync(port, names, cancellationToken))).ConfigureAwait(false);
        return [.. found.OfType<RunningServer>()];
    }

    private async Task<RunningServer?> LookAsync(int port, ModelIndex names, CancellationToken cancellationToken)
    {
        if (!await connection.IsListeningAsync(port, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        ServerAnswer answer = await new ServerProbe(connection.Http).AskAsync(port, Limit, cancellationToken).ConfigureAwait(false);
        if (answer.Status == ProbeStatus.Loading)
        {
            return new RunningServer(port, answer.Server, answer.ModelIds, NameList.Empty, null) { Refusal = "it still loads: set up again when it answers" };
        }

        if (answer.Status != ProbeStatus.Ready || (answer.Server is null && !answer.ModelIdsKnown) || names.Find(answer.ModelIds).Any())
        {
            return null;
        }

        var server = new RunningServer(port, answer.Server, answer.ModelIds, NameList.Empty, null);
        PortHolder[] holders = [.. (await connection.FindPortHoldersAsync(port, null, cancellationToken).ConfigureAwait(false)).Where(holder => holder.IsReached)];
        return 0 switch
        {
            _ when ServerKind.ListsWhatCouldBeLoaded(answer.Server) => server with { Refusal = "it keeps models of its own, and loads the one that it is asked for" },
            _ when answer.NeedsKey => server with { Refusal = "it asks for a key" },
            _ when answer.Models.Count != 1 => server with { Refusal = answer.Models.Count == 0 ? "it does not tell its model" : "it serves several models" },
            _ when holders is not [{ ProcessId: { } }] => server with { Refusal = "the host does not tell its process" },
            _ when Forwarders.Include(holders[0].ProcessName) => server with { Refusal = $"{holders[0]} passes on what another serves" },
            _ => await WithCommandAsync(server, holders[0].ProcessId!.Value, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Only Linux tells the words of a command apart.</summary>
    private async Task<RunningServer> WithCommandAsync(RunningServer server, int processId, CancellationToken cancellationToken)
    {
        if (ShellDialects.Parse(ShellDialects.ShellOf(host, OperatingSystem.IsWindows())) != ShellDialect.Posix)
        {
            return server;
        }

        string question = string.Create(CultureInfo.InvariantCulture, $"tr '\\0\\n' '\\n\\0' < /proc/{processId}/cmdline && echo '{DirectoryMark}' && ih_d=$(readlink /proc/{processId}/cwd) && [ -d \"$ih_d\" ] && echo \"$ih_d\"");
        CommandResult result = await connection.RunAsync(new HostCommand(question, Limit), cancellationToken).ConfigureAwait(false);
        string[] lines = result.Output.Split('\n');
        int mark = Array.IndexOf(lines, DirectoryMark);
        if (mark <= 0)
        {
            return server;
        }

        if (lines.ElementAtOrDefault(mark + 1) is not ['/', ..] directory)
        {
            return server with { Refusal = "the directory that it was started in is gone" };
        }

        server = server with { Words = NameList.From(lines[..mark]), Directory = directory };
        return server.NamedModel is { } named && (await connection.StatAsync([named], cancellationToken).ConfigureAwait(false))[0].Exists
            ? server with { ModelPath = named }
            : server;
    }
}
