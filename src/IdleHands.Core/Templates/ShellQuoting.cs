using System.Buffers;

namespace IdleHands.Templates;

/// <summary>What a shell's dialect knows: how to write a literal argument, and where in a command it stays one.</summary>
internal abstract class ShellQuoting
{
    private static readonly SearchValues<char> SafeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-");

    /// <summary>The quoting of a dialect.</summary>
    public static ShellQuoting Of(ShellDialect dialect) => dialect switch
    {
        ShellDialect.PowerShell => PowerShellQuoting.Instance,
        ShellDialect.Cmd => CmdQuoting.Instance,
        _ => PosixQuoting.Instance,
    };

    /// <summary>True when every character means itself, also inside quotes; false for an empty value.</summary>
    public virtual bool IsSafe(string value) => value.Length > 0 && !value.AsSpan().ContainsAnyExcept(SafeCharacters);

    /// <summary>True when the value, as it is, is one literal argument.</summary>
    public virtual bool IsBare(string value) => IsSafe(value);

    /// <summary>True when the value is one literal argument, or part of one, as it is at this place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="value">The value.</param>
    /// <param name="before">The command rendered so far.</param>
    public virtual bool IsBareAt(TemplatePlace place, string value, ReadOnlySpan<char> before) =>
        IsBare(value) || (place.Obstacle is not null && IsSafe(value));

    /// <summary>Why no quoting makes this value literal; null where it can be quoted.</summary>
    public virtual TemplateObstacle? FindUnquotable(string value, string template) =>
        value.Contains('\0', StringComparison.Ordinal)
            ? new TemplateObstacle("holds a NUL character, which no argument can hold", "Take that character out of the value.")
            : null;

    /// <summary>The value as one quoted literal.</summary>
    public abstract string Quote(string value);

    /// <summary>The text that sets one variable for the command behind it.</summary>
    public abstract string SetVariable(string name, string value);

    /// <summary>What stands before the first variable of a set, where there is one.</summary>
    public virtual string SetPrefix => string.Empty;

    /// <summary>True when the text that sets a variable may stand where the template is already quoted.</summary>
    public virtual bool CanSetInsideQuotes(string value) => false;

    /// <summary>Why no value of this variable can be handed over in the text; null where it can.</summary>
    public virtual TemplateObstacle? FindUnsettable(string value, string template) => FindUnquotable(value, template);

    /// <summary>What a value meets at this index of a template.</summary>
    public abstract TemplatePlace ReadPlace(string template, int index);

    /// <summary>What beside a quoted literal would grow together with it; null where nothing does.</summary>
    /// <param name="before">The command rendered so far.</param>
    /// <param name="after">What follows in the template.</param>
    /// <param name="isExpression">True where the shell reads an expression, and not the words of a command.</param>
    public virtual TemplateObstacle? FindNeighbour(ReadOnlySpan<char> before, ReadOnlySpan<char> after, bool isExpression) => null;
}

/// <summary>A place in a template.</summary>
/// <param name="Obstacle">What keeps a quoted literal from being one there; null where nothing does.</param>
/// <param name="IsExpression">True where the shell reads an expression: there a bare word is no text, but code.</param>
internal readonly record struct TemplatePlace(TemplateObstacle? Obstacle, bool IsExpression = false);

/// <summary>What becomes of a plain value where no quoted literal can stand.</summary>
internal enum PlainValue
{
    /// <summary>Text, whatever it is: it stands in quotes or in a comment.</summary>
    Text,

    /// <summary>A word like any other, where the shell gives none of its characters a meaning.</summary>
    Word,

    /// <summary>Something else.</summary>
    Changed,
}

/// <summary>Why a value can't be put at its place.</summary>
/// <param name="Cause">Continues "the value of {source}", e.g. "stands inside quotes".</param>
/// <param name="Advice">A sentence that says what to do.</param>
internal sealed record TemplateObstacle(string Cause, string Advice)
{
    /// <summary>What a plain value, which needs no quotes, is at this place.</summary>
    public PlainValue Plain { get; init; } = PlainValue.Text;

    /// <summary>The template opened quotes of its own.</summary>
    public static TemplateObstacle Quotes { get; } = new(
        "stands inside quotes of the command itself",
        "Drop the quotes around the variable: a value is quoted for the shell where it needs it.");

    /// <summary>An escape character stands right before.</summary>
    public static TemplateObstacle Escape { get; } = new(
        "stands behind an escape character",
        "Drop the escape character before the variable, or write quotes instead: a value is quoted for the shell where it needs it.");

    /// <summary>It is in a comment.</summary>
    public static TemplateObstacle Comment { get; } = new(
        "stands in a comment of the command",
        "Take the variable out of the comment.");
}
