using System.Diagnostics;

namespace IdleHands.Hosts.Local;

/// <summary>A command that runs in a session of its own.</summary>
internal sealed class UnixCommand(Process process, IProcessTable processes, bool ownsSession) : ILocalCommand
{
    private const int KillRounds = 20;

    /// <inheritdoc />
    public Stream Output => process.StandardOutput.BaseStream;

    /// <inheritdoc />
    public Stream Error => process.StandardError.BaseStream;

    /// <inheritdoc />
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <inheritdoc />
    public void KillTree()
    {
        if (!ownsSession)
        {
            process.Kill(entireProcessTree: true);
            return;
        }

        // A process that forks while we kill leaves a child behind: look again until nobody is left.
        for (int round = 0; round < KillRounds && processes.OfSession(process.Id) is { Count: > 0 } members; round++)
        {
            foreach (UnixProcess member in members)
            {
                _ = NativeMethods.Kill(member.Id, NativeMethods.KillSignal);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => process.Dispose();
}
