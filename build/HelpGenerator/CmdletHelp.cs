namespace IdleHands.HelpGenerator;

/// <summary>Everything the help of one cmdlet says.</summary>
internal sealed record CmdletHelp
{
    public required string Name { get; init; }

    public required string Synopsis { get; init; }

    public required IReadOnlyList<HelpBlock> Description { get; init; }

    public required IReadOnlyList<ParameterSetHelp> ParameterSets { get; init; }

    /// <summary>Each parameter once, by name.</summary>
    public required IReadOnlyList<ParameterHelp> Parameters { get; init; }

    public required IReadOnlyList<string> OutputTypes { get; init; }

    public required IReadOnlyList<ExampleHelp> Examples { get; init; }

    public required IReadOnlyList<LinkHelp> Links { get; init; }
}

/// <summary>One way to call a cmdlet.</summary>
/// <param name="Name">Name of the parameter set.</param>
/// <param name="IsDefault">True for the one that is taken when the parameters don't tell.</param>
/// <param name="Parameters">Its parameters in the order of the syntax.</param>
internal sealed record ParameterSetHelp(string Name, bool IsDefault, IReadOnlyList<ParameterUse> Parameters);

/// <summary>A parameter as one parameter set binds it.</summary>
internal sealed record ParameterUse
{
    /// <summary>The set; null where it belongs to all.</summary>
    public required string? SetName { get; init; }

    public required ParameterHelp Parameter { get; init; }

    public bool Mandatory { get; init; }

    /// <summary>Null for a parameter that is given by name only.</summary>
    public int? Position { get; init; }

    public bool ByValue { get; init; }

    public bool ByPropertyName { get; init; }

    public bool FromRemaining { get; init; }

    public string PipelineInput => (ByValue, ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    public string PositionText => Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named";
}

/// <summary>A parameter, whatever set uses it.</summary>
internal sealed record ParameterHelp
{
    public required string Name { get; init; }

    /// <summary>Type as PowerShell writes it, e.g. <c>string[]</c>.</summary>
    public required string TypeName { get; init; }

    public required string TypeFullName { get; init; }

    public bool IsSwitch { get; init; }

    public required IReadOnlyList<HelpBlock> Description { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<string> AcceptedValues { get; init; } = [];

    public string? DefaultValue { get; init; }

    public bool Wildcards { get; init; }
}

/// <summary>An example: what is typed, and what it does.</summary>
internal sealed record ExampleHelp(string Code, IReadOnlyList<HelpBlock> Remarks);

/// <summary>A related command, topic or page.</summary>
internal sealed record LinkHelp(string Text, string? Address, bool IsCmdlet);

/// <summary>A paragraph, list item or piece of code, once for a console and once for Markdown.</summary>
internal sealed record HelpBlock(HelpBlockKind Kind, string Plain, string Markdown);

/// <summary>How a block is set.</summary>
internal enum HelpBlockKind
{
    Paragraph,
    Item,
    Code,
}
