namespace IdleHands;

/// <summary>What to do when a model does not start: the words of <c>-OnFailure</c>.</summary>
public static class OnFailure
{
    /// <summary>What ran before is started again.</summary>
    public const string Restore = nameof(Restore);

    /// <summary>The model's fallback is started, else that one's, and so on; where none starts, what ran before.</summary>
    public const string Fallback = nameof(Fallback);

    /// <summary>Nothing is started.</summary>
    public const string Stop = nameof(Stop);
}
