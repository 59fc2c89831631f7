namespace IdleHands;

/// <summary>One thing that is wrong, or odd, in a configuration.</summary>
/// <param name="Path">Where, as a JSON path: <c>models[0].launch.start_cmd</c>; <c>$</c> for the whole file.</param>
/// <param name="Message">The value and the rule that it breaks.</param>
/// <param name="Severity"><c>Error</c> or <c>Warning</c>.</param>
public sealed record ConfigurationFinding(string Path, string Message, string Severity)
{
    /// <summary>The file can't be used.</summary>
    public const string Error = "Error";

    /// <summary>The file is used all the same.</summary>
    public const string Warning = "Warning";

    /// <summary>Line of the file, from 1, where it is known.</summary>
    public long? Line { get; init; }

    /// <summary>Column of the line, from 1, where it is known.</summary>
    public long? Column { get; init; }
}
