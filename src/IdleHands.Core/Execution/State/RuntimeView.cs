using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>What is written down, held against the records of the launches.</summary>
/// <param name="Active">What runs, as far as is known; null for nothing.</param>
/// <param name="Leftovers">Other launches that still run, although the state has lost them.</param>
internal sealed record RuntimeView(ActiveRuntime? Active, IReadOnlyList<ActiveRuntime> Leftovers)
{
    /// <summary>Records whose launch is gone.</summary>
    public IReadOnlyList<ActiveRuntime> Ended { get; init; } = [];

    /// <summary>True when the state does not hold <see cref="Active"/>: a record of its launch does.</summary>
    public bool IsFoundAgain { get; init; }

    /// <summary>Why the state file says nothing; null where it does.</summary>
    public IdleHandsException? Broken { get; init; }

    /// <summary>What the user should know of it; null where all is in order.</summary>
    public string? Problem => this switch
    {
        { Broken: { } broken, IsFoundAgain: true } => $"{broken.Message} {Again}",
        { Broken: { } broken } => $"{broken.Message} No launch of this machine runs, by the records of them.",
        { IsFoundAgain: true } => $"The state says that nothing runs. {Again}",
        _ => null,
    };

    private string Again => $"By the record of its launch, model '{Active!.Id}' runs on host '{Active.HostId}' (session {Active.ProcessId}).";
}

/// <summary>Looks at what is written down, and puts it in order.</summary>
internal sealed class RuntimeViewer(RuntimeLedger ledger, Func<RuntimeHost, IHostConnection> connect, TimeProvider time, SecretResolver secrets)
{
    /// <summary>Looks, and changes nothing.</summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>, <c>StateFromNewerVersion</c>.</exception>
    public async Task<RuntimeView> LookAsync(CancellationToken cancellationToken)
    {
        (ActiveRuntime? active, IdleHandsException? broken) = ReadState();
        var alive = new List<ActiveRuntime>();
        var ended = new List<ActiveRuntime>();
        foreach (ActiveRuntime record in ledger.Records.ReadAll().Where(record => record.Launch!.LaunchId != active?.Launch?.LaunchId))
        {
            switch (await IsAliveAsync(record, active, cancellationToken).ConfigureAwait(false))
            {
                case true:
                    alive.Add(record);
                    break;
                case false:
                    ended.Add(record);
                    break;
            }
        }

        bool isFoundAgain = active is null && alive.Count > 0;
        return new RuntimeView(active ?? alive.FirstOrDefault(), isFoundAgain ? alive[1..] : alive)
        {
            Ended = ended,
            IsFoundAgain = isFoundAgain,
            Broken = broken,
        };
    }

    /// <summary>
    /// Puts in order what is written down: a state that says nothing is set aside, what runs is written down again, and
    /// records of what is gone are taken away. The caller holds the lock.
    /// </summary>
    /// <exception cref="IdleHandsException"><c>StateUnreadable</c>, <c>StateFromNewerVersion</c>, <c>StateNotWritable</c>.</exception>
    public async Task ReconcileAsync(Action<string> warn, CancellationToken cancellationToken)
    {
        RuntimeView view = await LookAsync(cancellationToken).ConfigureAwait(false);
        string aside = view.Broken is null ? string.Empty : $" The file was set aside as '{ledger.State.SetAside()}'.";
        if (view.IsFoundAgain)
        {
            ledger.Write(view.Active!);
        }

        foreach (ActiveRuntime ended in view.Ended)
        {
            ledger.Records.Remove(ended.Launch);
        }

        if (view.Problem is { } problem)
        {
            warn(problem + aside);
        }
    }

    private (ActiveRuntime? Active, IdleHandsException? Broken) ReadState()
    {
        try
        {
            return (ledger.Read(), null);
        }
        catch (IdleHandsException e) when (e is { ErrorId: "StateUnreadable", Kind: FailureKind.InvalidData })
        {
            return (null, e);
        }
    }

    /// <summary>
    /// Null where the host can't be asked. A service that took over counts only where it is known as one, and where the
    /// active runtime can't be the one that answers.
    /// </summary>
    private async Task<bool?> IsAliveAsync(ActiveRuntime record, ActiveRuntime? active, CancellationToken cancellationToken)
    {
        try
        {
            await using IHostConnection connection = connect(record.RequireHost());
            var presence = new RuntimePresence(connection, time, secrets);
            if ((await presence.ObserveAsync(record, cancellationToken).ConfigureAwait(false)).IsAlive)
            {
                return true;
            }

            bool isShadowed = active is not null && active.HostId == record.HostId && active.Port == record.Port;
            return record.HandedOver == true && !isShadowed && !await presence.IsGoneAsync(record, cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException)
        {
            return null;
        }
    }
}
