using System.ComponentModel;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Through a command of the user's that runs another command somewhere else: <c>kubectl exec pod/x --</c>,
/// <c>docker exec c</c>. <c>sh -c</c> and the script are appended as arguments of their own, so nothing has to be quoted.
/// </summary>
internal sealed class ExecLink(RuntimeHost host) : IRemoteLink
{
    private const int AtOnce = 8;

    /// <summary>How long it may take to lead there.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    /// <summary>Programs that run others give these when there is no such program, or it can't be run.</summary>
    private static readonly int[] NoShell = [126, 127];

    private readonly SessionTurns _turns = new(AtOnce);

    /// <summary>Asked once whether input gets through: <c>docker exec</c> does that only with <c>-i</c>.</summary>
    private bool? _takesInput;

    private NameList Prefix => host.ExecPrefix ?? NameList.Empty;

    /// <inheritdoc />
    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task<IRemoteProcess> StartAsync(RemoteScript script, CancellationToken cancellationToken)
    {
        if (script.Environment.Count > 0)
        {
            // An argument would show the secret in the process list.
            if (!(_takesInput ??= await TakesInputAsync(cancellationToken).ConfigureAwait(false)))
            {
                throw NoInput();
            }

            ChildProgram reader = await StartAsync("exec sh", cancellationToken).ConfigureAwait(false);
            await reader.SendAsync(script.Text, cancellationToken).ConfigureAwait(false);
            return reader;
        }

        ChildProgram process = await StartAsync(script.Text, cancellationToken).ConfigureAwait(false);
        await process.SendAsync(string.Empty, cancellationToken).ConfigureAwait(false);
        return process;
    }

    /// <summary>A program that is no shell may print all of what it was given.</summary>
    private static string Brief(string said)
    {
        const int Longest = 200;
        string[] lines = said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string first = lines.FirstOrDefault() ?? string.Empty;
        return first.Length > Longest ? $"{first[..Longest]}…" : lines.Length > 3 ? $"{first} …" : string.Join(' ', lines);
    }

    /// <inheritdoc />
    public RemoteVerdict Explain(RemoteEnd end)
    {
        if (end.HasBegun)
        {
            return RemoteVerdict.Retry;
        }

        bool isShellMissing = end.ExitCode is { } code && NoShell.Contains(code);
        return new RemoteVerdict(new IdleHandsException(
            isShellMissing ? "RemoteShellNotFound" : "ExecFailed",
            FailureKind.Unavailable,
            $"Host '{host.Id}' did not run a shell: '{string.Join(' ', Prefix)} sh -c …' "
            + (end.ExitCode is { } exit ? $"ended with exit code {exit}" : "gave no answer")
            + (end.Said.Length > 0 ? $": {Brief(end.Said)}" : "."),
            isShellMissing
                ? $"IdleHands needs a POSIX shell (sh) where '{Prefix[0]}' leads. Try it by hand: {string.Join(' ', Prefix)} sh -c 'echo well'"
                : $"Try it by hand: {string.Join(' ', Prefix)} sh -c 'echo well'. Set-IHHost {host.Id} -ExecPrefix changes the command.",
            host.Id));
    }

    /// <inheritdoc />
    public Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

    /// <inheritdoc />
    /// <remarks>Where the prefix leads has no name that a client could use; a port may be published on this machine.</remarks>
    public async Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken) =>
        await RemoteAddress.IsReachedAsync("127.0.0.1", port, cancellationToken).ConfigureAwait(false) ? "127.0.0.1" : null;

    /// <inheritdoc />
    public Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken) => Task.FromResult<TunnelCommand?>(null);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<ChildProgram> StartAsync(string text, CancellationToken cancellationToken)
    {
        await _turns.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return ChildProgram.Start([.. Prefix, "sh", "-c", text], ended: _turns.Release, killsTree: false);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            _turns.Release();
            throw new IdleHandsException(
                "ExecFailed",
                FailureKind.NotFound,
                $"Host '{host.Id}' can't be reached: '{Prefix[0]}' could not be started: {e.Message}",
                $"Install it, or change the command: Set-IHHost {host.Id} -ExecPrefix",
                host.Id,
                e);
        }
    }

    private async Task<bool> TakesInputAsync(CancellationToken cancellationToken)
    {
        ChildProgram process = await StartAsync("read -r word; echo \"word $word.\"", cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            var end = new RemoteEnd(null, string.Empty, HasBegun: false);
            try
            {
                await process.SendAsync("yes\n", limit.Token).ConfigureAwait(false);
                (int code, string output, string error) = await process.ReadToEndAsync(limit.Token).ConfigureAwait(false);
                if (output.Contains("word ", StringComparison.Ordinal))
                {
                    return output.Contains("word yes.", StringComparison.Ordinal);
                }

                end = end with { ExitCode = code, Said = $"{error}\n{output}".Trim() };
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Told as no answer.
            }

            throw Explain(end).Failure!;
        }
    }

    private IdleHandsException NoInput() => new(
        "ExecTakesNoInput",
        FailureKind.InvalidArgument,
        $"Host '{host.Id}' is to be handed a secret, and '{string.Join(' ', Prefix)}' passes no input on: the secret would stand in the process list.",
        $"Let it pass input on (docker exec -i, kubectl exec -i): Set-IHHost {host.Id} -ExecPrefix",
        host.Id);
}
