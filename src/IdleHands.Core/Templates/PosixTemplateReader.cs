namespace IdleHands.Templates;

/// <summary>
/// Reads a POSIX shell command up to an index and tells whether a quoted literal stays literal there. Where it can't
/// follow the shell (a here-document, an apostrophe in an expansion inside quotes), it says no rather than guess.
/// </summary>
internal ref struct PosixTemplateReader
{
    private static readonly TemplateObstacle Backticks = new(
        "stands inside backticks",
        "Write $(…) instead of the backticks, with the variable unquoted in it.");

    private static readonly TemplateObstacle Expansion = new(
        "stands inside ${…} or arithmetic of the shell",
        "Put the value into a variable of the shell first: x={source}; … ${x}.");

    private static readonly TemplateObstacle HereDocument = new(
        "stands in or behind a here-document",
        "Pass the value as an argument instead, before the here-document.");

    private static readonly TemplateObstacle Unclear = new(
        "stands behind quotes that sh and bash read differently",
        "Write the quotes before the variable in a plainer form.");

    private readonly ReadOnlySpan<char> _text;
    private readonly Stack<Frame> _frames;
    private int _at;
    private bool _hereDocumentAhead;

    /// <summary>Reads this template up to this index.</summary>
    public PosixTemplateReader(string template, int index)
    {
        _text = template.AsSpan(0, index);
        _frames = new Stack<Frame>([new Frame(FrameKind.Commands)]);
    }

    private enum FrameKind
    {
        Commands,
        DoubleQuotes,
        Expansion,
        Arithmetic,
    }

    private readonly FrameKind Top => _frames.Peek().Kind;

    /// <summary>The obstacle at the end of the text; null where a quoted literal is fine.</summary>
    public TemplateObstacle? Read()
    {
        while (_at < _text.Length)
        {
            TemplateObstacle? obstacle = Top == FrameKind.Commands ? ReadCommands() : ReadNested();
            if (obstacle is not null)
            {
                return obstacle;
            }
        }

        return Top switch
        {
            FrameKind.Commands => null,
            FrameKind.DoubleQuotes => TemplateObstacle.Quotes,
            _ => Expansion,
        };
    }

    private TemplateObstacle? ReadCommands()
    {
        char character = _text[_at];
        switch (character)
        {
            case '\'':
                return SkipPast('\'', TemplateObstacle.Quotes);
            case '#' when IsWordStart():
                return SkipPast('\n', TemplateObstacle.Comment) ?? (_hereDocumentAhead ? HereDocument : null);
            case '\n' when _hereDocumentAhead:
                return HereDocument;
            case '<' when Follows("<<<"):
                _at += 3;
                return null;
            case '<' when Follows("<<"):
                _hereDocumentAhead = true;
                _at += 2;
                return null;
            case '(' when Follows("(("):
                Open(FrameKind.Arithmetic, 2, depth: 2);
                return null;
            case '(':
                _frames.Peek().Depth++;
                _at++;
                return null;
            case ')':
                Close();
                return null;
            default:
                return ReadShared(character);
        }
    }

    private TemplateObstacle? ReadNested()
    {
        char character = _text[_at];
        switch (Top, character)
        {
            case (FrameKind.DoubleQuotes, '"'):
            case (FrameKind.Expansion, '}'):
                _frames.Pop();
                _at++;
                return null;
            case (FrameKind.DoubleQuotes, _):
                return ReadShared(character);
            case (FrameKind.Expansion, '\''):
            case (FrameKind.Arithmetic, '\''):
                // Whether it quotes depends on the shell, the operator and the quotes around.
                return Unclear;
            case (FrameKind.Arithmetic, '('):
                _frames.Peek().Depth++;
                _at++;
                return null;
            case (FrameKind.Arithmetic, ')'):
                Close();
                return null;
            default:
                return ReadShared(character);
        }
    }

    /// <summary>What means the same inside double quotes and outside.</summary>
    private TemplateObstacle? ReadShared(char character)
    {
        switch (character)
        {
            case '\\':
                _at += 2;
                return _at > _text.Length ? TemplateObstacle.Escape : null;
            case '"':
                Open(FrameKind.DoubleQuotes, 1);
                return null;
            case '`':
                return SkipBackticks();
            case '$' when Follows("$(("):
                Open(FrameKind.Arithmetic, 3, depth: 2);
                return null;
            case '$' when Follows("$("):
                Open(FrameKind.Commands, 2, depth: 1);
                return null;
            case '$' when Follows("${"):
                Open(FrameKind.Expansion, 2);
                return null;
            case '$' when Follows("$'") && Top == FrameKind.Commands:
                return SkipAnsiQuotes();
            default:
                _at++;
                return null;
        }
    }

    private TemplateObstacle? SkipPast(char end, TemplateObstacle obstacle)
    {
        int length = _text[(_at + 1)..].IndexOf(end);
        _at += length + 2;
        return length < 0 ? obstacle : null;
    }

    private TemplateObstacle? SkipBackticks()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == '`')
            {
                _at++;
                return null;
            }

            if (_text[_at] == '\\')
            {
                _at++;
            }
        }

        return Backticks;
    }

    /// <summary><c>$'…'</c>: bash lets a backslash escape the closing quote, an older sh doesn't.</summary>
    private TemplateObstacle? SkipAnsiQuotes()
    {
        _at++;
        int start = _at;
        TemplateObstacle? obstacle = SkipPast('\'', TemplateObstacle.Quotes);
        return obstacle is null && _text[start.._at].Contains('\\') ? Unclear : obstacle;
    }

    private readonly bool Follows(string text) => _text[_at..].StartsWith(text);

    private readonly bool IsWordStart() => _at == 0 || " \t\r\n;|&()<>`".Contains(_text[_at - 1], StringComparison.Ordinal);

    private void Open(FrameKind kind, int length, int depth = 0)
    {
        _frames.Push(new Frame(kind) { Depth = depth });
        _at += length;
    }

    private void Close()
    {
        Frame frame = _frames.Peek();
        frame.Depth--;
        if (frame.Depth == 0 && _frames.Count > 1)
        {
            _frames.Pop();
        }

        _at++;
    }

    private sealed class Frame(FrameKind kind)
    {
        public FrameKind Kind { get; } = kind;

        public int Depth { get; set; }
    }
}
