namespace IdleHands;

/// <summary>
/// A failure that explains itself: what was asked, why it can't be, what to do. Every exception that this
/// library throws on purpose derives from it.
/// </summary>
public class IdleHandsException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="errorId">Stable PascalCase id, e.g. <c>PortInUse</c>.</param>
    /// <param name="kind">What sort of failure it is.</param>
    /// <param name="message">What was asked and why it can't be, with the values.</param>
    /// <param name="recommendation">What to do, naming a command; null where there is nothing to advise.</param>
    /// <param name="target">What it is about, e.g. a model id or a path.</param>
    /// <param name="innerException">The cause, kept.</param>
    public IdleHandsException(
        string errorId,
        FailureKind kind,
        string message,
        string? recommendation = null,
        object? target = null,
        Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Kind = kind;
        Recommendation = recommendation;
        Target = target;
    }

    /// <summary>Stable PascalCase id.</summary>
    public string ErrorId { get; }

    /// <summary>What sort of failure it is.</summary>
    public FailureKind Kind { get; }

    /// <summary>What to do about it; null where there is nothing to advise.</summary>
    public string? Recommendation { get; }

    /// <summary>What it is about.</summary>
    public object? Target { get; }

    /// <summary>Why it happened, in a few stable words to filter by, such as <c>out of device memory</c>; null where the id says all.</summary>
    public string? Cause { get; init; }

    /// <summary>The same failure, with what came of it said behind.</summary>
    internal IdleHandsException With(string outcome) =>
        new(ErrorId, Kind, $"{Message}{Environment.NewLine}{outcome}", Recommendation, Target, InnerException) { Cause = Cause };
}
