using IdleHands.Hosts;

namespace IdleHands.Health;

/// <summary>Tries one command on one host. That it can't be run is a result like any other, whatever the reason.</summary>
internal static class CommandTrial
{
    /// <summary>What runs where no command is configured: it shows that the host's shell answers, in every shell.</summary>
    private const string NoOperation = "exit 0";

    /// <summary>Runs a command. An absent one is a command that does nothing.</summary>
    internal static async Task<CommandResult> RunAsync(
        RuntimeHost host,
        Func<RuntimeHost, IHostConnection> connect,
        Func<Task<HostCommand?>> command,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        try
        {
            HostCommand wanted = await command().ConfigureAwait(false) ?? new HostCommand(NoOperation, timeout);
            IHostConnection connection = connect(host);
            await using (connection.ConfigureAwait(false))
            {
                return await connection.RunAsync(wanted, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new CommandResult { Error = exception.Message };
        }
    }

    /// <summary>Why a command failed, in words; null where it did not.</summary>
    internal static string? Explain(CommandResult result, TimeSpan timeout)
    {
        if (result.Succeeded)
        {
            return null;
        }

        string said = result.Error.Trim();
        if (result.TimedOut)
        {
            string limit = FormattableString.Invariant($"It was ended after its limit of {timeout.TotalSeconds:0.#} s.");
            return said.Length > 0 ? $"{limit} {said}" : limit;
        }

        return said.Length > 0 ? said : $"It ended with exit code {result.ExitCode}.";
    }
}
