using System.Buffers;

namespace IdleHands.Templates;

/// <summary>
/// Reads a PowerShell command up to an index and tells whether a quoted literal stays literal there. Inside $( … ) of a
/// string none does: PowerShell takes backticks out of it before it reads it.
/// </summary>
internal ref struct PowerShellTemplateReader
{
    private static readonly TemplateObstacle StopParsing = new(
        "stands behind --%, where PowerShell reads quotes otherwise",
        "Drop the --% from the command.")
    { Plain = PlainValue.Word };

    private static readonly TemplateObstacle HereString = new(
        "stands in or behind a here-string",
        "Pass the value as an argument instead, before the here-string.");

    private static readonly TemplateObstacle BehindHereString = HereString with { Plain = PlainValue.Word };

    private static readonly TemplateObstacle OddVariable = TemplateObstacle.Quotes with { Plain = PlainValue.Word };

    private static readonly TemplateObstacle EarlierEscape = TemplateObstacle.Escape with { Plain = PlainValue.Word };

    private static readonly TemplateObstacle RightEscape = TemplateObstacle.Escape with { Plain = PlainValue.Changed };

    private static readonly TemplateObstacle Subexpression = new(
        "stands inside or behind $(…) in a string or word, where PowerShell reads backticks and double quotes twice",
        "Put the value into a variable first: $x = (…); \"$x\".")
    { Plain = PlainValue.Word };

    private static readonly TemplateObstacle EarlierComment = TemplateObstacle.Comment with { Plain = PlainValue.Word };

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_0123456789");

    private readonly ReadOnlySpan<char> _text;

    // A number for each open $( … ): how many parentheses are open in it. A string around it is open below it.
    private readonly Stack<int> _subexpressions = new();
    private readonly PowerShellStatements _statements = new();
    private int _at;

    /// <summary>Reads this template up to this index.</summary>
    public PowerShellTemplateReader(string template, int index)
    {
        _text = template.AsSpan(0, index);
    }

    /// <summary>The place at the end of the text.</summary>
    public TemplatePlace Read()
    {
        TemplateObstacle? obstacle = FindObstacle();

        // Behind an obstacle the reader lost its way: a plain value may be code where an expression may begin.
        bool isExpression = _at < _text.Length
            ? _text.TrimEnd() is [.., '=' or '(' or ',' or '+' or ';' or '|' or '&' or '{']
            : _statements.IsExpression(_text);
        return new TemplatePlace(obstacle, isExpression);
    }

    private TemplateObstacle? FindObstacle()
    {
        while (_at < _text.Length)
        {
            TemplateObstacle? obstacle = ReadCode();
            if (obstacle is not null)
            {
                return obstacle;
            }
        }

        return _subexpressions.Count > 0 ? Subexpression : null;
    }

    private TemplateObstacle? ReadCode()
    {
        char character = _text[_at];
        if (_subexpressions.Count > 0 && (character == '`' || Follows("\"\"")))
        {
            return Subexpression;
        }

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
                // It continues a line. Whether it escapes, depends on what sort of word it stands in.
                _at += 2;
                if (_at > _text.Length)
                {
                    return RightEscape;
                }

                if (!char.IsWhiteSpace(_text[_at - 1]))
                {
                    return EarlierEscape;
                }

                _at += _text[_at - 1] == '\r' && Follows("\n") ? 1 : 0;
                return null;
            case '@' when IsHereString():
                return _text[_at..].IndexOf($"\n{_text[_at + 1]}@") < 0 ? HereString : BehindHereString;
            case '#' or '<' when character == '#' || Follows("<#"):
                return SkipComment();
            case '-' when Follows("--%"):
                return StopParsing;
            case '$' when Follows("${"):
                return SkipVariable();
            case '$' when Follows("$(") && !IsWordStart():
                // In the middle of a word it is read as in a string.
                return Subexpression;
            case '(':
                return ChangeDepth(+1);
            case ')':
                return ChangeDepth(-1);
            default:
                ReadMark(character);
                return null;
        }
    }

    /// <summary>Reads on over one character, or over a variable of the template.</summary>
    private void ReadMark(char character)
    {
        _at++;
        switch (character)
        {
            case ';' or '\n' or '|':
            case '&' when Follows("&"):
                _at += character == '&' ? 1 : 0;
                _statements.Separate(_at);
                break;
            case '=':
                _statements.Equal(_text, _at - 1);
                break;
            case '{' when VariableLength() is > 0 and var length:
                _at += length;
                break;
            case '{':
                _statements.Open(_at > 1 && _text[_at - 2] == '@' ? '@' : '{', _at);
                break;
            case '}':
                _statements.Close();
                break;
        }
    }

    /// <summary>Length of a template variable's name and closing brace; 0 where none follows the brace.</summary>
    private readonly int VariableLength()
    {
        int length = _text[_at..].IndexOfAnyExcept(NameCharacters);
        return length > 0 && _text[_at + length] == '}' ? length + 1 : 0;
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

                _at++;
            }
            else if (Follows("$("))
            {
                _subexpressions.Push(1);
                _at += 2;
                _statements.Open('(', _at);
                return null;
            }
            else if (Follows("${"))
            {
                if (SkipVariable() is { } obstacle)
                {
                    return obstacle;
                }
            }
            else
            {
                _at += _text[_at] == '`' ? 2 : 1;
            }
        }

        return _at > _text.Length ? RightEscape : TemplateObstacle.Quotes;
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

    /// <summary><c>${name}</c>. A name may hold anything, quotes too; with more than a plain name it isn't followed.</summary>
    private TemplateObstacle? SkipVariable()
    {
        int start = _at + 2;
        TemplateObstacle? obstacle = SkipPast("}", TemplateObstacle.Quotes);
        if (obstacle is not null)
        {
            return obstacle;
        }

        foreach (char character in _text[start..(_at - 1)])
        {
            if (!char.IsLetterOrDigit(character) && !"_:.() ".Contains(character, StringComparison.Ordinal))
            {
                return OddVariable;
            }
        }

        return null;
    }

    private TemplateObstacle? ChangeDepth(int change)
    {
        _at++;
        if (change > 0)
        {
            _statements.Open('(', _at);
        }
        else
        {
            _statements.Close();
        }

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

    /// <summary>Inside a word a # is one character, but where a word ends is hard to tell: all behind it counts as comment.</summary>
    private TemplateObstacle? SkipComment()
    {
        if (!IsWordStart())
        {
            return EarlierComment;
        }

        bool isLine = _text[_at] == '#';
        TemplateObstacle? obstacle = SkipPast(isLine ? "\n" : "#>", TemplateObstacle.Comment);
        if (isLine && obstacle is null)
        {
            _statements.Separate(_at);
        }

        return obstacle;
    }

    private TemplateObstacle? SkipPast(string end, TemplateObstacle obstacle)
    {
        int length = _text[_at..].IndexOf(end);
        _at += length + end.Length;
        return length < 0 ? obstacle : null;
    }

    private readonly bool IsHereString() =>
        _at + 1 < _text.Length
        && (PowerShellQuoting.SingleQuotes + PowerShellQuoting.DoubleQuotes).Contains(_text[_at + 1], StringComparison.Ordinal);

    private readonly bool Follows(string text) => _text[_at..].StartsWith(text);

    private readonly bool IsWordStart() =>
        _at == 0 || char.IsWhiteSpace(_text[_at - 1]) || ";|&({".Contains(_text[_at - 1], StringComparison.Ordinal);
}
