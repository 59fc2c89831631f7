namespace IdleHands.Configuration.Exchange;

/// <summary>Kind of a value of a file to import.</summary>
internal enum SourceKind
{
    /// <summary>A single value.</summary>
    Scalar,

    /// <summary>A list.</summary>
    List,

    /// <summary>An object.</summary>
    Map,
}

/// <summary>Where something stands in a file, both from 1.</summary>
internal readonly record struct SourcePosition(long Line, long Column);

/// <summary>A value of a file to import, as it is written: what a bare word means, its key decides.</summary>
internal sealed class SourceNode
{
    /// <summary>What it is.</summary>
    public required SourceKind Kind { get; init; }

    /// <summary>Where it begins.</summary>
    public required SourcePosition Position { get; init; }

    /// <summary>The text of a single value.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>True for a single value without quotes.</summary>
    public bool IsPlain { get; init; }

    /// <summary>The elements of a list.</summary>
    public IReadOnlyList<SourceNode> Items { get; init; } = [];

    /// <summary>The members of an object.</summary>
    public IReadOnlyList<SourceMember> Members { get; init; } = [];

    /// <summary>How many values and characters it holds, at all depths.</summary>
    public long Weight { get; init; }
}

/// <summary>A member of an object.</summary>
internal readonly record struct SourceMember(string Key, SourcePosition Position, SourceNode Value);

/// <summary>A text that can't be read, and where.</summary>
internal sealed class SourceException(string message, SourcePosition position, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Where.</summary>
    public SourcePosition Position { get; } = position;
}
