namespace IdleHands.Samples.SampleServer;

/// <summary>
/// Other engines as far as their command lines go: <c>--guise vllm serve …</c> takes what that engine takes, refuses what
/// it doesn't know, and serves as that engine would. What stands before <c>--guise</c> is for the sample server.
/// </summary>
internal static class EngineGuise
{
    private const string Switch = "--guise";

    /// <summary>Options that the sample server has an own one for, by engine.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> Values = new(StringComparer.Ordinal)
    {
        ["vllm"] = new() { ["--served-model-name"] = "--alias", ["--host"] = "--host", ["--port"] = "--port", ["--max-model-len"] = "-c" },
        ["sglang"] = new() { ["--model-path"] = "-m", ["--served-model-name"] = "--alias", ["--host"] = "--host", ["--port"] = "--port", ["--context-length"] = "-c" },
        ["koboldcpp"] = new() { ["--model"] = "-m", ["--host"] = "--host", ["--port"] = "--port", ["--contextsize"] = "-c", ["--mmproj"] = "--mmproj" },
        ["mlx-lm"] = new() { ["--model"] = "-m", ["--host"] = "--host", ["--port"] = "--port" },
    };

    /// <summary>The word that each engine writes as <c>owned_by</c>.</summary>
    private static readonly Dictionary<string, string> Owners = new(StringComparer.Ordinal)
    {
        ["vllm"] = "vllm",
        ["sglang"] = "sglang",
        ["ollama"] = "library",
        ["koboldcpp"] = "koboldcpp",
        ["mlx-lm"] = "mlx",
    };

    /// <summary>Arguments of the sample server for those of an engine; other arguments as they are.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="owner">What the engine writes as <c>owned_by</c>; null for llama.cpp.</param>
    /// <exception cref="OptionException">The engine would refuse them.</exception>
    public static string[] Translate(string[] args, out string? owner)
    {
        int at = Array.IndexOf(args, Switch);
        owner = null;
        if (at < 0)
        {
            return args;
        }

        string engine = at + 1 < args.Length ? args[at + 1] : throw new OptionException("error: --guise needs the name of an engine");
        owner = Owners.GetValueOrDefault(engine);
        string[] own = args[..at];
        string[] given = args[(at + 2)..];
        return
        [
            .. own,
            .. engine switch
            {
                "llama-server" => given.Contains("--models-dir") ? Router(given) : given,
                "vllm" => Map(engine, Behind(given, "serve"), positional: true),
                "sglang" => Map(engine, Behind(given, "-m", "sglang.launch_server"), positional: false),
                "ollama" => Ollama(given),
                "koboldcpp" => Kobold(given),
                "mlx-lm" => Map(engine, given, positional: false),
                "docker" => Container(given),
                _ => throw new OptionException($"error: there is no guise of '{engine}'"),
            },
        ];
    }

    /// <summary>All files of a directory, by their names; the first is the one that is there.</summary>
    private static string[] Router(string[] given)
    {
        string[] kept = given;
        string directory = Take(ref kept, "--models-dir");
        string[] files = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.gguf") : [];
        return files.Length == 0
            ? throw new OptionException($"error: no models in '{directory}'")
            : ["-m", files.Order(StringComparer.Ordinal).First(), "--alias", string.Join(',', files.Select(Path.GetFileNameWithoutExtension)), .. kept];
    }

    private static string[] Ollama(string[] given)
    {
        string[] kept = given;
        string tags = Take(ref kept, "--pulled");
        if (kept is not ["serve"])
        {
            throw new OptionException($"Error: unknown command \"{string.Join(' ', kept)}\" for \"ollama\"");
        }

        string address = Environment.GetEnvironmentVariable("OLLAMA_HOST") ?? "127.0.0.1:11434";
        int colon = address.LastIndexOf(':');
        string? context = Environment.GetEnvironmentVariable("OLLAMA_CONTEXT_LENGTH");
        return ["-m", tags, "--host", address[..colon], "--port", address[(colon + 1)..], "--alias", tags, .. context is null ? [] : (string[])["-c", context]];
    }

    /// <summary>The name that KoboldCpp serves keeps letters, digits, and <c>._-</c> of the file's.</summary>
    private static string[] Kobold(string[] given)
    {
        string[] flags = ["--skiplauncher", "--quiet"];
        string[] mapped = Map("koboldcpp", [.. given.Except(flags)], positional: false);
        string name = Path.GetFileNameWithoutExtension(mapped[Array.IndexOf(mapped, "-m") + 1]);
        return [.. mapped, "--alias", "koboldcpp/" + string.Concat(name.Where(letter => char.IsLetterOrDigit(letter) || letter is '.' or '_' or '-'))];
    }

    /// <summary><c>docker run</c> of llama.cpp's image: the port and the directory that are led into the container lead out of it again.</summary>
    private static string[] Container(string[] given)
    {
        string[] kept = Behind(given, "run");
        string name = Take(ref kept, "--name");
        string[] port = Take(ref kept, "-p").Split(':');
        string[] mount = Take(ref kept, "-v").Split(':');
        if (name.Length == 0 || port is not ["127.0.0.1", _, "8080"] || mount is not [_, "/models", "ro"] || kept is not ["--rm", "ghcr.io/ggml-org/llama.cpp:server", ..])
        {
            throw new OptionException("docker: this is not how the image of llama.cpp is run. See 'docker run --help'.");
        }

        string[] server = kept[2..];
        string file = Take(ref server, "-m");
        if (Take(ref server, "--host") != "0.0.0.0" || Take(ref server, "--port") != "8080")
        {
            throw new OptionException("docker: the port that is published is not the one that the server listens on.");
        }

        return ["-m", file.Replace("/models", mount[0], StringComparison.Ordinal), "--port", port[1], .. server];
    }

    private static string[] Behind(string[] given, params string[] first) =>
        given.Take(first.Length).SequenceEqual(first) ? given[first.Length..] : throw new OptionException($"error: expected '{string.Join(' ', first)}' first");

    private static string[] Map(string engine, string[] given, bool positional)
    {
        var mapped = new List<string>();
        for (int index = 0; index < given.Length; index += 2)
        {
            if (positional && index == 0)
            {
                mapped.AddRange("-m", given[0]);
                index = -1;
            }
            else if (Values[engine].TryGetValue(given[index], out string? own) && index + 1 < given.Length)
            {
                mapped.AddRange(own, given[index + 1]);
            }
            else
            {
                throw new OptionException($"{engine}: error: unrecognized arguments: {given[index]}");
            }
        }

        return [.. mapped];
    }

    /// <summary>Takes an option out of a command line, and gives its value.</summary>
    private static string Take(ref string[] given, string name)
    {
        int at = Array.IndexOf(given, name);
        if (at < 0 || at + 1 >= given.Length)
        {
            throw new OptionException($"error: {name} is missing");
        }

        string value = given[at + 1];
        given = [.. given[..at], .. given[(at + 2)..]];
        return value;
    }
}
