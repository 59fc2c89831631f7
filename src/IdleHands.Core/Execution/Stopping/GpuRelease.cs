using System.Globalization;
using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>
/// Waits after a stop until the memory of the GPUs is free again. A driver gives it back a moment after the process has
/// gone, and a model that is started in that moment finds too little.
/// </summary>
internal sealed class GpuRelease(GpuMemory memory, TimeProvider time)
{
    private const long LeastToleranceMiB = 256;
    private const long ToleranceDivisor = 10;

    /// <summary>Use that moves by less than this has not changed.</summary>
    private const long NoiseMiB = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Another program may have taken what was given back: use that has not changed for this long will not fall any more.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    /// <summary>Waits until what some processes held is free again, or the limit is over, and says how it went.</summary>
    /// <param name="before">The memory before they were stopped.</param>
    /// <param name="processIds">The processes, which have ended.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="report">Is told how many MiB they hold still, for how long it has waited, and the limit.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<string> WaitAsync(
        GpuSnapshot before, IReadOnlyCollection<int> processIds, TimeSpan limit, Action<long, TimeSpan, TimeSpan> report, CancellationToken cancellationToken)
    {
        GpuUse[] held = [.. before.UsesOf(processIds)];
        if (held.Length == 0)
        {
            return before.HidesProcesses
                ? "the host does not tell which processes hold GPU memory"
                : "the host shows no GPU memory of its processes";
        }

        long start = time.GetTimestamp();
        long settledSince = start;
        TimeSpan pause = FirstPause;
        GpuSnapshot? last = null;
        while (true)
        {
            if (await memory.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } now)
            {
                return "the host ceased to tell of its GPU memory";
            }

            TimeSpan elapsed = time.GetElapsedTime(start);
            if (last is null || HasChanged(last, now))
            {
                settledSince = time.GetTimestamp();
                last = now;
            }

            bool isListed = now.UsesOf(processIds).Any();
            if (!isListed && HasFallen(before, now, held))
            {
                return $"{Sum(held)} MiB of GPU memory were released {After(elapsed)}";
            }

            if (!isListed && time.GetElapsedTime(settledSince) >= SettleTime)
            {
                return $"its processes hold no GPU memory any more {After(elapsed)}{StillUsed(before, now, held)}";
            }

            long left = StillHeld(before, now, held, processIds);
            if (elapsed >= limit)
            {
                return $"{(left > 0 ? $"{left} MiB of GPU memory are" : "GPU memory is")} still held {After(limit)}";
            }

            report(left, elapsed, limit);
            await Task.Delay(Min(pause, limit - elapsed), time, cancellationToken).ConfigureAwait(false);
            pause = Min(pause * 1.5, LongestPause);
        }
    }

    /// <summary>True when use has fallen on every GPU by about what was held there.</summary>
    private static bool HasFallen(GpuSnapshot before, GpuSnapshot now, GpuUse[] held) => held.GroupBy(use => use.DeviceId).All(group =>
        Sum(group) is { } sum
        && before.UsedMiB(group.Key) - now.UsedMiB(group.Key) is { } fallen
        && fallen >= sum - Math.Max(LeastToleranceMiB, sum / ToleranceDivisor));

    /// <summary>What is held is what is listed, or what has not been given back where nothing is.</summary>
    private static long StillHeld(GpuSnapshot before, GpuSnapshot now, GpuUse[] held, IReadOnlyCollection<int> processIds)
    {
        long listed = now.UsesOf(processIds).Sum(use => use.MiB ?? 0);
        long fallen = before.UsedMiB(null) - now.UsedMiB(null) ?? 0;
        return listed > 0 ? listed : Math.Max(0, (Sum(held) ?? 0) - fallen);
    }

    private static bool HasChanged(GpuSnapshot last, GpuSnapshot now) =>
        last.Devices.Any(device => Math.Abs((device.UsedMiB ?? 0) - (now.UsedMiB(device.Id) ?? 0)) >= NoiseMiB);

    /// <summary>The sum of what was held; null where a part of it was not told.</summary>
    private static long? Sum(IEnumerable<GpuUse> uses) => uses.Aggregate((long?)0, (sum, use) => sum + use.MiB);

    private static string StillUsed(GpuSnapshot before, GpuSnapshot now, GpuUse[] held) =>
        Sum(held) is { } sum && before.UsedMiB(null) - now.UsedMiB(null) is { } fallen && now.UsedMiB(null) is { } used
            ? $"; {fallen} of {sum} MiB became free, and {used} MiB are in use by others"
            : string.Empty;

    private static string After(TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture, $"after {elapsed.TotalSeconds:0.0} s");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
