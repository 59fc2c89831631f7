namespace IdleHands.Diagnostics;

/// <summary>How findings speak of several things.</summary>
internal static class Wording
{
    private const int Listed = 3;

    /// <summary>"a", "a and b", "a, b, c and 4 more".</summary>
    public static string Join(IReadOnlyCollection<string> items)
    {
        if (items.Count > Listed + 1)
        {
            return FormattableString.Invariant($"{string.Join(", ", items.Take(Listed))} and {items.Count - Listed} more");
        }

        return items.Count < 2 ? items.FirstOrDefault() ?? string.Empty : $"{string.Join(", ", items.SkipLast(1))} and {items.Last()}";
    }

    /// <summary>"model 'a'", "models 'a' and 'b'".</summary>
    public static string Models(IReadOnlyCollection<RuntimeModel> models) =>
        (models.Count == 1 ? "model " : "models ") + Join([.. models.Select(model => $"'{model.Id}'")]);

    /// <summary>What a finding on a host is about: the model, where it is about one alone.</summary>
    public static Subject About(RuntimeHost host, IReadOnlyCollection<RuntimeModel> models) =>
        models.Count == 1 ? Subject.Of(models.First(), host) : Subject.Of(host);
}
