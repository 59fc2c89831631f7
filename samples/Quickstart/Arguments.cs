namespace IdleHands.Samples.Quickstart;

/// <summary>What the quickstart is to do.</summary>
internal enum Mode
{
    Tour,
    Command,
    Interactive,
    Help,
}

/// <summary>The command line.</summary>
internal sealed record Arguments
{
    public const string Help =
        """
        quickstart: the PowerShell engine with the IdleHands module in it.

          dotnet run --project samples/Quickstart
              A tour: adds a host, a backend and two models, selects them, looks at their health, shows a failure.
              Runs in a temporary directory and leaves no process and no file behind.

          dotnet run --project samples/Quickstart -- -Command "Get-IHModel"
              Runs PowerShell. The exit code is 1 when it wrote an error.

          dotnet run --project samples/Quickstart -- -Interactive
              A prompt; 'exit' ends it, Ctrl-C stops the running command.

          dotnet run --project samples/Quickstart -- --llama-server <path> --model <file.gguf>
              The tour with a real llama-server instead of the sample one.

        -Command and -Interactive use the directories in IDLEHANDS_CONFIG_DIR and IDLEHANDS_STATE_DIR where these are
        set, and temporary ones otherwise; what runs under a temporary one is stopped at the end. 'sample-server', which
        looks like llama-server from outside, is on their PATH, and $model is a file that it takes for a model. The
        engine holds PowerShell's core only: no Select-Object, no ConvertTo-Json.

        """;

    public Mode Mode { get; private init; }

    /// <summary>The PowerShell to run.</summary>
    public string? Command { get; private init; }

    /// <summary>A real llama-server; null for the sample server.</summary>
    public string? LlamaServer { get; private init; }

    /// <summary>The model for a real llama-server.</summary>
    public string? Model { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">It asks for what there isn't; the message says what.</exception>
    public static Arguments Parse(string[] args)
    {
        var arguments = new Arguments();
        for (int index = 0; index < args.Length; index++)
        {
            // One dash or two, any case: people type what their shell taught them.
            switch (args[index].TrimStart('-').ToUpperInvariant())
            {
                case "H" or "HELP" or "?":
                    return new Arguments { Mode = Mode.Help };
                case "C" or "COMMAND":
                    arguments = arguments with { Mode = Mode.Command, Command = Value(args, ref index) };
                    break;
                case "I" or "INTERACTIVE":
                    arguments = arguments with { Mode = Mode.Interactive };
                    break;
                case "LLAMA-SERVER":
                    arguments = arguments with { LlamaServer = ExistingFile(Value(args, ref index)) };
                    break;
                case "MODEL":
                    arguments = arguments with { Model = ExistingFile(Value(args, ref index)) };
                    break;
                default:
                    throw new ArgumentException($"'{args[index]}' is not an option.");
            }
        }

        if (arguments.LlamaServer is null != arguments.Model is null)
        {
            throw new ArgumentException("--llama-server and --model go together.");
        }

        if (arguments is { LlamaServer: not null, Mode: not Mode.Tour })
        {
            throw new ArgumentException("--llama-server is for the tour; -Command and -Interactive name their server in a start command.");
        }

        return arguments;
    }

    private static string Value(string[] args, ref int index) =>
        ++index < args.Length ? args[index] : throw new ArgumentException($"'{args[index - 1]}' needs a value.");

    private static string ExistingFile(string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw new ArgumentException($"There is no file '{path}'.");
}
