using System.Text;

namespace IdleHands.Diagnostics;

/// <summary>Parts a command into words and operators as sh does, without expanding anything.</summary>
internal sealed class PosixTokens(string text)
{
    private static readonly string[] Operators = ["&&", "||", ";;", "&>>", "&>", "|&", ";", "&", "|", "(", ")", "\n"];

    /// <summary>Longest first. A here-document ends the reading: what follows is text.</summary>
    private static readonly string[] Redirections = ["<<<", "<<", ">>", ">&", "<&", ">|", "<>", ">", "<"];

    private readonly List<ShellToken> _tokens = [];
    private readonly StringBuilder _word = new();
    private int _at;
    private bool _isWord;
    private bool _isLiteral = true;
    private bool _isQuoted;

    /// <summary>The tokens, as far as they can be told. A redirection and its target are left out.</summary>
    public IReadOnlyList<ShellToken> Read()
    {
        bool isTarget = false;
        while (_at < text.Length)
        {
            char character = text[_at];
            if (character is ' ' or '\t' or '\r')
            {
                _at++;
                isTarget &= !EndWord(isTarget);
            }
            else if (character == '#' && !_isWord)
            {
                int end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
            }
            else if (Match(Operators) is { } found && found is not ("&>" or "&>>"))
            {
                isTarget &= !EndWord(isTarget);
                _tokens.Add(new ShellToken(found == "\n" ? ";" : found, IsOperator: true));
                _at += found.Length;
            }
            else if ((Match(Redirections) ?? Match(["&>>", "&>"])) is { } redirection)
            {
                if (redirection == "<<" || text.AsSpan(_at + redirection.Length).StartsWith("("))
                {
                    return _tokens; // A here-document or the output of a command: no longer told from text.
                }

                // A number right before it is the descriptor that is meant.
                EndWord(isTarget || (_isWord && !_isQuoted && _word.ToString().All(char.IsAsciiDigit)));
                isTarget = true;
                _at += redirection.Length;
            }
            else
            {
                ReadWordPart(character);
            }
        }

        EndWord(isTarget);
        return _tokens;
    }

    private string? Match(string[] all) => Array.Find(all, one => string.CompareOrdinal(text, _at, one, 0, one.Length) == 0);

    private void ReadWordPart(char character)
    {
        _isWord = true;
        switch (character)
        {
            case '\'':
                _isQuoted = true;
                int close = text.IndexOf('\'', _at + 1);
                close = close < 0 ? text.Length : close;
                _word.Append(text, _at + 1, close - _at - 1);
                _at = Math.Min(text.Length, close + 1);
                break;
            case '"':
                _isQuoted = true;
                ReadDoubleQuotes();
                break;
            case '\\':
                if (_at + 1 < text.Length && text[_at + 1] != '\n')
                {
                    _word.Append(text[_at + 1]);
                }

                _isWord = _word.Length > 0 || _isQuoted;
                _at = Math.Min(text.Length, _at + 2);
                break;
            case '$' or '`':
                ReadExpansion();
                break;
            default:
                _isLiteral &= character is not ('*' or '?' or '[') || IsTest();
                _word.Append(character);
                _at++;
                break;
        }
    }

    /// <summary>The word <c>[</c> or <c>[[</c>, which is a command and no pattern.</summary>
    private bool IsTest() => text.AsSpan(_at) is var rest && (rest.StartsWith("[ ") || rest.StartsWith("[[ "));

    private void ReadDoubleQuotes()
    {
        for (_at++; _at < text.Length && text[_at] != '"';)
        {
            if (text[_at] is '$' or '`')
            {
                ReadExpansion();
                continue;
            }

            if (text[_at] == '\\' && _at + 1 < text.Length)
            {
                _at++;
            }

            _word.Append(text[_at++]);
        }

        _at = Math.Min(text.Length, _at + 1);
    }

    /// <summary>The home directory is the one variable whose value is known on every host; any other leaves the word open.</summary>
    private void ReadExpansion()
    {
        foreach (string home in (string[])["${HOME}/", "$HOME/"])
        {
            if (_word.Length == 0 && string.CompareOrdinal(text, _at, home, 0, home.Length) == 0)
            {
                _word.Append("~/");
                _at += home.Length;
                return;
            }
        }

        _isLiteral = false;
        _word.Append('$');
        if (text[_at] == '`')
        {
            SkipTo('`');
        }
        else if (text.AsSpan(_at).StartsWith("$("))
        {
            SkipNested('(', ')');
        }
        else if (text.AsSpan(_at).StartsWith("${"))
        {
            SkipNested('{', '}');
        }
        else
        {
            _at++;
        }
    }

    private void SkipTo(char end)
    {
        int close = text.IndexOf(end, _at + 1);
        _at = close < 0 ? text.Length : close + 1;
    }

    private void SkipNested(char open, char close)
    {
        int depth = 0;
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] == '\'')
            {
                SkipTo('\'');
                _at--;
            }
            else if (text[_at] == open)
            {
                depth++;
            }
            else if (text[_at] == close && --depth == 0)
            {
                _at++;
                return;
            }
        }
    }

    /// <summary>Ends the word that is read, where there is one; false where there is none.</summary>
    private bool EndWord(bool isLeftOut)
    {
        if (!_isWord)
        {
            return false;
        }

        if (!isLeftOut)
        {
            _tokens.Add(new ShellToken(_word.ToString()) { IsLiteral = _isLiteral, IsQuoted = _isQuoted });
        }

        _word.Clear();
        (_isWord, _isLiteral, _isQuoted) = (false, true, false);
        return true;
    }
}
