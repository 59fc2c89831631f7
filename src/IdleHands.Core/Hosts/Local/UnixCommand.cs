using System.Diagnostics;

namespace IdleHands.Hosts.Local;

/// <summary>A command that runs in a session of its own.</summary>
internal sealed class UnixCommand(Process process, IProcessTable processes, bool ownsSession) : ILocalCommand
{
    private static readonly TimeSpan KillPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(2);

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
    public async Task KillTreeAsync()
    {
        if (!ownsSession)
        {
            process.Kill(entireProcessTree: true);
            return;
        }

        // What left the session is found by its parents, as long as they live; so it is noted first.
        UnixProcess[] all = processes.All().ToArray();
        HashSet<int> tree = ProcessTree.Descendants(all, [process.Id]);
        UnixProcess[] left = all.Where(member => tree.Contains(member.Id)).ToArray();

        // A process that forks while we kill leaves a child behind, and what is killed is there until it is next scheduled:
        // look again until nobody is left.
        long start = Stopwatch.GetTimestamp();
        while (left.Union(processes.OfSession(process.Id)).ToArray() is { Length: > 0 } alive && Stopwatch.GetElapsedTime(start) < KillLimit)
        {
            foreach (UnixProcess member in alive)
            {
                _ = NativeMethods.Kill(member.Id, NativeMethods.KillSignal);
            }

            await Task.Delay(KillPause).ConfigureAwait(false);
            left = left.Where(IsAlive).ToArray();
        }
    }

    private bool IsAlive(UnixProcess member) => processes.Find(member.Id) is { } now && now.StartTime == member.StartTime;

    /// <inheritdoc />
    public void Dispose() => process.Dispose();
}
