namespace IdleHands.Configuration.Json;

/// <summary>The white space of an object or list that has none of its own to go by.</summary>
/// <param name="NewLine">The line break of the file.</param>
/// <param name="Indent">White space at the beginning of the line it stands on.</param>
/// <param name="MemberIndent">White space before each member.</param>
internal sealed record JsonLayout(string NewLine, string Indent, string MemberIndent)
{
    private const string TidyStep = "  ";

    /// <summary>What one level adds.</summary>
    private string Step { get; init; } = TidyStep;

    /// <summary>True when all stands on one line.</summary>
    public bool IsInline { get; private init; }

    /// <summary>Before the first member.</summary>
    public string Lead => IsInline ? string.Empty : NewLine + MemberIndent;

    /// <summary>Between two members, with the comma.</summary>
    public string Gap => IsInline ? ", " : "," + NewLine + MemberIndent;

    /// <summary>Behind the last member.</summary>
    public string Tail => IsInline ? string.Empty : NewLine + Indent;

    /// <summary>The same on one line.</summary>
    public JsonLayout AsInline => this with { IsInline = true };

    /// <summary>The layout of what a member of this holds.</summary>
    public JsonLayout Deeper => this with
    {
        Indent = MemberIndent,
        MemberIndent = MemberIndent + Step,
    };

    /// <summary>The layout of the outermost object.</summary>
    public static JsonLayout Outermost(string newLine) => new(newLine, string.Empty, TidyStep);

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
        bool isDeeper = indent.Length > Indent.Length && indent.StartsWith(Indent, StringComparison.Ordinal);
        return this with { MemberIndent = indent, IsInline = false, Step = isDeeper ? indent[Indent.Length..] : Step };
    }
}
