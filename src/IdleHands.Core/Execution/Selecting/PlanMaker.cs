using IdleHands.Gguf;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Setup;

namespace IdleHands.Execution;

/// <summary>Finds out what a plan needs to know, and makes it. Changes nothing.</summary>
internal sealed class PlanMaker(SelectContext context)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly MemoryLook _memory = new(context.MemoryUses);

    /// <summary>False for a plan that only tells what is stopped and started: the files of the model and the host's memory are not looked at.</summary>
    public bool LooksAtFiles { get; init; } = true;

    /// <summary>The plan of a select.</summary>
    /// <exception cref="IdleHandsException">The configuration can't be used, or there is no such plan.</exception>
    public async Task<RuntimePlan> MakeAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        RuntimeConfiguration configuration = context.LoadConfiguration();
        if (request.Source is not null)
        {
            return await MakeOfSourceAsync(request, configuration, cancellationToken).ConfigureAwait(false);
        }

        PlanSelection selection = request.Placement == Placement.Fit && request.HostId is null
            ? await PlaceAsync(request, configuration, cancellationToken).ConfigureAwait(false)
            : Planner.Resolve(request, configuration);
        return await MakeAsync(selection, configuration, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The plan for a model that the configuration does not have: what it takes is proposed first.</summary>
    private async Task<RuntimePlan> MakeOfSourceAsync(PlanRequest request, RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        RuntimeView view = await context.Viewer.LookAsync(cancellationToken).ConfigureAwait(false);
        SourceProposal proposal = await new SourceLook(context).TakeAsync(request, configuration, view.Active, cancellationToken).ConfigureAwait(false);
        PlanSelection selection = Planner.Resolve(proposal.Request, proposal.Configuration);
        RuntimePlan plan = await MakeAsync(selection, proposal.Configuration, view, cancellationToken).ConfigureAwait(false);
        plan = plan with { Assumptions = proposal.Assumptions, Warnings = NameList.From([.. proposal.Warnings, .. plan.Warnings]) };
        return view.Problem is { } problem ? Warned(plan, problem) : plan;
    }

    /// <summary>The plan of a selection that is known already.</summary>
    /// <exception cref="IdleHandsException">There is no such plan.</exception>
    public async Task<RuntimePlan> MakeAsync(PlanSelection selection, RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        RuntimeView view = await context.Viewer.LookAsync(cancellationToken).ConfigureAwait(false);
        RuntimePlan plan = await MakeAsync(selection, configuration, view, cancellationToken).ConfigureAwait(false);
        return view.Problem is { } problem ? Warned(plan, problem) : plan;
    }

    private async Task<RuntimePlan> MakeAsync(PlanSelection selection, RuntimeConfiguration configuration, RuntimeView view, CancellationToken cancellationToken)
    {
        var facts = new PlanFacts
        {
            IsWindows = OperatingSystem.IsWindows(),
            Leftovers = view.Leftovers,
            LoadTime = context.LoadTimes.Find(selection.Model.Id, selection.Host.Id, selection.Backend?.Id),
        };
        return await LookAndBuildAsync(selection, Complete(view.Active, configuration), facts, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The first host, in the order of the policy, that the model fits on; where it fits on none, the first where it is
    /// tight, else the first. A model that runs already stays where it is. All hosts are looked at, at once.
    /// </summary>
    private async Task<PlanSelection> PlaceAsync(PlanRequest request, RuntimeConfiguration configuration, CancellationToken cancellationToken)
    {
        IReadOnlyList<PlanSelection> candidates = Planner.ResolveAll(request, configuration);
        if (candidates.Count == 1)
        {
            return candidates[0];
        }

        RuntimeView view = await context.Viewer.LookAsync(cancellationToken).ConfigureAwait(false);
        PlanRequest asked = request with { RequireFit = false };
        Offer[] offers = await Task.WhenAll(candidates.Select(candidate => OfferAsync(candidate with { Request = asked }))).ConfigureAwait(false);
        int best = Array.FindIndex(offers, offer => offer.Plan?.Reuse == true);
        bool stays = best >= 0;
        foreach (string status in (string[])[FitStatus.Fits, FitStatus.Tight, FitStatus.Unknown, FitStatus.DoesNotFit])
        {
            best = best >= 0 ? best : Array.FindIndex(offers, offer => offer.Obstacle is null && offer.Plan!.Fit?.Status == status);
        }

        best = Math.Max(best, 0);
        return candidates[best] with
        {
            PassedOver = NameList.From(candidates[best].PassedOver.Concat(offers.Take(best).Select(offer =>
                $"host {offer.HostId} passed over: {(stays ? $"it runs on host {candidates[best].Host.Id} already" : offer.Obstacle ?? offer.Plan!.Fit!.ToString())}"))),
        };

        async Task<Offer> OfferAsync(PlanSelection candidate)
        {
            try
            {
                RuntimePlan plan = await MakeAsync(candidate, configuration, view, cancellationToken).ConfigureAwait(false);
                return new Offer(candidate.Host.Id, plan, plan.FailingWarning ?? (plan is { Reuse: false, Fit: null } ? "it could not be looked at" : null));
            }
            catch (IdleHandsException e)
            {
                // Where it is chosen all the same, for want of another, it is told in full.
                return new Offer(candidate.Host.Id, null, e.Message);
            }
        }
    }

    /// <summary>What a host comes to.</summary>
    /// <param name="HostId">The host.</param>
    /// <param name="Plan">The plan for it; null where there is none.</param>
    /// <param name="Obstacle">Why it can't be chosen; null where it can.</param>
    private sealed record Offer(string HostId, RuntimePlan? Plan, string? Obstacle);

    /// <summary>The plan of a stop; null when nothing is active.</summary>
    /// <exception cref="IdleHandsException">The state can't be read.</exception>
    public async Task<RuntimePlan?> MakeStopAsync(bool force, CancellationToken cancellationToken)
    {
        RuntimeView view = await context.Viewer.LookAsync(cancellationToken).ConfigureAwait(false);
        return view.Active is { } active
            ? Planner.BuildStop(Complete(active, context.LoadConfigurationOrEmpty())!, view.Leftovers, force)
            : null;
    }

    /// <summary>Bytes of all files of a model's weights; null where they can't be read.</summary>
    internal static async Task<long?> MeasureAsync(IHostConnection connection, RuntimeModel model, CancellationToken cancellationToken)
    {
        if (!ModelSource.IsPath(model.Source))
        {
            return null;
        }

        var files = await connection.StatAsync(ShardSet.PathsOf(model.Source), cancellationToken).ConfigureAwait(false);
        return files.All(file => file.Size is not null) ? files.Sum(file => file.Size!.Value) : null;
    }

    /// <summary>
    /// The plan with what its host tells: the size of the weights, and a server found at work. A host that can't be reached
    /// is planned for all the same, with a warning; who carries the plan out fails at it before anything is touched.
    /// </summary>
    private async Task<RuntimePlan> LookAndBuildAsync(PlanSelection selection, ActiveRuntime? active, PlanFacts facts, CancellationToken cancellationToken)
    {
        await using IHostConnection connection = context.Connect(selection.Host);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await LookAndBuildAsync(connection, selection, active, facts, cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e) when (selection.Host.Transport != HostTransport.Local && e.Kind is not FailureKind.InvalidData && e is not PlanException)
        {
            return Warned(Planner.Build(selection, active, facts), $"Nothing could be looked up on host '{selection.Host.Id}': {e.Message}");
        }
    }

    private static RuntimePlan Warned(RuntimePlan plan, string warning) => plan with { Warnings = NameList.From([.. plan.Warnings, warning]) };

    private async Task<RuntimePlan> LookAndBuildAsync(
        IHostConnection connection, PlanSelection selection, ActiveRuntime? active, PlanFacts facts, CancellationToken cancellationToken)
    {
        RuntimePlan plan = Planner.Build(selection, active, facts);
        GgufSet? set = null;
        if (!plan.Reuse)
        {
            facts = facts with { Found = await FindAsync(connection, plan, facts, cancellationToken).ConfigureAwait(false) };
            plan = facts.Found is null ? plan : Planner.Build(selection, active, facts);
        }

        if (!LooksAtFiles)
        {
            return plan;
        }

        // What is kept is not loaded: only how long its probe may take depends on its size.
        if (!plan.Reuse)
        {
            (set, IdleHandsException? problem) = await MemoryLook.ReadAsync(connection, selection.Model, cancellationToken).ConfigureAwait(false);
            facts = facts with { SourceProblem = problem };
        }

        facts = facts with { SourceBytes = set?.Bytes ?? await MeasureAsync(connection, selection.Model, cancellationToken).ConfigureAwait(false) };
        if (!plan.Reuse)
        {
            facts = facts with { Fit = await _memory.JudgeAsync(connection, plan, set, facts.SourceBytes, cancellationToken).ConfigureAwait(false) };
        }

        return Planner.Build(selection, active, facts);
    }

    /// <summary>
    /// A server that answers as the model on its port and that nothing written down runs. Its process is taken over only
    /// where it serves this model alone; whoever serves several, or passes on what a container serves, is a service, which
    /// is taken over where a status command knows it and a stop command can stop it.
    /// </summary>
    private async Task<FoundServer?> FindAsync(IHostConnection connection, RuntimePlan plan, PlanFacts facts, CancellationToken cancellationToken)
    {
        if (plan.Request.IgnoreFound)
        {
            return null;
        }

        int port = plan.Model.EffectivePort;
        if (!await connection.IsListeningAsync(port, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        PortHolder[] holders = await PortGuard.FindReachedAsync(connection, port, plan.Active?.Launch, cancellationToken).ConfigureAwait(false);
        if (holders.Length == 0)
        {
            return null;
        }

        ServerAnswer answer = await new ServerProbe(connection.Http, context.Time).AskAsync(port, AnswerLimit, cancellationToken).ConfigureAwait(false);
        bool isModel = answer is { Status: ProbeStatus.Ready, ModelIdsKnown: true } && ModelIdentity.Matches(answer.ModelIds, ModelSource.ServedNames(plan.Model));
        var guard = new PortGuard(connection, context.Time);
        foreach (ActiveRuntime? known in (ActiveRuntime?[])[plan.Active, .. facts.Leftovers])
        {
            isModel = isModel && (known is null || !await guard.IsHeldByAsync(known, port, answer, cancellationToken).ConfigureAwait(false));
        }

        if (!isModel)
        {
            return null;
        }

        string who = string.Join(", ", holders.AsEnumerable());
        bool isAlone = holders.Length == 1 && answer.Models.Count <= 1 && !ServerKind.ListsWhatCouldBeLoaded(answer.Server);
        LaunchRecord? launch = isAlone && holders[0].ProcessId is { } id && id != Environment.ProcessId && !Forwarders.Include(holders[0].ProcessName)
            ? await connection.AdoptAsync(id, cancellationToken).ConfigureAwait(false)
            : null;
        bool canBeService = plan is { StopCommandRendered: not null, StatusCommandRendered: not null };
        return launch is not null || canBeService
            ? new FoundServer(who, launch) { IsRecordAlive = await IsAliveAsync(connection, plan.Active, cancellationToken).ConfigureAwait(false) }
            : null;
    }

    private static async Task<bool> IsAliveAsync(IHostConnection connection, ActiveRuntime? active, CancellationToken cancellationToken) =>
        active is { Launch: { } launch }
        && active.HostId == connection.HostId
        && (await connection.ObserveAsync(launch, cancellationToken).ConfigureAwait(false)).IsAlive;

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
