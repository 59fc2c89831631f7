using System.Globalization;

namespace IdleHands.Samples.SampleServer;

/// <summary>An argument that can't be used; the message is what llama-server would print.</summary>
internal sealed class OptionException(string message) : Exception(message);

/// <summary>What the command line asks for: llama-server's own options, and faults.</summary>
internal sealed class ServerOptions
{
    public string Model { get; private set; } = string.Empty;

    public string Host { get; private set; } = "127.0.0.1";

    public int Port { get; private set; } = 8080;

    /// <summary>Sorted, as llama-server keeps them; the first one is the model's id.</summary>
    public string[] Aliases { get; private set; } = [];

    public string[] ApiKeys { get; private set; } = [];

    /// <summary>The device that it says to have put the model on: <c>CUDA0</c>, say.</summary>
    public string Device { get; private set; } = "CPU";

    public int ContextSize { get; private set; } = 4096;

    /// <summary>How many replies are written at a time; later requests wait for a free slot.</summary>
    public int Parallel { get; private set; } = 1;

    /// <summary>False: <c>/slots</c> is not served.</summary>
    public bool ShowsSlots { get; private set; } = true;

    /// <summary>llama-server's options that change nothing here, as given.</summary>
    public List<string> Ignored { get; } = [];

    public bool Help { get; private set; }

    public TimeSpan LoadTime { get; private set; }

    /// <summary>It goes on loading until this file is there; null for none.</summary>
    public string? LoadUntil { get; private set; }

    public bool QuietLoad { get; private set; }

    public double TokensPerSecond { get; private set; } = 100;

    public TimeSpan? CrashAfter { get; private set; }

    public int CrashCode { get; private set; } = 134;

    public string? CrashMessage { get; private set; }

    public List<string> HangPaths { get; } = [];

    public bool IgnoreTerm { get; private set; }

    public bool Html { get; private set; }

    public string? ModelId { get; private set; }

    public bool EarlyModels { get; private set; }

    public TimeSpan? DieAfter { get; private set; }

    /// <summary>It crashes once it is ready and this file is there; null for none.</summary>
    public string? DieOn { get; private set; }

    public TimeSpan Lifetime { get; private set; } = TimeSpan.FromMinutes(10);

    /// <summary>The engine that it passes for, by its <c>owned_by</c>; null for llama.cpp.</summary>
    public string? Owner { get; private init; }

    /// <summary>The id that <c>/v1/models</c> shows.</summary>
    public string ServedId => ModelId ?? (Aliases.Length > 0 ? Aliases[0] : Model);

    public static ServerOptions Parse(string[] args)
    {
        args = EngineGuise.Translate(args, out string? owner);
        var options = new ServerOptions { Owner = owner };
        if (Environment.GetEnvironmentVariable("LLAMA_API_KEY") is { Length: > 0 } key)
        {
            options.ApiKeys = Split(key);
        }

        for (int index = 0; index < args.Length;)
        {
            index = options.Read(args, index);
        }

        if (options.Model.Length == 0 && !options.Help)
        {
            throw new OptionException("error: no model given, use -m FNAME (the sample server has no router mode)");
        }

        return options;
    }

    /// <summary>Takes in the argument at an index, with its value, and gives the index after it.</summary>
    private int Read(string[] args, int index)
    {
        string name = args[index];
        if (SetFlag(name))
        {
            return index + 1;
        }

        if (SetValue(name, args, index))
        {
            return index + 2;
        }

        if (LlamaOptions.IsFlag(name))
        {
            Ignored.Add(name);
            return index + 1;
        }

        if (LlamaOptions.TakesValue(name))
        {
            Ignored.Add(name + " " + ValueOf(args, index));
            return index + 2;
        }

        // Builds differ in whether -fa takes on/off/auto, so both forms pass.
        if (name is "-fa" or "--flash-attn")
        {
            bool hasValue = index + 1 < args.Length && args[index + 1] is "on" or "off" or "auto" or "0" or "1";
            Ignored.Add(hasValue ? name + " " + args[index + 1] : name);
            return hasValue ? index + 2 : index + 1;
        }

        throw new OptionException("error: invalid argument: " + name);
    }

    private bool SetFlag(string name)
    {
        switch (name)
        {
            case "-h" or "--help" or "--usage":
                Help = true;
                return true;
            case "--slots" or "--no-slots":
                ShowsSlots = name == "--slots";
                return true;
            case "--quiet-load":
                QuietLoad = true;
                return true;
            case "--ignore-term":
                IgnoreTerm = true;
                return true;
            case "--html":
                Html = true;
                return true;
            case "--early-models":
                EarlyModels = true;
                return true;
            default:
                return false;
        }
    }

    private bool SetValue(string name, string[] args, int index)
    {
        switch (name)
        {
            case "-m" or "--model":
                Model = ValueOf(args, index);
                return true;
            case "--host":
                Host = ValueOf(args, index);
                return true;
            case "--port":
                Port = WholeNumberOf(args, index, 0, 65535);
                return true;
            case "-a" or "--alias":
                Aliases = Split(ValueOf(args, index));
                Array.Sort(Aliases, StringComparer.Ordinal);
                return true;
            case "--api-key":
                ApiKeys = Split(ValueOf(args, index));
                return true;
            case "-c" or "--ctx-size":
                // 0 means "what the model was trained with"; the sample's models were trained with 131072.
                int size = WholeNumberOf(args, index, 0, int.MaxValue);
                ContextSize = size == 0 ? ModelList.TrainedContext : size;
                return true;
            case "-dev" or "--device":
                Device = ValueOf(args, index);
                return true;
            case "-np" or "--parallel":
                // -1 leaves the number to the server.
                Parallel = ValueOf(args, index) == "-1" ? 1 : WholeNumberOf(args, index, 1, 256);
                return true;
            default:
                return SetFault(name, args, index);
        }
    }

    private bool SetFault(string name, string[] args, int index)
    {
        switch (name)
        {
            case "--load-time":
                LoadTime = SecondsOf(args, index);
                return true;
            case "--load-until":
                LoadUntil = ValueOf(args, index);
                return true;
            case "--tokens-per-second":
                TokensPerSecond = NumberOf(args, index, 0.01);
                return true;
            case "--crash-after":
                CrashAfter = SecondsOf(args, index);
                return true;
            case "--crash-code":
                CrashCode = WholeNumberOf(args, index, 0, 255);
                return true;
            case "--crash-message":
                CrashMessage = ValueOf(args, index);
                return true;
            case "--hang":
                HangPaths.Add(ValueOf(args, index));
                return true;
            case "--model-id":
                ModelId = ValueOf(args, index);
                return true;
            case "--die-after":
                DieAfter = SecondsOf(args, index);
                return true;
            case "--die-on":
                DieOn = ValueOf(args, index);
                return true;
            case "--lifetime":
                Lifetime = SecondsOf(args, index);
                return true;
            default:
                return false;
        }
    }

    private static string ValueOf(string[] args, int index) =>
        index + 1 < args.Length
            ? args[index + 1]
            : throw new OptionException($"error while handling argument \"{args[index]}\": expected value for argument");

    private static int WholeNumberOf(string[] args, int index, int lowest, int highest)
    {
        string text = ValueOf(args, index);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= lowest && number <= highest
            ? number
            : throw BadValue(args[index], text);
    }

    private static double NumberOf(string[] args, int index, double lowest)
    {
        string text = ValueOf(args, index);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number >= lowest && number <= 1e6
            ? number
            : throw BadValue(args[index], text);
    }

    private static TimeSpan SecondsOf(string[] args, int index) => TimeSpan.FromSeconds(NumberOf(args, index, 0));

    private static OptionException BadValue(string name, string value) =>
        new($"error while handling argument \"{name}\": '{value}' is not a value it takes");

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
