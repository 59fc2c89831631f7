namespace IdleHands.Templates;

/// <summary>Reads a PowerShell command up to an index and tells whether a quoted literal stays literal there.</summary>
internal ref struct PowerShellTemplateReader
{
    private static readonly TemplateObstacle StopParsing = new(
        "stands behind --%, where PowerShell does not read quotes",
        "Drop the --% from the command.");

    private readonly ReadOnlySpan<char> _text;

    // A number for each open $( … ): how many parentheses are open in it. A string around it is open below it.
    private readonly Stack<int> _subexpressions = new();
    private int _at;

    /// <summary>Reads this template up to this index.</summary>
    public PowerShellTemplateReader(string template, int index)
    {
        _text = template.AsSpan(0, index);
    }

    /// <summary>The obstacle at the end of the text; null where a quoted literal is fine.</summary>
    public TemplateObstacle? Read()
    {
        while (_at < _text.Length)
        {
            TemplateObstacle? obstacle = ReadCode();
            if (obstacle is not null)
            {
                return obstacle;
            }
        }

        return null;
    }

    private TemplateObstacle? ReadCode()
    {
        char character = _text[_at];
        if (PowerShellQuoting.SingleQuotes.Contains(character, StringComparison.Ordinal))
        {
            return SkipSingleQuotes();
        }

        if (PowerShellQuoting.DoubleQuotes.Contains(character, StringComparison.Ordinal))
        {
            _at++;
            return ReadString();
        }

        switch (character)
        {
            case '`':
                _at += 2;
                return _at > _text.Length ? TemplateObstacle.Escape : null;
            case '@' when IsHereString():
                return SkipPast("\n" + _text[_at + 1] + "@", TemplateObstacle.Quotes);
            case '<' when Follows("<#"):
                return SkipPast("#>", TemplateObstacle.Comment);
            case '#' when IsWordStart():
                return SkipPast("\n", TemplateObstacle.Comment);
            case '-' when Follows("--%") && IsWordStart():
                return SkipPast("\n", StopParsing);
            case '$' when Follows("${"):
                return SkipPast("}", TemplateObstacle.Quotes);
            case '(':
                return ChangeDepth(+1);
            case ')':
                return ChangeDepth(-1);
            default:
                _at++;
                return null;
        }
    }

    /// <summary>Reads on inside a double-quoted string, to its end or to a subexpression in it.</summary>
    private TemplateObstacle? ReadString()
    {
        while (_at < _text.Length)
        {
            if (PowerShellQuoting.DoubleQuotes.Contains(_text[_at], StringComparison.Ordinal))
            {
                _at++;
                if (_at >= _text.Length || !PowerShellQuoting.DoubleQuotes.Contains(_text[_at], StringComparison.Ordinal))
                {
                    return null;
                }
            }
            else if (Follows("$("))
            {
                _subexpressions.Push(1);
                _at += 2;
                return null;
            }
            else if (_text[_at] == '`')
            {
                _at++;
            }

            _at++;
        }

        return TemplateObstacle.Quotes;
    }

    private TemplateObstacle? SkipSingleQuotes()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            if (!PowerShellQuoting.SingleQuotes.Contains(_text[_at], StringComparison.Ordinal))
            {
                continue;
            }

            _at++;
            if (_at >= _text.Length || !PowerShellQuoting.SingleQuotes.Contains(_text[_at], StringComparison.Ordinal))
            {
                return null;
            }
        }

        return TemplateObstacle.Quotes;
    }

    private TemplateObstacle? ChangeDepth(int change)
    {
        _at++;
        if (_subexpressions.Count == 0)
        {
            return null;
        }

        int depth = _subexpressions.Pop() + change;
        if (depth == 0)
        {
            return ReadString();
        }

        _subexpressions.Push(depth);
        return null;
    }

    private TemplateObstacle? SkipPast(string end, TemplateObstacle obstacle)
    {
        int length = _text[_at..].IndexOf(end);
        _at += length + end.Length;
        return length < 0 ? obstacle : null;
    }

    private readonly bool IsHereString()
    {
        ReadOnlySpan<char> rest = _text[(_at + 1)..];
        if (rest.IsEmpty || rest[0] is not ('\'' or '"'))
        {
            return false;
        }

        int lineEnd = rest.IndexOf('\n');
        return lineEnd > 0 && rest[1..lineEnd].IsWhiteSpace();
    }

    private readonly bool Follows(string text) => _text[_at..].StartsWith(text);

    private readonly bool IsWordStart() =>
        _at == 0 || char.IsWhiteSpace(_text[_at - 1]) || ";|&(){},".Contains(_text[_at - 1], StringComparison.Ordinal);
}
