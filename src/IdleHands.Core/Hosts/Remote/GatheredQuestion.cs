namespace IdleHands.Hosts.Remote;

/// <summary>
/// A question asked once for all who want its answer at about the same time. Nobody is given an answer to a question that
/// was asked before they came: it may be wrong by now.
/// </summary>
/// <param name="gathering">How long it is waited for others: who looks at many ports asks for all of them at once.</param>
/// <param name="ask">Asks. It is not broken off by who happens to be the first: others wait for it, too.</param>
internal sealed class GatheredQuestion<T>(TimeSpan gathering, Func<Task<T>> ask)
{
    private readonly object _lock = new();
    private Task<T>? _next;

    /// <summary>Asks with all who come while it has not been asked.</summary>
    public Task<T> AskAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return (_next ??= GatherAsync()).WaitAsync(cancellationToken);
        }
    }

    private async Task<T> GatherAsync()
    {
        await Task.Delay(gathering).ConfigureAwait(false);
        lock (_lock)
        {
            _next = null;
        }

        return await ask().ConfigureAwait(false);
    }
}
