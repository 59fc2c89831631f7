using System.Text.RegularExpressions;
using IdleHands.Gguf;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Engines;

/// <summary>
/// Fills in what an engine needs and a model's entry does not say: commands, the name it is served under, the context
/// window. Pure; what the entry says already stays.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="shell">The shell that will read the commands: a word of <c>shell</c>.</param>
internal sealed partial class EngineFill(Engine engine, string shell)
{
    /// <summary>Longest context window that is put into an entry by itself. Models are trained for far more than most machines have memory for.</summary>
    public const int LongestContext = 32_768;

    /// <summary>Marks a repository as a source that is no path.</summary>
    private const string RepositoryScheme = "hf:";

    private readonly ShellQuoting _quoting = ShellQuoting.Of(ShellDialects.Parse(shell));

    /// <summary>Fills an entry in.</summary>
    /// <param name="model">The entry.</param>
    /// <param name="file">What its file says; null where it could not be read.</param>
    /// <exception cref="IdleHandsException"><c>EngineSourceInvalid</c>: the engine can't serve it, or a command can't name it.</exception>
    public RuntimeModel Fill(RuntimeModel model, GgufFile? file)
    {
        if (FindProblem(model.Source) is { } problem)
        {
            throw Refused(model, problem);
        }

        string? repository = RepositoryOf(model.Source);
        string tag = TagOf(model.Source);
        int? context = model.ContextWindow ?? (int?)Math.Min(file?.ContextLength ?? 0, LongestContext);
        context = context is 0 ? null : context;
        string? mmproj = file?.Sidecars.Where(IsProjector).Take(2).ToArray() is [var only] ? only : null;
        string path = file?.Path ?? model.Source;
        string name = ShardSet.FileNameOf(path);
        string folder = path.Length > name.Length ? path[..^(name.Length + 1)] : ".";
        string directory = folder.Length > 0 ? folder : "/";
        string start = model.StartCommand.Length > 0 ? model.StartCommand : Of(engine.Start)!;
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["source"] = IsUrl(model.Source) ? engine.UrlArgument : repository is null ? engine.FileArgument : engine.RepositoryArgument?.Replace("<repository>", Literal(repository), StringComparison.Ordinal),
            ["context"] = context is null ? null : Of(engine.ContextArguments) ?? engine.ContextArgument,
            ["mmproj"] = mmproj is null ? null : IfUsed("mmproj", () => engine.MmprojArgument?.Replace("<mmproj_path>", Literal(mmproj), StringComparison.Ordinal)),
            ["directory"] = IfUsed("directory", () => Literal(directory)),
            ["directory_mount"] = IfUsed("directory_mount", () => Literal(MountOf(directory) + ":/models:ro")),
            ["mounted_file"] = IfUsed("mounted_file", () => Literal("/models/" + name)),
            ["tag"] = tag,
            ["file_name"] = WithoutExtension(name),
            ["plain_file_name"] = NoPlainCharacters().Replace(WithoutExtension(name), string.Empty),
        };
        return model with
        {
            Source = SourceOf(model.Source, path, repository, tag),
            ContextWindow = context,
            StartCommand = model.StartCommand.Length > 0 ? start : Replace(start, values),
            ProbeCommand = model.ProbeCommand ?? Of(engine.Probe),
            StatusCommand = model.StatusCommand ?? engine.Status,
            ServedName = model.ServedName ?? (engine.ServedName is null ? null : Replace(engine.ServedName, values)),
        };

        string? IfUsed(string slot, Func<string?> value) => start.Contains($"<{slot}>", StringComparison.Ordinal) ? value() : null;

        // Between braces stands a variable for whoever renders the command, quoted or not.
        string Literal(string value)
        {
            foreach (TemplateVariable variable in TemplateVariables.Scan(value))
            {
                throw Refused(model, $"a command can't name '{value}', because {{{variable.Name}}} is a variable there; rename it");
            }

            return _quoting.IsBare(value) ? value : _quoting.Quote(value);
        }
    }

    /// <summary>An address to download from.</summary>
    private static bool IsUrl(string source) =>
        source.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Why the engine can't serve a source; null where it can.</summary>
    private string? FindProblem(string source)
    {
        bool isPath = ModelSource.IsPath(source);
        bool isRepository = !isPath || RepositoryName().IsMatch(source);
        return engine.Source switch
        {
            Engine.Tag when IsGguf(source) || source.StartsWith('/') || source.StartsWith('.') || source.StartsWith('~') || source.Contains('\\', StringComparison.Ordinal) =>
                "it serves what was pulled into its own store, by a tag such as qwen3:8b",
            Engine.Gguf when ShardSet.IsSidecar(source) => "it goes with a model and is none: give the model, and it is loaded with it",
            Engine.Gguf when IsUrl(source) => engine.UrlArgument is null ? "it loads no address: download the file" : null,
            Engine.Gguf when isRepository && !IsGguf(source) && !(engine.RepositoryArgument is not null && source.StartsWith(RepositoryScheme, StringComparison.OrdinalIgnoreCase)) =>
                engine.RepositoryArgument is null ? "it serves a GGUF file" : "it serves a GGUF file, or a repository that is written hf:owner/name",
            _ => null,
        };
    }

    private IdleHandsException Refused(RuntimeModel model, string why) => new(
        "EngineSourceInvalid",
        FailureKind.InvalidArgument,
        $"The engine {engine.Name} can't serve '{model.Source}', the source of model '{model.Id}': {why}.",
        "Give another -Source, another -Engine, or a -StartCommand of your own; docs/engines.md tells what each takes.",
        model.Id);

    /// <summary>An id by the name of a source: lower case, anything but letters and digits as a hyphen, at most 64 characters; empty where nothing is left.</summary>
    public static string IdOf(string source)
    {
        string name = WithoutExtension(ShardSet.BaseNameOf(source.TrimEnd('/', '\\')));
        string id = NoIdCharacters().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return id.Length <= EntryIdLength ? id : id[..EntryIdLength].Trim('-');
    }

    /// <summary>True where two sources are one: a tag with and without its engine and its version.</summary>
    public static bool IsSameSource(string left, string right) => left == right
        || ((IsTagged(left) || IsTagged(right)) && TagOf(left) == TagOf(right));

    private static bool IsTagged(string source) => source.StartsWith("ollama:", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for <c>owner/name</c>, which a path may look like, too.</summary>
    public static bool IsRepository(string source) => RepositoryName().IsMatch(source);

    /// <summary>True for a source that an engine for GGUF files takes.</summary>
    public static bool IsGguf(string source) => source.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    private const int EntryIdLength = 64;

    private static bool IsProjector(string path) => ShardSet.FileNameOf(path).StartsWith("mmproj-", StringComparison.OrdinalIgnoreCase);

    private static string WithoutExtension(string name) => IsGguf(name) ? name[..^".gguf".Length] : name;

    /// <summary>Docker takes a name for that of a volume of its own, unless it starts like a path.</summary>
    private static string MountOf(string directory) => StartsLikePath().IsMatch(directory) ? directory : "./" + directory;

    /// <summary>A repository: <c>hf:owner/name</c>, or <c>owner/name</c> where the engine takes repositories.</summary>
    private string? RepositoryOf(string source) =>
        engine.RepositoryArgument is null ? null
        : source.StartsWith(RepositoryScheme, StringComparison.OrdinalIgnoreCase) ? source[RepositoryScheme.Length..]
        : engine.Source == Engine.Repository && RepositoryName().IsMatch(source) ? source
        : null;

    /// <summary>A tag with its version; that of one without is <c>latest</c>.</summary>
    private static string TagOf(string source)
    {
        string tag = source.StartsWith("ollama:", StringComparison.OrdinalIgnoreCase) ? source["ollama:".Length..] : source;
        return tag[(tag.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal) ? tag : tag + ":latest";
    }

    /// <summary>What is no path is written so that nobody looks for a file of that name.</summary>
    private string SourceOf(string source, string path, string? repository, string tag) => engine.Source switch
    {
        Engine.Tag => ModelSource.IsPath(tag) ? "ollama:" + tag : tag,
        _ when repository is not null => RepositoryScheme + repository,
        Engine.Gguf => path,
        _ => source,
    };

    /// <summary>What stands for a shell in a table by shell, or else for any.</summary>
    private string? Of(Dictionary<string, string>? byShell) => byShell?.GetValueOrDefault(shell) ?? byShell?.GetValueOrDefault("default");

    private static string Replace(string text, Dictionary<string, string?> values)
    {
        return Slot().Replace(text, match => values[match.Groups["name"].Value] is { } value ? match.Groups["space"].Value + value : string.Empty);
    }

    // With the space before it, which goes where nothing takes the place.
    [GeneratedRegex("(?<space> ?)<(?<name>[a-z_]+)>", RegexOptions.CultureInvariant)]
    private static partial Regex Slot();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NoIdCharacters();

    // What KoboldCpp leaves out of the name that it serves a file under.
    [GeneratedRegex(@"[^\w.-]+", RegexOptions.CultureInvariant)]
    private static partial Regex NoPlainCharacters();

    // Of either system; with ~ it is a mistake that docker tells.
    [GeneratedRegex(@"^([./\\~]|[A-Za-z]:)", RegexOptions.CultureInvariant)]
    private static partial Regex StartsLikePath();

    // owner/name of Hugging Face.
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RepositoryName();
}
