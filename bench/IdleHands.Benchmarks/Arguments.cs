namespace IdleHands.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Help =
        """
        Measures what IdleHands promises about speed, each beside its baseline.

        dotnet run -c Release --project bench/IdleHands.Benchmarks -- [import] [plan] [scan] [fleet] [add] [apply] [gguf] [--quick] [--check]

          import    Import-Module, beside an empty binary module
          plan      a dry-run plan over 2,000 models, beside JsonDocument
          scan      Test-IHHealth over 101 ports, beside a bare HttpClient
          fleet     Test-IHHealth over 40 hosts by ssh, beside 40 bare logins
          add       2,000 models in one pipeline, beside writing the file once
          apply     2,000 models of a YAML file imported, beside writing and parsing the file once
                    (all five where none is named)
          --quick   fewer samples: for a look, not for a figure
          --check   exit code 1 where a ratio is above what is promised

        """;

    /// <summary>Names of what to measure; empty for all.</summary>
    public IReadOnlyList<string> Filter { get; private init; } = [];

    /// <summary>Fewer samples.</summary>
    public bool Quick { get; private init; }

    /// <summary>A ratio above its limit is a failure.</summary>
    public bool Check { get; private init; }

    /// <summary>Only the help text is wanted.</summary>
    public bool ShowHelp { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">A word is not known.</exception>
    public static Arguments Parse(IEnumerable<string> words, IReadOnlyCollection<string> names)
    {
        var filter = new List<string>();
        var arguments = new Arguments { Filter = filter };
        foreach (string word in words)
        {
            switch (word)
            {
                case "--quick":
                    arguments = arguments with { Quick = true };
                    break;
                case "--check":
                    arguments = arguments with { Check = true };
                    break;
                case "--help" or "-h":
                    arguments = arguments with { ShowHelp = true };
                    break;
                case var name when names.Contains(name):
                    filter.Add(name);
                    break;
                default:
                    throw new ArgumentException($"'{word}' is not known; what can be measured is: {string.Join(", ", names)}.");
            }
        }

        return arguments;
    }
}
