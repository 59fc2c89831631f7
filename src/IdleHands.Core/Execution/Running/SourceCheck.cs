using IdleHands.Hosts;

namespace IdleHands.Execution;

/// <summary>Makes sure that the files of a model are there and can be read.</summary>
internal static class SourceCheck
{
    private const double BytesPerGib = 1L << 30;

    /// <summary>Says how much there is.</summary>
    /// <exception cref="IdleHandsException"><c>SourceMissing</c>, naming every file that lacks.</exception>
    public static async Task<string> CheckAsync(RuntimePlan plan, PlanStep step, IHostConnection connection, CancellationToken cancellationToken)
    {
        var facts = await connection.StatAsync(step.Paths, cancellationToken).ConfigureAwait(false);
        string[] problems = facts.Where(fact => !IsUsable(fact))
            .Select(fact => fact.Exists ? $"'{fact.Path}' can't be read: {fact.Problem}" : $"'{fact.Path}' does not exist")
            .ToArray();
        if (problems.Length > 0)
        {
            throw new IdleHandsException(
                "SourceMissing",
                FailureKind.NotFound,
                $"Model '{plan.Id}' can't be started on host '{plan.HostId}': {string.Join("; ", problems)}. Nothing was stopped.",
                $"Put the file there, or correct the path: Set-IHModel {plan.Id} -Source",
                plan.Id);
        }

        if (step.KnownProblem is { } problem)
        {
            throw new IdleHandsException(
                problem.ErrorId,
                problem.Kind,
                $"Model '{plan.Id}' can't be started on host '{plan.HostId}': {problem.Message} Nothing was stopped.",
                problem.Recommendation,
                plan.Id,
                problem);
        }

        return FormattableString.Invariant($"{facts.Count} file(s), {facts.Sum(fact => fact.Size ?? 0) / BytesPerGib:0.00} GiB");
    }

    /// <summary>A directory is a source too: some servers load one.</summary>
    private static bool IsUsable(FileFact fact) => fact.Exists && fact.Problem is null or "is a directory";
}
