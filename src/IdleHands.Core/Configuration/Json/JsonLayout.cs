namespace IdleHands.Configuration.Json;

/// <summary>The white space of an object or list that has none of its own to go by.</summary>
internal sealed class JsonLayout
{
    private const string TidyStep = "  ";
    private readonly string _newLine;
    private readonly string _memberIndent;
    private readonly string _step;
    private readonly string _indent;
    private readonly bool _isInline;
    private JsonLayout? _deeper;

    private JsonLayout(string newLine, string indent, string memberIndent, string step, bool isInline)
    {
        _newLine = newLine;
        _indent = indent;
        _memberIndent = memberIndent;
        _step = step;
        _isInline = isInline;
        Lead = isInline ? string.Empty : newLine + memberIndent;
        Gap = isInline ? ", " : "," + newLine + memberIndent;
        Tail = isInline ? string.Empty : newLine + indent;
    }

    /// <summary>Before the first member.</summary>
    public string Lead { get; }

    /// <summary>Between two members, with the comma.</summary>
    public string Gap { get; }

    /// <summary>Behind the last member.</summary>
    public string Tail { get; }

    /// <summary>The same on one line.</summary>
    public JsonLayout AsInline => new(_newLine, _indent, _memberIndent, _step, isInline: true);

    /// <summary>The layout of what a member of this holds.</summary>
    public JsonLayout Deeper => _deeper ??= new JsonLayout(_newLine, _memberIndent, _memberIndent + _step, _step, _isInline);

    /// <summary>The layout of the outermost object: a line a member, two spaces a level.</summary>
    public static JsonLayout Outermost(string newLine) => new(newLine, string.Empty, TidyStep, TidyStep, isInline: false);

    /// <summary>The layout that an object or list has; this one where it has no member to tell.</summary>
    public JsonLayout Of(JsonContainer container, ReadOnlySpan<byte> json)
    {
        if (container.Members.Count == 0)
        {
            return this;
        }

        if (!container.IsMultiLine(json))
        {
            return AsInline;
        }

        string indent = container.GetIndent(json);
        bool isDeeper = indent.Length > _indent.Length && indent.StartsWith(_indent, StringComparison.Ordinal);
        return new JsonLayout(_newLine, _indent, indent, isDeeper ? indent[_indent.Length..] : _step, isInline: false);
    }
}
