using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace IdleHands.Health;

/// <summary>
/// Asks a port of a host what listens there. <c>/health</c> is asked first; where nobody listens that is all it costs.
/// Then <c>/v1/models</c> is asked, or at once beside it when <c>/health</c> is slow (SGLang generates a token for it).
/// </summary>
/// <param name="http">HTTP to the host's own 127.0.0.1.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class ServerProbe(HttpMessageInvoker http, TimeProvider? time = null)
{
    /// <summary>Most bytes read of an answer.</summary>
    private const int LongestBody = 256 * 1024;

    /// <summary>A <c>/health</c> slower than this is no longer waited for before <c>/v1/models</c> is asked.</summary>
    private static readonly TimeSpan SlowHealth = TimeSpan.FromMilliseconds(300);

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Asks a port, on fresh connections, and classifies the answers. Never takes longer than the limit.</summary>
    /// <param name="port">The port.</param>
    /// <param name="timeout">Limit of the whole.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IdleHandsException">The host itself can't be reached.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<ServerAnswer> AskAsync(int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var asking = new Asking(port, _time.GetTimestamp(), limit.Token, either.Token, cancellationToken);

        Task<ProbeReply> health = GetAsync("/health", asking);
        ProbeReply? settled = await SettlesAsync(health).ConfigureAwait(false);
        if (settled is not null)
        {
            return ProbeClassifier.Classify(settled, ProbeReply.NotAsked, timeout);
        }

        ProbeReply[] replies = await Task.WhenAll(health, GetAsync("/v1/models", asking)).ConfigureAwait(false);
        return ProbeClassifier.Classify(replies[0], replies[1], timeout);
    }

    /// <summary>Asks one path of a port, on a fresh connection. Never takes longer than the limit.</summary>
    /// <exception cref="IdleHandsException">The host itself can't be reached.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    internal async Task<ProbeReply> AskPathAsync(int port, string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await GetAsync(path, new Asking(port, _time.GetTimestamp(), limit.Token, either.Token, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The reply of <c>/health</c> when it leaves nothing to ask; null when it doesn't, or is slow.</summary>
    private async Task<ProbeReply?> SettlesAsync(Task<ProbeReply> health)
    {
        try
        {
            ProbeReply reply = await health.WaitAsync(SlowHealth, _time).ConfigureAwait(false);
            return reply.SaysLoading || reply.HttpStatus is null ? reply : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task<ProbeReply> GetAsync(string path, Asking asking)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{asking.Port}{path}"));
        request.Version = HttpVersion.Version11;
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "IdleHands");

        // A connection kept from an earlier probe could lead to a server that no longer holds the port.
        request.Headers.ConnectionClose = true;
        bool begun = false;
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, asking.Either).ConfigureAwait(false);
            begun = true;
            return await ReadAsync(response, asking).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!asking.Caller.IsCancellationRequested)
        {
            ReplyOutcome outcome = begun ? ReplyOutcome.Unfinished
                : asking.Limit.IsCancellationRequested ? ReplyOutcome.NoAnswer
                : ReplyOutcome.NotAccepted;
            return Failed(outcome, asking, null);
        }
        catch (HttpRequestException e) when (e.InnerException is IdleHandsException cause)
        {
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
        catch (Exception e) when ((e as SocketException ?? e.InnerException) is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return Failed(ReplyOutcome.Refused, asking, null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Failed(ReplyOutcome.Broken, asking, Explain(e));
        }
    }

    private async Task<ProbeReply> ReadAsync(HttpResponseMessage response, Asking asking)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LongestBody + 1);
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(asking.Either).ConfigureAwait(false);
            int length = await body.ReadAtLeastAsync(buffer.AsMemory(0, LongestBody + 1), LongestBody + 1, throwOnEndOfStream: false, asking.Either)
                .ConfigureAwait(false);
            bool isTooLong = length > LongestBody;
            string? mediaType = Header(response.Content.Headers.NonValidated, "Content-Type")?.Split(';')[0].Trim().ToLowerInvariant();
            return ProbeReply.Answer((int)response.StatusCode, buffer.AsMemory(0, length), mediaType, isTooLong) with
            {
                ServerHeader = Header(response.Headers.NonValidated, "Server"),
                Latency = _time.GetElapsedTime(asking.Started),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ProbeReply Failed(ReplyOutcome outcome, Asking asking, string? problem) =>
        new() { Outcome = outcome, Latency = _time.GetElapsedTime(asking.Started), Problem = problem };

    private static string? Header(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out HeaderStringValues values) ? values.ToString() : null;

    private static string Explain(Exception e)
    {
        bool wasReset = e is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
            || e.InnerException is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
            || e is IOException { InnerException: SocketException }
            || e.InnerException is IOException { InnerException: SocketException };
        return wasReset
            ? "it closed the connection instead of answering"
            : $"its answer is not HTTP: {ReplyText.Clean(e.Message)}";
    }

    /// <summary>One question: the port, when it began, and what ends it.</summary>
    private sealed record Asking(int Port, long Started, CancellationToken Limit, CancellationToken Either, CancellationToken Caller);
}
