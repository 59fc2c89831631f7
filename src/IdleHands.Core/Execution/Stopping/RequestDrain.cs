using System.Globalization;
using IdleHands.Health;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// Waits before a stop until a server has answered the requests it works on. Only llama-server tells of them, by its
/// <c>/slots</c>; where a server doesn't, nothing is waited for.
/// </summary>
internal sealed class RequestDrain(IHostConnection connection, TimeProvider time)
{
    private const string SlotsPath = "/slots";
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>What the last question gets when the limit is all but over.</summary>
    private static readonly TimeSpan LastAnswerLimit = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>A slot is free a moment before its client has the end of the answer.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(100);

    private readonly ServerProbe _server = new(connection.Http, time);

    /// <summary>Waits until no request runs, or the limit is over, and says how it went.</summary>
    /// <param name="port">The port of the server.</param>
    /// <param name="limit">How long to wait; zero waits for nothing and asks nothing.</param>
    /// <param name="report">Is told how many requests run, for how long they have been waited for, and the limit.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The host itself can't be reached.</exception>
    public async Task<string> WaitAsync(int port, TimeSpan limit, Action<int, TimeSpan, TimeSpan> report, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero)
        {
            return "running requests are not waited for";
        }

        long start = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        int busy = 0;
        int most = 0;
        while (true)
        {
            TimeSpan answerLimit = Max(LastAnswerLimit, Min(AnswerLimit, limit - time.GetElapsedTime(start)));
            ProbeReply reply = await _server.AskPathAsync(port, SlotsPath, answerLimit, cancellationToken).ConfigureAwait(false);
            TimeSpan elapsed = time.GetElapsedTime(start);
            if (BusySlots(reply) is { } count)
            {
                busy = count;
                most = Math.Max(most, busy);
            }
            else if (most == 0 || !MayPass(reply))
            {
                return most == 0 ? $"the server does not tell of its requests: {Why(reply, port)}" : Lost(reply, port, busy, elapsed);
            }

            if (most == 0)
            {
                return "no running requests";
            }

            if (busy == 0)
            {
                await Task.Delay(SettleTime, time, cancellationToken).ConfigureAwait(false);
                return $"{Requests(most)} ended after {Seconds(elapsed)}";
            }

            if (elapsed >= limit)
            {
                return $"{Requests(busy)} still {(busy == 1 ? "runs" : "run")} after {Seconds(limit, "0.#")}; {(busy == 1 ? "it is" : "they are")} cut off";
            }

            report(busy, elapsed, limit);
            await Task.Delay(Min(pause, limit - elapsed), time, cancellationToken).ConfigureAwait(false);
            pause = Min(pause * 1.5, LongestPause);
        }
    }

    private static int? BusySlots(ProbeReply reply) => reply.IsOk ? reply.BusySlots : null;

    /// <summary>A server that has told of its requests may be too busy with one to tell again at once; and one that breaks off is soon gone.</summary>
    private static bool MayPass(ProbeReply reply) =>
        reply.Outcome is ReplyOutcome.NotAccepted or ReplyOutcome.NoAnswer or ReplyOutcome.Unfinished or ReplyOutcome.Broken;

    private static string Lost(ProbeReply reply, int port, int busy, TimeSpan elapsed) => reply.Outcome == ReplyOutcome.Refused
        ? $"the server ended after {Seconds(elapsed)}, with {Requests(busy)} running"
        : $"{Requests(busy)} ran when the server ceased to tell of them after {Seconds(elapsed)}: {Why(reply, port)}";

    private static string Why(ProbeReply reply, int port) => reply switch
    {
        { Outcome: ReplyOutcome.Refused } => $"nobody listens on port {port}",
        { Outcome: ReplyOutcome.NotAccepted or ReplyOutcome.NoAnswer or ReplyOutcome.Unfinished } => $"{SlotsPath} gave no answer in time",
        { Problem: { } problem } => problem,
        { WantsKey: true } => $"{SlotsPath} asks for a key",
        { IsOk: true } => $"{SlotsPath} answered something else than its slots",
        { IsTooLong: true } => $"the answer of {SlotsPath} is too long",
        { ErrorMessage: { } message } => $"{SlotsPath} answered {reply.HttpStatus}, {message}",
        _ => $"{SlotsPath} answered {reply.HttpStatus}",
    };

    private static string Requests(int count) => count == 1 ? "1 request" : $"{count} requests";

    private static string Seconds(TimeSpan time, string format = "0.0") => time.TotalSeconds.ToString(format, CultureInfo.InvariantCulture) + " s";

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
