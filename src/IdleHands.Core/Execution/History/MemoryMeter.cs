using System.Globalization;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Measures what a model that has become ready takes of its host's memory.</summary>
internal static class MemoryMeter
{
    private const int LogLines = 4000;
    private const int BytesPerMiBShift = 20;

    /// <summary>Measures it; null where nothing tells.</summary>
    /// <param name="connection">The way to its host.</param>
    /// <param name="launch">Its launch, with its processes.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="IdleHandsException">The host can't be reached any more.</exception>
    public static async Task<MeasuredMemory?> MeasureAsync(IHostConnection connection, LaunchRecord launch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<string>> log = connection.ReadLogTailAsync(launch, LogLines, cancellationToken);
        int[] processes = [.. launch.KnownProcesses.Select(IdOf).OfType<int>()];
        MemorySnapshot? memory = processes.Length == 0 ? null : await connection.ReadMemoryAsync(processes, cancellationToken).ConfigureAwait(false);
        return Combine(memory, processes, BufferLog.Read(await log.ConfigureAwait(false)), now);
    }

    /// <summary>The number of a process that is written down with its start time behind a colon.</summary>
    private static int? IdOf(string known) =>
        int.TryParse(known.Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;

    /// <summary>What the host and the log say, as one.</summary>
    internal static MeasuredMemory? Combine(MemorySnapshot? memory, IReadOnlyList<int> processes, IReadOnlyList<MemoryBuffer> buffers, DateTimeOffset now)
    {
        long used = memory?.Gpus?.UsesOf([.. processes]).Sum(use => use.MiB ?? 0) << BytesPerMiBShift ?? 0;
        long logged = buffers.Where(buffer => !buffer.IsOfHost).Sum(buffer => buffer.Bytes);
        long resident = memory?.Processes.Sum(process => process.ResidentBytes) ?? 0;
        if (used == 0 && logged == 0 && resident == 0)
        {
            return null;
        }

        return new MeasuredMemory
        {
            GpuBytes = used > 0 ? used : logged > 0 ? logged : null,
            HostBytes = resident > 0 ? resident : null,
            Source = used > 0 ? memory!.Gpus!.Tool
                : logged > 0 ? "server log"
                : "processes",
            Buffers = new ItemList<MemoryBuffer>(buffers),
            MeasuredAt = now.LocalDateTime,
        };
    }
}
