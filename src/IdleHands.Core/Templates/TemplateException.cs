namespace IdleHands.Templates;

/// <summary>A command template can't be rendered for its shell with these values: the message says which and why.</summary>
public sealed class TemplateException : IdleHandsException
{
    /// <summary>Makes a failure.</summary>
    /// <param name="errorId">Stable PascalCase id, e.g. <c>TemplateUnsafe</c>.</param>
    /// <param name="kind">What sort of failure it is.</param>
    /// <param name="message">Which command, which variable, and why it can't be.</param>
    /// <param name="recommendation">What to do, naming a command.</param>
    /// <param name="target">What it is about, e.g. a model id.</param>
    public TemplateException(string errorId, FailureKind kind, string message, string? recommendation = null, object? target = null)
        : base(errorId, kind, message, recommendation, target)
    {
    }
}

/// <summary>The ids of <see cref="TemplateException"/>.</summary>
internal static class TemplateErrorId
{
    /// <summary>A value can't be made one literal argument at its place in a command.</summary>
    public const string TemplateUnsafe = nameof(TemplateUnsafe);

    /// <summary>A command asks for a value that the model doesn't set.</summary>
    public const string TemplateValueMissing = nameof(TemplateValueMissing);

    /// <summary>A command names a variable that doesn't exist.</summary>
    public const string TemplateVariableUnknown = nameof(TemplateVariableUnknown);

    /// <summary>The host names a shell that isn't known.</summary>
    public const string ShellUnknown = nameof(ShellUnknown);
}
