using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IdleHands.Engines;
using IdleHands.Gguf;
using IdleHands.Health;
using IdleHands.Planning;
using IdleHands.Templates;

namespace IdleHands.Setup;

/// <summary>A server that answers on a port of the host, and that no model of the configuration names.</summary>
/// <param name="Port">The port.</param>
/// <param name="Kind">Kind of server, where it can be told.</param>
/// <param name="ModelIds">The ids that it lists.</param>
/// <param name="Words">The words of its command; empty where the host doesn't tell them.</param>
/// <param name="Directory">The directory that it was started in; null where the host doesn't tell.</param>
internal sealed partial record RunningServer(int Port, string? Kind, NameList ModelIds, NameList Words, string? Directory)
{
    private static readonly string[] ModelOptions = ["--model", "--model-path", "-m"];

    /// <summary>Why it can't be kept as a model; null where it can.</summary>
    public string? Obstacle => Refusal
        ?? (Words.Count == 0 ? "the host does not tell its command"
            : Words.FirstOrDefault(word => KeyOption().IsMatch(word)) is { } key ? $"its command has a key in clear ({key.Split('=')[0]})"
            : Words.Append(Directory ?? string.Empty).Any(word => word.Any(char.IsControl) || TemplateVariables.FindAny(word)) ? "its command has characters that no template can hold"
            : null);

    /// <summary>Why it can't be kept whatever its command is; null where nothing is in the way.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whole path of what it serves, which is there; null where its command names a repository, or nothing.</summary>
    public string? ModelPath { get; init; }

    /// <summary>What its command names as the model, as a whole path if it is one; null where it names nothing.</summary>
    public string? NamedModel => FindModel() is not { } found ? null
        : found.Value.StartsWith('/') || Directory is null ? found.Value
        : $"{Directory.TrimEnd('/')}/{found.Value}";

    /// <summary>
    /// The model that it is: its own command, with port and file as variables. What it had in its environment is not known.
    /// Null where there is an obstacle.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="isTaken">True for an id that is taken.</param>
    public RuntimeModel? ToModel(RuntimeHost host, Func<string, bool> isTaken)
    {
        if (Obstacle is not null)
        {
            return null;
        }

        string name = ModelIds.FirstOrDefault() ?? ModelPath ?? string.Empty;
        string id = EngineFill.IdOf(name);
        var model = new RuntimeModel
        {
            Id = Draft.FreeId(id.Length > 0 ? id : string.Create(CultureInfo.InvariantCulture, $"port-{Port}"), isTaken),
            DisplayName = ShardSet.FileNameOf(name),
            Source = ModelPath ?? SourceOf(FindModel()?.Value ?? name),
            HostPolicy = IdPolicy.Of([host.Id]),
            StartCommand = Command(ShellQuoting.Of(ShellDialects.Parse(ShellDialects.ShellOf(host, OperatingSystem.IsWindows())))),
            Port = Port,
        };
        return ModelIdentity.Matches(ModelIds, ModelSource.ServedNames(model)) ? model : model with { ServedName = name };
    }

    /// <summary>What is no file must not look like one, or it would be looked for before a start.</summary>
    private static string SourceOf(string name) => !ModelSource.IsPath(name) ? name : EngineFill.IsRepository(name) ? $"hf:{name}" : $"server:{name}";

    private string Command(ShellQuoting quoting)
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        (int Index, string Value)? file = ModelPath is null ? null : FindModel();
        var command = new StringBuilder();
        if (Directory is not null)
        {
            command.Append("cd ").Append(Literal(Directory, quoting)).Append(" && ");
        }

        for (int index = 0; index < Words.Count; index++)
        {
            string word = Words[index];
            command.Append(index == 0 ? string.Empty : " ").Append(word switch
            {
                _ when index == file?.Index => word.EndsWith('=' + file.Value.Value, StringComparison.Ordinal) ? word[..^file.Value.Value.Length] + "{source}" : "{source}",
                _ when word == port && index > 0 && Words[index - 1].EndsWith("port", StringComparison.Ordinal) => "{port}",
                _ when word.EndsWith("port=" + port, StringComparison.Ordinal) => word[..^port.Length] + "{port}",
                _ => Literal(word, quoting),
            });
        }

        return command.ToString();
    }

    private static string Literal(string word, ShellQuoting quoting) => quoting.IsBare(word) ? word : quoting.Quote(word);

    /// <summary>The word that names the model, and what it says. What stands behind <c>python -m</c> is a module.</summary>
    private (int Index, string Value)? FindModel()
    {
        bool isInterpreter = Words.Count > 0 && ShardSet.FileNameOf(Words[0]).StartsWith("python", StringComparison.Ordinal);
        foreach (string option in ModelOptions.Where(option => option != "-m" || !isInterpreter))
        {
            for (int index = 0; index < Words.Count; index++)
            {
                if (Words[index] == option && index + 1 < Words.Count)
                {
                    return (index + 1, Words[index + 1]);
                }

                if (Words[index].StartsWith(option + "=", StringComparison.Ordinal))
                {
                    return (index, Words[index][(option.Length + 1)..]);
                }
            }
        }

        return null;
    }

    /// <summary>An option whose value is a secret, and not the name of a file that holds one.</summary>
    [GeneratedRegex(@"^(?:-hft|--?(?:[\w-]+-)?(?:api-?key|token|password|passwd|secret))(?:=|\z)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex KeyOption();
}
