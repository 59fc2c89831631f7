using System.Management.Automation;
using System.Net.NetworkInformation;
using IdleHands.Configuration;
using IdleHands.Configuration.Exchange;
using IdleHands.Hosts;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Selecting;
using IdleHands.PowerShell.Setup;
using IdleHands.PowerShell.Transforms;
using IdleHands.Setup;

namespace IdleHands.PowerShell.Commands;

/// <summary>Sets this machine up: looks at what it has, proposes a host, backends and models, and writes what is agreed to.</summary>
/// <remarks>
/// <para>It looks for GPUs (by nvidia-smi, rocm-smi, system_profiler, vulkaninfo, and what llama-server lists), for engines on PATH, for GGUF files in the usual places (~/models, LM Studio, the caches of Hugging Face and llama.cpp, the stores of Ollama), and for servers that run already (on 8080 to 8090, and on the ports that LM Studio, TabbyAPI, KoboldCpp, vLLM, Ollama and SGLang take by themselves). Nothing is downloaded, started or stopped.</para>
/// <para>What was found and what is proposed is shown as a table. Then it asks which running servers and models to keep, and at the end whether to write. Everything is written at once, after that last yes: whoever breaks it off at a question has changed nothing. The file as it was is kept among the backups.</para>
/// <para>Only what is new is proposed, so it can be run again after a download: entries that are there are not changed. Models that run already are proposed with the command that they were started with (on Linux; what stood in their environment is not known), and Select-IHModel takes them over as they run. Files are served by llama-server, or else by KoboldCpp; models of Ollama's store by Ollama where it is there. Where nothing on PATH serves a file, no model is proposed, and it says how to get an engine.</para>
/// <para>Where there is no GPU, or llama-server was built without any use for it, it says so and sets up the processor (backend cpu). In the first setup, the smallest model becomes the fallback of the others.</para>
/// </remarks>
/// <example>
/// <code>Initialize-IHConfiguration</code>
/// <para>Looks, asks and writes.</para>
/// </example>
/// <example>
/// <code>Initialize-IHConfiguration -WhatIf</code>
/// <para>Shows what it would propose, and changes nothing.</para>
/// </example>
/// <example>
/// <code>Initialize-IHConfiguration -Auto -ModelPath /models/gguf | Where-Object Section -eq Model</code>
/// <para>Adds all that is found, also in a directory of one's own, without a question, and shows the models that were added.</para>
/// </example>
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="GetIHDiagnosticCommand"/>
/// <seealso cref="SelectIHModelCommand"/>
[Cmdlet(VerbsData.Initialize, "IHConfiguration", SupportsShouldProcess = true)]
[OutputType(typeof(ConfigurationChange))]
public sealed class InitializeIHConfigurationCommand : AsyncPSCmdlet
{
    private const int ActivityId = 4712;

    /// <summary>Add all that is found without a question: for scripts, and where nobody can answer.</summary>
    [Parameter]
    public SwitchParameter Auto { get; set; }

    /// <summary>The configuration file to write. The user's own where it is not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Directories to look for GGUF files in, beside the usual ones. Wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? ModelPath { get; set; }

    /// <summary>Ports to look for running servers on: 8000-8100, or 8080,8081,9000, or both mixed. Where it is not given: 8080 to 8090, 1234, 5000, 5001, 8000, 11434 and 30000.</summary>
    [Parameter]
    [PortSetTransform]
    [ArgumentCompleter(typeof(PortSetCompleter))]
    public PortSet? ScanPorts { get; set; }

    private readonly List<ModelPlace> _places = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (string path in ModelPath ?? [])
        {
            foreach (string directory in LocalPaths.Resolve(this, path, isLiteral: false, WriteFailure))
            {
                if (Directory.Exists(directory))
                {
                    _places.Add(new ModelPlace(directory, directory));
                }
                else
                {
                    WriteFailure(Failures.NoDirectory(directory));
                }
            }
        }
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        // A directory that was named and is not there is a mistake: without it, it would be another setup.
        if (HasFailed || OpenStore() is not { } store)
        {
            return;
        }

        SetupProposal? proposal = null;
        Run(async token => proposal = await ProposeAsync(store.Load(), token).ConfigureAwait(false));
        if (proposal is null)
        {
            return;
        }

        Tell(string.Join(Environment.NewLine, [.. SetupSummary.Found(proposal), string.Empty, .. SetupSummary.Proposed(proposal, store.Path)]));
        if (!proposal.IsEmpty && Choose(proposal, store) is { } additions)
        {
            Run(async token =>
            {
                foreach (ConfigurationChange change in await additions.ApplyAsync(failure => WriteFailure(failure), token).ConfigureAwait(false))
                {
                    WriteObject(change);
                }
            });
        }
    }

    /// <summary>The file to write; null, which was said, where -Path names none.</summary>
    private ConfigurationStore? OpenStore() =>
        Path is null ? new ConfigurationStore(IdleHandsPaths.FromEnvironment().ConfigurationFile)
        : LocalPaths.Resolve(this, Path, isLiteral: true, WriteFailure) is [var path] ? new ConfigurationStore(path)
        : null;

    private async Task<SetupProposal> ProposeAsync(RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        RuntimeHost? host = Draft.LocalHost(configuration);
        RuntimeHost here = host ?? Draft.BlankHost;
        IHostConnection connection = Connect(here);
        try
        {
            Show("looking for GPUs and engines");
            HostSurvey survey = await HostSurveyor.TakeAsync(connection, here, cancellationToken).ConfigureAwait(false);
            Show("looking for running servers");
            ActiveRuntime? active = RecordedRuntime.ReadOrWarn(this);
            IReadOnlyList<RunningServer> servers = await new ServerSearch(connection, here, ScanPorts).FindAsync(configuration, active, cancellationToken).ConfigureAwait(false);
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            IReadOnlyList<ModelPlace> places = [.. _places, .. ModelPlace.Usual(Environment.GetEnvironmentVariable, home, survey.Platform)];
            FoundModels models = await new ModelSearch(connection).FindAsync(places.DistinctBy(place => place.Path), path => Show($"looking for models in {path}"), cancellationToken).ConfigureAwait(false);
            return SetupProposal.Make(
                new SetupFindings
                {
                    Host = host,
                    MachineName = Environment.MachineName,
                    Survey = survey,
                    Models = models,
                    Servers = servers,
                    Active = active,
                    HeldPorts = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)],
                },
                configuration);
        }
        finally
        {
            WriteProgress(new ProgressRecord(ActivityId, "Initialize-IHConfiguration", "done") { RecordType = ProgressRecordType.Completed });
        }
    }

    /// <summary>What is to be added; null for nothing.</summary>
    private ConfigurationAdditions? Choose(SetupProposal proposal, ConfigurationStore store)
    {
        var all = new ConfigurationAdditions(store, proposal.Additions(proposal.NewModels));
        try
        {
            if (!ShouldProcess(
                $"Performing the operation \"{Describe(all.Changes)}\" on target \"{store.Path}\".", $"{Describe(all.Changes)} on '{store.Path}'?", "Confirm", out ShouldProcessReason reason))
            {
                foreach (ConfigurationChange change in reason == ShouldProcessReason.WhatIf ? all.Changes : [])
                {
                    WriteObject(change);
                }

                return null;
            }

            if (Auto)
            {
                return all;
            }

            var dialog = new SetupDialog(Host.UI);
            var chosen = new ConfigurationAdditions(store, proposal.Additions(dialog.ChooseModels(proposal)));
            if (chosen.Changes.Count > 0 && dialog.Confirm(Describe(chosen.Changes), store.Path))
            {
                return chosen;
            }

            Tell("Nothing was written.");
            return null;
        }
        catch (Exception exception) when (Failures.IsUnanswered(exception))
        {
            WriteFailure(Failures.CannotAskSetup(store.Path, exception), store.Path);
            return null;
        }
    }

    private static string Describe(IReadOnlyList<ConfigurationChange> changes) => string.Join(", ", changes
        .GroupBy(change => change.Section)
        .Select(group => $"{group.Count()} {group.Key.ToLowerInvariant()}{(group.Count() == 1 ? string.Empty : "s")}"));

    private void Show(string status) => WriteProgress(new ProgressRecord(ActivityId, "Initialize-IHConfiguration", status));
}
