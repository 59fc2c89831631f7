using System.Diagnostics;

namespace IdleHands.Benchmarks;

/// <summary>
/// Samples of two things, taken in turns and in changing order, so that whatever else the machine does meets both alike.
/// </summary>
internal static class Interleaved
{
    /// <summary>Takes samples of both, in milliseconds, and gives the medians.</summary>
    /// <param name="subject">One sample of what is promised.</param>
    /// <param name="baseline">One sample of what it is compared with.</param>
    /// <param name="warmUps">Rounds that don't count.</param>
    /// <param name="rounds">Rounds that do.</param>
    public static async Task<(double Subject, double Baseline)> MediansAsync(
        Func<Task<double>> subject, Func<Task<double>> baseline, int warmUps, int rounds)
    {
        var subjects = new List<double>(rounds);
        var baselines = new List<double>(rounds);
        for (int round = -warmUps; round < rounds; round++)
        {
            bool subjectFirst = round % 2 == 0;
            double first = await (subjectFirst ? subject() : baseline());
            double second = await (subjectFirst ? baseline() : subject());
            if (round >= 0)
            {
                subjects.Add(subjectFirst ? first : second);
                baselines.Add(subjectFirst ? second : first);
            }
        }

        return (Median(subjects), Median(baselines));
    }

    /// <summary>Milliseconds of one call. Each starts with a clean heap and pays for its own garbage.</summary>
    public static async Task<double> TimeAsync(Func<Task> action)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <inheritdoc cref="TimeAsync(Func{Task})"/>
    public static Task<double> TimeAsync(Action action) => TimeAsync(() =>
    {
        action();
        return Task.CompletedTask;
    });

    private static double Median(List<double> samples)
    {
        samples.Sort();
        int middle = samples.Count / 2;
        return samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    }
}
