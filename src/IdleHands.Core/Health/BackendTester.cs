using IdleHands.Hosts;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Health;

/// <summary>Runs the verify commands of backends.</summary>
public static class BackendTester
{
    /// <summary>What only a select knows: a command that asks for it can't be tried without a model.</summary>
    private static readonly string[] ModelVariables =
        ["source", "port", "model_id", "chat_template_args", "context_window", "max_tokens"];

    private static readonly TimeSpan Timeout = StepList.StepLimit;

    /// <summary>Verifies backends on hosts, all at once. A backend without a verify command is well when the host's shell answers.</summary>
    /// <param name="pairs">The backends, each with a host.</param>
    /// <param name="connect">Makes the connection to a host; disposed here.</param>
    /// <param name="secrets">Reads the secrets of the commands.</param>
    /// <param name="throttleLimit">How many at once.</param>
    /// <param name="report">Takes each result as it is known, on any thread.</param>
    /// <param name="cancellationToken">Ends the commands that run.</param>
    public static Task TestAsync(
        IEnumerable<(RuntimeBackend Backend, RuntimeHost Host)> pairs,
        Func<RuntimeHost, IHostConnection> connect,
        SecretResolver secrets,
        int throttleLimit,
        Action<BackendTestResult> report,
        CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            pairs,
            new ParallelOptions { MaxDegreeOfParallelism = throttleLimit, CancellationToken = cancellationToken },
            async (pair, token) => report(await TestAsync(pair.Backend, pair.Host, connect, secrets, token).ConfigureAwait(false)));

    /// <summary>The first variable of a backend's verify command that only the select of a model knows; null where there is none.</summary>
    internal static string? FindModelVariable(RuntimeBackend backend) =>
        Array.Find(ModelVariables, name => CommandTemplate.Uses(backend.VerifyCommand, name));

    private static async Task<BackendTestResult> TestAsync(
        RuntimeBackend backend, RuntimeHost host, Func<RuntimeHost, IHostConnection> connect, SecretResolver secrets, CancellationToken cancellationToken)
    {
        CommandResult result = await CommandTrial.RunAsync(
            host,
            machine => new RedactingConnection(connect(machine), secrets),
            () => VerifyCommandAsync(backend, host, secrets, cancellationToken),
            Timeout,
            cancellationToken).ConfigureAwait(false);
        return new BackendTestResult
        {
            BackendId = backend.Id,
            HostId = host.Id,
            Success = result.Succeeded,
            ExitCode = result.ExitCode,
            Duration = result.Duration,
            Output = result.Output.Trim(),
            Error = CommandTrial.Explain(result, Timeout),
        };
    }

    private static async Task<HostCommand?> VerifyCommandAsync(
        RuntimeBackend backend, RuntimeHost host, SecretResolver secrets, CancellationToken cancellationToken)
    {
        if (!backend.HostFilter.Admits(host.Id))
        {
            throw new IdleHandsException(
                PlanErrorId.BackendNotAllowedOnHost,
                FailureKind.InvalidArgument,
                $"Backend '{backend.Id}' may not run on host '{host.Id}'; its host filter admits {backend.HostFilter}.",
                $"Set-IHBackend {backend.Id} -HostFilter changes the filter.",
                backend.Id);
        }

        if (FindModelVariable(backend) is { } variable)
        {
            throw new IdleHandsException(
                "VerifyNeedsModel",
                FailureKind.InvalidArgument,
                $"The verify command of backend '{backend.Id}' asks for {{{variable}}}, which only the select of a model knows.",
                "Select-IHModel runs it with the model's values.",
                backend.Id);
        }

        PlanCommands commands = ModelCommands.Without(host, backend);
        if (commands.Verify is not { } text)
        {
            return null;
        }

        return new HostCommand(text, Timeout)
        {
            Environment = await secrets.ResolveAsync(commands.SecretsOf(backend.VerifyCommand), cancellationToken).ConfigureAwait(false),
        };
    }
}
