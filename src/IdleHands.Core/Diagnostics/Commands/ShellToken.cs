namespace IdleHands.Diagnostics;

/// <summary>A piece of a command.</summary>
/// <param name="Text">The word with its quotes taken off, or the operator.</param>
/// <param name="IsOperator">True for <c>;</c>, <c>&amp;&amp;</c>, <c>|</c>, a parenthesis, and the like.</param>
internal sealed record ShellToken(string Text, bool IsOperator = false)
{
    /// <summary>False where the shell makes something else of it (<c>$x</c>, <c>*.sh</c>): then nobody knows it but the shell.</summary>
    public bool IsLiteral { get; init; } = true;

    /// <summary>True where a part of it is quoted: then it is neither a reserved word nor an assignment's name.</summary>
    public bool IsQuoted { get; init; }
}
