using IdleHands.Planning;

namespace IdleHands;

/// <summary>The words of <see cref="PlanRequest.Placement"/>.</summary>
public static class Placement
{
    /// <summary>The first host in the order of the model's policy.</summary>
    public const string Policy = nameof(Policy);

    /// <summary>The first in that order whose memory the model fits into.</summary>
    public const string Fit = nameof(Fit);
}
