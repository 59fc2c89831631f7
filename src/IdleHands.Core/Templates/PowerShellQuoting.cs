using System.Text;

namespace IdleHands.Templates;

/// <summary>PowerShell 7.</summary>
internal sealed class PowerShellQuoting : ShellQuoting
{
    /// <summary>What PowerShell takes for an apostrophe: typographic ones too.</summary>
    internal const string SingleQuotes = "'‘’‚‛";

    /// <summary>What PowerShell takes for a double quote.</summary>
    internal const string DoubleQuotes = "\"“”„";

    private static readonly TemplateObstacle Glued = new(
        "is quoted, and what follows it would not belong to the same argument in PowerShell",
        "Leave a space behind the variable, or make what follows it part of the value.");

    private PowerShellQuoting()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static PowerShellQuoting Instance { get; } = new();

    /// <inheritdoc />
    /// <remarks>
    /// PowerShell gives some of the plain characters a meaning: a comma makes a list, a leading @ splats, --% ends
    /// parsing, and -a.b arrives as two arguments.
    /// </remarks>
    public override bool IsBare(string value) =>
        IsSafe(value)
        && value[0] != '@'
        && !value.Contains(',', StringComparison.Ordinal)
        && !value.StartsWith("--%", StringComparison.Ordinal)
        && !(value[0] == '-' && value.Contains('.', StringComparison.Ordinal));

    /// <inheritdoc />
    public override string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('\'');
        foreach (char character in value)
        {
            text.Append(character);
            if (SingleQuotes.Contains(character, StringComparison.Ordinal))
            {
                text.Append(character);
            }
        }

        return text.Append('\'').ToString();
    }

    /// <inheritdoc />
    public override string SetVariable(string name, string value) => $"$env:{name}={Quote(value)}; ";

    /// <inheritdoc />
    public override TemplateObstacle? FindObstacle(string template, int index) => new PowerShellTemplateReader(template, index).Read();

    /// <inheritdoc />
    public override TemplateObstacle? FindNeighbour(ReadOnlySpan<char> before, ReadOnlySpan<char> after)
    {
        bool startsWord = before.IsEmpty || char.IsWhiteSpace(before[^1]) || ";|&({,=".Contains(before[^1], StringComparison.Ordinal);
        bool endsWord = after.IsEmpty || char.IsWhiteSpace(after[0]) || ";|&)},".Contains(after[0], StringComparison.Ordinal);
        bool followsLiteral = !before.IsEmpty && (SingleQuotes + DoubleQuotes).Contains(before[^1], StringComparison.Ordinal);
        return followsLiteral || (startsWord && !endsWord) ? Glued : null;
    }
}
