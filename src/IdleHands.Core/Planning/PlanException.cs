namespace IdleHands.Planning;

/// <summary>No plan can be made: the message says what was asked, why it can't be, and what would be accepted.</summary>
public sealed class PlanException : IdleHandsException
{
    /// <summary>Makes a failure.</summary>
    /// <param name="errorId">Stable PascalCase id, e.g. <c>ModelNotFound</c>.</param>
    /// <param name="kind">What sort of failure it is.</param>
    /// <param name="message">What was asked and why it can't be, with the values.</param>
    /// <param name="recommendation">What to do, naming a command.</param>
    /// <param name="target">What it is about, e.g. a model id.</param>
    public PlanException(string errorId, FailureKind kind, string message, string? recommendation = null, object? target = null)
        : base(errorId, kind, message, recommendation, target)
    {
    }
}

/// <summary>The ids of <see cref="PlanException"/>.</summary>
internal static class PlanErrorId
{
    /// <summary>The model is missing or disabled.</summary>
    public const string ModelNotFound = nameof(ModelNotFound);

    /// <summary>The host asked for doesn't exist.</summary>
    public const string HostNotFound = nameof(HostNotFound);

    /// <summary>No host can take the model, or the host asked for is disabled.</summary>
    public const string NoEligibleHost = nameof(NoEligibleHost);

    /// <summary>The model's host policy refuses the host asked for.</summary>
    public const string HostPolicyViolation = nameof(HostPolicyViolation);

    /// <summary>The backend is missing or disabled.</summary>
    public const string BackendNotFound = nameof(BackendNotFound);

    /// <summary>The model's backend policy refuses the backend asked for.</summary>
    public const string BackendPolicyViolation = nameof(BackendPolicyViolation);

    /// <summary>The backend's host filters refuse the host.</summary>
    public const string BackendNotAllowedOnHost = nameof(BackendNotAllowedOnHost);

    /// <summary>The model does not fit into the memory of its host, and that was required.</summary>
    public const string ModelDoesNotFit = nameof(ModelDoesNotFit);

    /// <summary>A tunnel was asked for on a host whose transport has none.</summary>
    public const string TunnelNotAvailable = nameof(TunnelNotAvailable);
}
