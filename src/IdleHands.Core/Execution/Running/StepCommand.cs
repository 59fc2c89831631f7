using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Runs the command of a step to its end.</summary>
internal static class StepCommand
{
    private const int OutputLines = 8;

    /// <summary>Runs it; gives the end of its output.</summary>
    /// <exception cref="IdleHandsException">It did not end with 0, with <paramref name="errorId"/>.</exception>
    public static async Task<string?> RunAsync(
        PlanRun run, IHostConnection connection, PlanStep step, string errorId, CancellationToken cancellationToken)
    {
        var command = new HostCommand(step.Command!, step.Timeout)
        {
            Environment = step.Runtime is { } runtime
                ? await run.Secrets.ResolveAvailableAsync(runtime.SecretReferences, cancellationToken).ConfigureAwait(false)
                : await run.Secrets.ResolveAsync(step.SecretEnvironment, cancellationToken).ConfigureAwait(false),
        };
        CommandResult result = await connection.RunAsync(command, cancellationToken).ConfigureAwait(false);
        run.ExitCode = result.ExitCode;
        if (result.Succeeded)
        {
            return LastLines(result.Output);
        }

        string how = result.TimedOut ? $"did not end within {step.Timeout.TotalSeconds:0} s" : $"ended with exit code {result.ExitCode}";
        string output = LastLines(result.Error) ?? LastLines(result.Output) ?? "it printed nothing";
        throw new IdleHandsException(
            errorId,
            result.TimedOut ? FailureKind.Timeout : FailureKind.Failed,
            $"The step '{step.Description}' failed on host '{step.HostId}': its command {how}: {output}{Environment.NewLine}    command: {step.Command}",
            $"Run the command on that host and mend what it says{(run.Plan.BackendId is { } backend ? $", then: Test-IHBackend {backend}" : string.Empty)}.",
            run.Plan.BackendId ?? run.Plan.Id);
    }

    private static string? LastLines(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null : string.Join(Environment.NewLine, lines.TakeLast(OutputLines)).TrimEnd();
    }
}
