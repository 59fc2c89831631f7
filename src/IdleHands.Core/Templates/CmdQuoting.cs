using System.Text;

namespace IdleHands.Templates;

/// <summary>
/// The Windows command processor, and behind it the rules by which C programs split their command line. Both read the
/// same text, so a literal must satisfy both: no character that cmd acts on stands outside its quotes.
/// </summary>
internal sealed class CmdQuoting : ShellQuoting
{
    private static readonly TemplateObstacle Glued = new(
        "is quoted, and the quote or backslash beside it would change its meaning on Windows",
        "Leave a space beside the variable, or make what stands beside it part of the value.");

    private CmdQuoting()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static CmdQuoting Instance { get; } = new();

    /// <inheritdoc />
    public override bool IsSafe(string value) => base.IsSafe(value) && !value.Contains('%', StringComparison.Ordinal);

    /// <inheritdoc />
    public override TemplateObstacle? FindUnquotable(string value, string template)
    {
        if (value.AsSpan().ContainsAny('%', '\r', '\n'))
        {
            return new TemplateObstacle(
                "holds a percent sign or a line break, which cmd can't take literally",
                "Take it out of the value, or let the host use another shell with Set-IHHost -Shell pwsh.");
        }

        if (value.AsSpan().ContainsAny('!', '^') && HasDelayedExpansion(template))
        {
            return new TemplateObstacle(
                "holds ! or ^, which cmd can't take literally with delayed expansion",
                "Run the command without delayed expansion, or let the host use another shell with Set-IHHost -Shell pwsh.");
        }

        return base.FindUnquotable(value, template);
    }

    /// <inheritdoc />
    public override TemplateObstacle? FindUnsettable(string value, string template) =>
        value.Length == 0 || value.Contains('"', StringComparison.Ordinal)
            ? new TemplateObstacle(
                "has a variable that is empty or holds a double quote, which cmd can't set",
                "Change that variable with Set-IHBackend -Environment, or let the host use another shell with Set-IHHost -Shell pwsh.")
            : base.FindUnsettable(value, template);

    /// <inheritdoc />
    /// <remarks>
    /// A double quote leaves the quoted run, stands as \^" (cmd sees an escaped character, the program \"), and opens a
    /// new run: inside a run cmd would take it for the end of the quotes. Backslashes before a quote are doubled.
    /// </remarks>
    public override string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        string[] runs = value.Split('"');
        for (int i = 0; i < runs.Length; i++)
        {
            if (i > 0)
            {
                text.Append(@"\^""");
            }

            if (runs[i].Length > 0 || runs.Length == 1)
            {
                int backslashes = runs[i].Length - runs[i].TrimEnd('\\').Length;
                text.Append('"').Append(runs[i]).Append('\\', backslashes).Append('"');
            }
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public override string SetVariable(string name, string value) => $"set \"{name}={value}\" && ";

    /// <inheritdoc />
    public override TemplatePlace ReadPlace(string template, int index) => new(FindObstacle(template, index));

    private static TemplateObstacle? FindObstacle(string template, int index)
    {
        bool isQuoted = false;
        for (int at = 0; at < index; at++)
        {
            switch (template[at])
            {
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case '\n':
                    isQuoted = false;
                    break;
                case '^' when !isQuoted && ++at == index:
                    return TemplateObstacle.Escape;
            }
        }

        return isQuoted ? TemplateObstacle.Quotes : null;
    }

    /// <inheritdoc />
    public override TemplateObstacle? FindNeighbour(ReadOnlySpan<char> before, ReadOnlySpan<char> after, bool isExpression)
    {
        bool isGlued = (!before.IsEmpty && before[^1] is '"' or '\\') || (!after.IsEmpty && after[0] == '"');
        return isGlued ? Glued : null;
    }

    private static bool HasDelayedExpansion(string template) =>
        template.Contains("/v:on", StringComparison.OrdinalIgnoreCase)
        || template.Contains("enabledelayedexpansion", StringComparison.OrdinalIgnoreCase);
}
