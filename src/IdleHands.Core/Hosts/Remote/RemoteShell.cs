using System.Diagnostics;

namespace IdleHands.Hosts.Remote;

/// <summary>What a script did.</summary>
/// <param name="Ending">What it said its end was; null when it was ended at its limit.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ScriptResult(string? Ending, FramedStream Output, FramedStream Error)
{
    /// <summary>How long it ran, from its begin on.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The lines of its standard output.</summary>
    public string[] Lines => Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs scripts on a host over a link, each to its end, and over again where the connection dies and that is safe.</summary>
/// <param name="link">The way to the host.</param>
/// <param name="hostId">Id of the host, for messages.</param>
internal sealed class RemoteShell(IRemoteLink link, string hostId)
{
    private const int Tries = 3;
    private const int BusyTries = 200;

    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the shell of a host that is connected may take to begin; it has a login to do.</summary>
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(20);

    /// <summary>How long a command that is broken off as it begins may take to say so.</summary>
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for the rest of one stream when the other has ended.</summary>
    private static readonly TimeSpan OutputGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">The script.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <param name="abandon">Called with the number that the script gave at its begin when it was broken off or has reached its limit: ends on the host what still runs there.</param>
    /// <exception cref="IdleHandsException">The host can't be reached, or the connection was lost.</exception>
    public async Task<ScriptResult> RunAsync(RemoteScript script, CancellationToken cancellationToken, Func<int, Task>? abandon = null)
    {
        int busy = 0;
        for (int attempt = 1; ; attempt++)
        {
            (ScriptResult? result, RemoteEnd? end) = await TryAsync(script, abandon, cancellationToken).ConfigureAwait(false);
            if (result is not null)
            {
                return result;
            }

            RemoteVerdict verdict = link.Explain(end!);
            if (verdict.IsBusy && ++busy < BusyTries)
            {
                attempt--;
                await Task.Delay(BusyPause, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (verdict.Failure is { } failure)
            {
                throw failure;
            }

            // What was sent may have run, although nothing was heard of it.
            if (attempt == Tries || (!verdict.IsUnsent && !script.IsRepeatable))
            {
                throw Lost(end!, verdict.IsUnsent);
            }
        }
    }

    private async Task<(ScriptResult? Result, RemoteEnd? End)> TryAsync(RemoteScript script, Func<int, Task>? abandon, CancellationToken cancellationToken)
    {
        IRemoteProcess process = await link.StartAsync(script, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            using var stop = new CancellationTokenSource();
            var output = new FramedStream(process.Output, script.Mark, script.OutputBound);
            var error = new FramedStream(process.Error, script.Mark, script.OutputBound);
            Task reading = Task.WhenAll(output.ReadAsync(stop.Token), error.ReadAsync(stop.Token));
            try
            {
                using var beginning = new CancellationTokenSource(BeginLimit);
                using CancellationTokenRegistration _ = beginning.Token.Register(stop.Cancel);

                // Of a command that may have begun by now, it is still to be learned which to end.
                using CancellationTokenRegistration __ = cancellationToken.Register(() => beginning.CancelAfter(abandon is null ? TimeSpan.Zero : LastWord));
                int number = await HasBegunAsync(error.Begun).ConfigureAwait(false);
                beginning.CancelAfter(Timeout.InfiniteTimeSpan);
                long start = Stopwatch.GetTimestamp();
                if (number >= 0)
                {
                    bool isInTime = await WaitAsync(output, error, reading, script.Limit, cancellationToken).ConfigureAwait(false);
                    if (!isInTime || cancellationToken.IsCancellationRequested)
                    {
                        // Not beside it: the host may allow no second session.
                        await process.DisposeAsync().ConfigureAwait(false);
                        await (abandon?.Invoke(number) ?? Task.CompletedTask).ConfigureAwait(false);
                        cancellationToken.ThrowIfCancellationRequested();
                        return (new ScriptResult(null, output, error) { Duration = Stopwatch.GetElapsedTime(start) }, null);
                    }
                }

                cancellationToken.ThrowIfCancellationRequested();
                return error.Ending is { } ending && number >= 0
                    ? (new ScriptResult(ending, output, error) { Duration = Stopwatch.GetElapsedTime(start) }, null)
                    : (null, await EndAsync(script, process, output, error, reading, hasBegun: number >= 0).ConfigureAwait(false));
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The number at the begin; -1 when it did not come to that.</summary>
    private static async Task<int> HasBegunAsync(Task<int> begun)
    {
        await ((Task)begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return begun.IsCompletedSuccessfully ? await begun.ConfigureAwait(false) : -1;
    }

    /// <summary>False at the limit. A script has ended when its error stream says so; its output is then there but for an instant.</summary>
    private static async Task<bool> WaitAsync(FramedStream output, FramedStream error, Task reading, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await reading.WaitAsync(limit < RemoteLimits.Longest ? limit : RemoteLimits.Longest, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return error.Ending is not null && output.Ending is not null;
        }
        catch (OperationCanceledException)
        {
            // The caller asks its token.
        }

        return true;
    }

    private static async Task<RemoteEnd> EndAsync(RemoteScript script, IRemoteProcess process, FramedStream output, FramedStream error, Task reading, bool hasBegun)
    {
        await reading.WaitAsync(OutputGrace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(OutputGrace);
        int? exitCode = null;
        try
        {
            exitCode = await process.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It hangs, or was broken off; it is ended when it is disposed.
        }

        string said = hasBegun ? error.Text : error.Noise + "\n" + output.Noise;

        // A login that says back what it reads says the secrets, too.
        return new RemoteEnd(exitCode, new Redaction(script.Environment.Values).Apply(said.Trim()), hasBegun);
    }

    /// <summary>The error of a connection that was lost.</summary>
    /// <param name="hostId">The host.</param>
    /// <param name="when">When that was, after "was lost".</param>
    /// <param name="said">What the program that made it said.</param>
    public static IdleHandsException Lost(string hostId, string when, string said) => new(
        "ConnectionLost",
        FailureKind.Unavailable,
        $"The connection to host '{hostId}' was lost {when}{(said.Length > 0 ? $": {RemoteText.LastLine(said)}" : ".")}",
        $"Test-IHHost {hostId} shows whether it can be reached again; then run the command again.",
        hostId);

    private IdleHandsException Lost(RemoteEnd end, bool isUnsent) => Lost(
        hostId,
        end.HasBegun ? "while a command ran there" : isUnsent ? "before a command could run there" : "while a command was handed over",
        end.Said);
}
