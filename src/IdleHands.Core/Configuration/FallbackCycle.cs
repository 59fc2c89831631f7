namespace IdleHands.Configuration;

/// <summary>Models whose fallbacks lead back to the first of them.</summary>
/// <param name="ModelIndexes">The models of the cycle.</param>
/// <param name="Message">The chain, and what is wrong with it.</param>
internal sealed record FallbackCycle(IReadOnlyList<int> ModelIndexes, string Message)
{
    private const int LongestChainShown = 8;

    /// <summary>Every cycle once. Follows each fallback once, however long the chains are.</summary>
    public static IReadOnlyList<FallbackCycle> FindAll(IReadOnlyList<RuntimeModel?> models, Dictionary<string, int> known)
    {
        int[]? walkOf = null;
        List<FallbackCycle>? cycles = null;
        for (int start = 0; start < models.Count; start++)
        {
            if (models[start]?.Fallback is null)
            {
                continue;
            }

            // Which walk came by a model first: its own mark met again is a cycle, another's was followed before.
            walkOf ??= new int[models.Count];
            int walk = start + 1;
            int at = start;
            while (at >= 0 && walkOf[at] == 0)
            {
                walkOf[at] = walk;
                at = models[at]?.Fallback is { } next && known.TryGetValue(next, out int index) ? index : -1;
            }

            if (at >= 0 && walkOf[at] == walk)
            {
                (cycles ??= []).Add(Describe(models, known, at));
            }
        }

        return cycles ?? (IReadOnlyList<FallbackCycle>)[];
    }

    private static FallbackCycle Describe(IReadOnlyList<RuntimeModel?> models, Dictionary<string, int> known, int start)
    {
        var cycle = new List<int> { start };
        for (int at = known[models[start]!.Fallback!]; at != start; at = known[models[at]!.Fallback!])
        {
            cycle.Add(at);
        }

        IEnumerable<string> ids = cycle.Take(LongestChainShown).Select(index => models[index]!.Id);
        string chain = string.Join(" → ", cycle.Count > LongestChainShown ? ids.Append("…") : ids);
        return new FallbackCycle(cycle, $"the fallbacks {chain} → {models[start]!.Id} lead back to where they began.");
    }
}
