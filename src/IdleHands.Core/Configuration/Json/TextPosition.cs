using System.Text;

namespace IdleHands.Configuration.Json;

/// <summary>Line and column of a byte, both from 1. It only goes forward, so that many findings cost one pass over the text.</summary>
internal struct TextPosition
{
    private int _offset;

    /// <summary>The first character.</summary>
    public TextPosition()
    {
    }

    /// <summary>Line, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Column in characters, from 1.</summary>
    public int Column { get; private set; } = 1;

    /// <summary>Goes to this offset; one that lies behind is left out.</summary>
    public void AdvanceTo(ReadOnlySpan<byte> text, int offset)
    {
        ReadOnlySpan<byte> passed = text[Math.Min(_offset, offset)..Math.Min(offset, text.Length)];
        _offset = Math.Max(_offset, offset);
        int lines = passed.Count((byte)'\n');
        if (lines > 0)
        {
            Line += lines;
            Column = 1;
            passed = passed[(passed.LastIndexOf((byte)'\n') + 1)..];
        }

        Column += Encoding.UTF8.GetCharCount(passed);
    }
}
