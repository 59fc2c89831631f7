namespace IdleHands.Templates;

/// <summary>
/// Follows where statements begin, to tell the words of a command from an expression: <c>run a</c> hands over text,
/// <c>$x = a</c> runs a. Errs towards the expression, where a quoted literal is right too.
/// </summary>
internal sealed class PowerShellStatements
{
    private static readonly string[] ValueKeywords = ["return", "throw", "exit"];

    private readonly Stack<Statement> _open = new([new Statement('\0', 0, IsAssigned: false)]);

    /// <summary>A parenthesis, a brace, or the @ of a hash table opens; a statement begins behind it.</summary>
    public void Open(char kind, int next) => _open.Push(new Statement(kind, next, IsAssigned: false));

    /// <summary>What opened last is closed.</summary>
    public void Close()
    {
        if (_open.Count > 1)
        {
            _open.Pop();
        }
    }

    /// <summary>A statement ends; the next one begins here.</summary>
    public void Separate(int next) => Replace(next, isAssigned: false);

    /// <summary>An equals sign: behind an expression and in a hash table it assigns, in a word it is text.</summary>
    public void Equal(ReadOnlySpan<char> text, int at)
    {
        if (_open.Peek().Kind == '@' || IsExpression(text[..at]))
        {
            Replace(at + 1, isAssigned: true);
        }
    }

    /// <summary>True where the text ends within an expression.</summary>
    public bool IsExpression(ReadOnlySpan<char> text)
    {
        Statement statement = _open.Peek();
        ReadOnlySpan<char> read = text[statement.Start..].Trim();
        foreach (string keyword in ValueKeywords)
        {
            if (read.Equals(keyword, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            if (read.StartsWith(keyword + " ", StringComparison.OrdinalIgnoreCase))
            {
                read = read[keyword.Length..].TrimStart();
            }
        }

        return read.IsEmpty
            ? statement.IsAssigned || statement.Kind == '('
            : ("$@[(+-!," + PowerShellQuoting.SingleQuotes + PowerShellQuoting.DoubleQuotes).Contains(read[0], StringComparison.Ordinal)
                || read.TrimStart("0123456789.").TrimStart() is [',' or '+' or '*', ..];
    }

    private void Replace(int next, bool isAssigned) =>
        _open.Push(_open.Pop() with { Start = next, IsAssigned = isAssigned });

    /// <param name="Kind">What it stands in: ( or {, @ for a hash table, NUL for the whole.</param>
    /// <param name="Start">Where it begins.</param>
    /// <param name="IsAssigned">True when it is what an equals sign assigns.</param>
    private readonly record struct Statement(char Kind, int Start, bool IsAssigned);
}
