using System.Buffers;
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

    private static readonly TemplateObstacle Listed = new(
        "is quoted, and the comma beside it makes a list that PowerShell hands over without the quotes",
        "Put spaces and no comma between the arguments, or make the comma part of the value.");

    private static readonly TemplateObstacle StopParsing = new(
        "is --%, which PowerShell hands to no program, not even in quotes",
        "Take it out of the value, or let the host use another shell with Set-IHHost -Shell.");

    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" \t\r\n;|&({,");

    private PowerShellQuoting()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static PowerShellQuoting Instance { get; } = new();

    /// <inheritdoc />
    /// <remarks>
    /// PowerShell gives some of the plain characters a meaning: a comma makes a list, a leading @ splats, --% ends
    /// parsing, -a.b arrives as two arguments, and -a: asks for another one.
    /// </remarks>
    public override bool IsBare(string value) =>
        IsSafe(value)
        && value[0] != '@'
        && !value.Contains(',', StringComparison.Ordinal)
        && !value.StartsWith("--%", StringComparison.Ordinal)
        && !(value[0] == '-' && value.AsSpan().ContainsAny('.', ':'));

    /// <inheritdoc />
    public override bool IsBareAt(TemplatePlace place, string value, ReadOnlySpan<char> before) => place.Obstacle?.Plain switch
    {
        PlainValue.Text => IsSafe(value),
        PlainValue.Changed => false,
        _ => IsBare(value)
            && (!place.IsExpression || IsWholeNumber(value))
            && !(IsInParameter(before) && value.AsSpan().ContainsAny('.', ':')),
    };

    /// <inheritdoc />
    public override TemplateObstacle? FindUnquotable(string value, string template) =>
        value == "--%" ? StopParsing : base.FindUnquotable(value, template);

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
    public override TemplateObstacle? FindUnsettable(string value, string template) => base.FindUnquotable(value, template);

    /// <inheritdoc />
    public override string SetVariable(string name, string value) => $"$env:{name}={Quote(value)}; ";

    /// <inheritdoc />
    public override TemplatePlace ReadPlace(string template, int index) => new PowerShellTemplateReader(template, index).Read();

    /// <inheritdoc />
    public override TemplateObstacle? FindNeighbour(ReadOnlySpan<char> before, ReadOnlySpan<char> after, bool isExpression)
    {
        if (!isExpression && (before.TrimEnd() is [.., ','] || after.TrimStart() is [',', ..]))
        {
            return Listed;
        }

        bool startsWord = before.IsEmpty || char.IsWhiteSpace(before[^1]) || ";|&({,=".Contains(before[^1], StringComparison.Ordinal);
        bool endsWord = after.IsEmpty || char.IsWhiteSpace(after[0]) || ";|&)},".Contains(after[0], StringComparison.Ordinal);
        bool followsLiteral = !before.IsEmpty && (SingleQuotes + DoubleQuotes).Contains(before[^1], StringComparison.Ordinal);
        return followsLiteral || ((startsWord || IsInParameter(before)) && !endsWord) ? Glued : null;
    }

    /// <summary>True in a word like -m: a parameter to PowerShell, which ends at a dot or colon.</summary>
    private static bool IsInParameter(ReadOnlySpan<char> before)
    {
        ReadOnlySpan<char> word = before[(before.LastIndexOfAny(WordEnds) + 1)..];
        return word.Length > 1 && word[0] == '-' && word[1] != '-';
    }

    /// <summary>A number that PowerShell writes as it reads it, unlike 1kb, 0x10 and 007.</summary>
    private static bool IsWholeNumber(string value) =>
        value.Length < 10 && !value.AsSpan().ContainsAnyExceptInRange('0', '9') && (value.Length == 1 || value[0] != '0');
}
