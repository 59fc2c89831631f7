using IdleHands.Hosts;
using IdleHands.Planning;

namespace IdleHands.Health;

/// <summary>Runs the check commands of hosts.</summary>
public static class HostTester
{
    /// <summary>Checks hosts, all at once. A host without a check command is well when its shell answers.</summary>
    /// <param name="hosts">The hosts.</param>
    /// <param name="connect">Makes the connection to a host; disposed here.</param>
    /// <param name="throttleLimit">How many hosts at once.</param>
    /// <param name="report">Takes each result as it is known, on any thread.</param>
    /// <param name="cancellationToken">Ends the commands that run.</param>
    public static Task TestAsync(
        IEnumerable<RuntimeHost> hosts,
        Func<RuntimeHost, IHostConnection> connect,
        int throttleLimit,
        Action<HostTestResult> report,
        CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            hosts,
            new ParallelOptions { MaxDegreeOfParallelism = throttleLimit, CancellationToken = cancellationToken },
            async (host, token) => report(await TestAsync(host, connect, token).ConfigureAwait(false)));

    private static async Task<HostTestResult> TestAsync(
        RuntimeHost host, Func<RuntimeHost, IHostConnection> connect, CancellationToken cancellationToken)
    {
        TimeSpan timeout = host.EffectiveCheckTimeout;
        CommandResult result = await CommandTrial.RunAsync(
            host,
            connect,
            () => Task.FromResult(ModelCommands.Without(host, backend: null).Check is { } check ? new HostCommand(check, timeout) : null),
            timeout,
            cancellationToken).ConfigureAwait(false);
        return new HostTestResult
        {
            HostId = host.Id,
            Success = result.Succeeded,
            ExitCode = result.ExitCode,
            Duration = result.Duration,
            Output = result.Output.Trim(),
            Error = CommandTrial.Explain(result, timeout),
        };
    }
}
