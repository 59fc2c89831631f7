namespace IdleHands.Templates;

/// <summary>sh and bash.</summary>
internal sealed class PosixQuoting : ShellQuoting
{
    private PosixQuoting()
    {
    }

    /// <summary>The only one: it has no state.</summary>
    public static PosixQuoting Instance { get; } = new();

    /// <inheritdoc />
    /// <remarks>The program env, and not a bare assignment, so that it also works behind nohup.</remarks>
    public override string SetPrefix => "env ";

    /// <inheritdoc />
    public override string Quote(string value) => "'" + value.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    /// <inheritdoc />
    public override string SetVariable(string name, string value) =>
        name + "=" + (value.Length == 0 || IsBare(value) ? value : Quote(value)) + " ";

    /// <inheritdoc />
    public override bool CanSetInsideQuotes(string value) => value.Length == 0 || IsSafe(value);

    /// <inheritdoc />
    public override TemplatePlace ReadPlace(string template, int index) => new(new PosixTemplateReader(template, index).Read());
}
