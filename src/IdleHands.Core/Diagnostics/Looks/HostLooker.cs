using System.Collections.Concurrent;
using IdleHands.Health;
using IdleHands.Hosts;
using IdleHands.Templates;

namespace IdleHands.Diagnostics;

/// <summary>
/// Looks at one host once: one command for its shell, one question about all files, each port over HTTP, and the commands
/// that the configuration has for such a look. All at once, and nothing is changed there.
/// </summary>
/// <param name="needs">What is needed of the host.</param>
/// <param name="connect">Opens the way to it.</param>
/// <param name="secrets">Reads the secrets of the commands.</param>
/// <param name="active">The recorded runtime; null for none.</param>
/// <param name="time">The clock.</param>
internal sealed class HostLooker(
    HostNeeds needs, Func<RuntimeHost, IHostConnection> connect, SecretResolver secrets, ActiveRuntime? active, TimeProvider time)
{
    /// <summary>Every port takes a file handle.</summary>
    private const int PortsAtOnce = 256;

    /// <summary>A shell has a profile to read, and a disk of another machine may not answer.</summary>
    private static readonly TimeSpan ShellLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly RuntimeHost _host = needs.Host;

    /// <summary>Looks; that the host can't be reached is an answer like any other.</summary>
    /// <param name="isAsked">True for the rules whose findings are wanted: what only others need is not asked.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<HostLook> TakeAsync(Func<DiagnosticRule, bool> isAsked, CancellationToken cancellationToken)
    {
        try
        {
            var connection = new RedactingConnection(connect(_host), secrets);
            await using (connection.ConfigureAwait(false))
            {
                // Opened before the limits of what is asked then begin: a login takes its time.
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                return await TakeAsync(connection, isAsked, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new HostLook { Failure = e };
        }
    }

    private async Task<HostLook> TakeAsync(IHostConnection connection, Func<DiagnosticRule, bool> isAsked, CancellationToken cancellationToken)
    {
        Task<HostLook> shell = AskShellAsync(connection, cancellationToken);
        Task<IReadOnlyDictionary<string, FileFact>> files = AskFilesAsync(connection, isAsked(DiagnosticRule.ModelFileMissing) ? needs.Files : [], cancellationToken);
        Task<IReadOnlyDictionary<int, PortLook>> ports = AskPortsAsync(connection, isAsked(DiagnosticRule.PortHeld) ? needs.Ports : [], cancellationToken);
        await Task.WhenAll(shell, files, ports).ConfigureAwait(false);
        HostLook look = await shell.ConfigureAwait(false) with
        {
            Files = await files.ConfigureAwait(false),
            Ports = await ports.ConfigureAwait(false),
        };
        if (look.ShellProblem is not null)
        {
            return look; // The commands of the configuration would each say the same.
        }

        Task<IReadOnlyList<BackendTestResult>> backends = VerifyAsync(isAsked(DiagnosticRule.BackendUnverified), cancellationToken);
        Task<HostTestResult?> check = CheckAsync(isAsked(DiagnosticRule.HostUnwell), cancellationToken);
        await Task.WhenAll(backends, check).ConfigureAwait(false);
        return look with { Backends = await backends.ConfigureAwait(false), Check = await check.ConfigureAwait(false) };
    }

    private async Task<HostLook> AskShellAsync(IHostConnection connection, CancellationToken cancellationToken)
    {
        bool isElsewhere = _host.Transport != HostTransport.Local;
        string shell = ShellDialects.ShellOf(_host, OperatingSystem.IsWindows());
        IReadOnlyList<string> programs = needs.Programs;
        string text = HostQuestion.Write(ShellDialects.Parse(shell), programs, isElsewhere);
        DateTimeOffset before = time.GetUtcNow();
        CommandResult result;
        try
        {
            result = await connection.RunAsync(new HostCommand(text, ShellLimit), cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e) when (e.ErrorId == "ShellNotFound")
        {
            return new HostLook { ShellProblem = e };
        }

        DateTimeOffset after = time.GetUtcNow();
        if (HostQuestion.Read(result.Output, programs) is not { } answer)
        {
            string how = result.TimedOut ? FormattableString.Invariant($"it gave no answer in {ShellLimit.TotalSeconds:0} s") : $"it ended with {result.ExitCode} and without an answer";
            string said = HealthRows.Describe(result, ShellLimit);
            return new HostLook
            {
                ShellProblem = new IdleHandsException(
                    "LaunchFailed", FailureKind.Failed, $"The shell '{shell}' of host '{_host.Id}' does not work: {how} ({said}).", $"Set-IHHost {_host.Id} -Shell sh", _host.Id),
            };
        }

        return new HostLook { Answer = answer, ClockAhead = ClockAhead(answer.Clock, before, after) };
    }

    /// <summary>The host read its clock at some time of the question, and cut the fraction of the second off.</summary>
    internal static TimeSpan? ClockAhead(DateTimeOffset? clock, DateTimeOffset before, DateTimeOffset after)
    {
        if (clock is not { } told)
        {
            return null;
        }

        return told > after ? told - after : told.AddSeconds(1) < before ? told.AddSeconds(1) - before : TimeSpan.Zero;
    }

    private static async Task<IReadOnlyDictionary<string, FileFact>> AskFilesAsync(IHostConnection connection, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileFact> facts = paths.Count == 0 ? [] : await connection.StatAsync(paths, cancellationToken).ConfigureAwait(false);
        return facts.ToDictionary(fact => fact.Path, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyDictionary<int, PortLook>> AskPortsAsync(IHostConnection connection, IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        using var turns = new SemaphoreSlim(PortsAtOnce);
        var looks = new ConcurrentDictionary<int, PortLook>();
        await Task.WhenAll(ports.Select(async port =>
        {
            await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                looks[port] = await AskPortAsync(connection, port, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                turns.Release();
            }
        })).ConfigureAwait(false);
        return looks;
    }

    private async Task<PortLook> AskPortAsync(IHostConnection connection, int port, CancellationToken cancellationToken)
    {
        ServerAnswer answer = await new ServerProbe(connection.Http, time).AskAsync(port, AnswerLimit, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<PortHolder> holders = answer.Listening
            ? await connection.FindPortHoldersAsync(port, active?.HostId == _host.Id ? active.Launch : null, cancellationToken).ConfigureAwait(false)
            : [];
        return new PortLook(answer, [.. holders.Where(holder => holder.IsReached)]);
    }

    private async Task<IReadOnlyList<BackendTestResult>> VerifyAsync(bool isAsked, CancellationToken cancellationToken)
    {
        var results = new ConcurrentQueue<BackendTestResult>();
        IEnumerable<(RuntimeBackend, RuntimeHost)> pairs = needs.Backends
            .Select(one => one.Backend)
            .Where(backend => isAsked && !string.IsNullOrWhiteSpace(backend.VerifyCommand) && BackendTester.FindModelVariable(backend) is null)
            .Select(backend => (backend, _host));
        await BackendTester.TestAsync(pairs, connect, secrets, Environment.ProcessorCount, results.Enqueue, cancellationToken).ConfigureAwait(false);
        return [.. results];
    }

    private async Task<HostTestResult?> CheckAsync(bool isAsked, CancellationToken cancellationToken)
    {
        HostTestResult? result = null;
        RuntimeHost[] hosts = isAsked && !string.IsNullOrWhiteSpace(_host.CheckCommand) ? [_host] : [];
        await HostTester.TestAsync(hosts, machine => new RedactingConnection(connect(machine), secrets), 1, one => result = one, cancellationToken).ConfigureAwait(false);
        return result;
    }
}
