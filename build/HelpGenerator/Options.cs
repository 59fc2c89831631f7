namespace IdleHands.HelpGenerator;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage =
        "HelpGenerator generate|check --assembly <dll> --documentation <xml> --references <file with a path a line> [--maml <file>] [--pages <folder>]\n" +
        "HelpGenerator schema <file>";

    /// <summary>True: compare and report; false: write.</summary>
    public required bool Check { get; init; }

    public required string Assembly { get; init; }

    public required string Documentation { get; init; }

    public required string References { get; init; }

    public string? Maml { get; init; }

    public string? Pages { get; init; }

    /// <summary>Reads the command line; null where it can't be understood.</summary>
    public static Options? Parse(IReadOnlyList<string> arguments)
    {
        string[] known = ["--assembly", "--documentation", "--references", "--maml", "--pages"];
        if (arguments.Count % 2 == 0 || arguments[0] is not ("generate" or "check"))
        {
            return null;
        }

        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int index = 1; index < arguments.Count; index += 2)
        {
            if (!known.Contains(arguments[index]) || !given.TryAdd(arguments[index], arguments[index + 1]))
            {
                return null;
            }
        }

        return known.Take(3).All(given.ContainsKey)
            ? new Options
            {
                Check = arguments[0] == "check",
                Assembly = given["--assembly"],
                Documentation = given["--documentation"],
                References = given["--references"],
                Maml = given.GetValueOrDefault("--maml"),
                Pages = given.GetValueOrDefault("--pages"),
            }
            : null;
    }
}
