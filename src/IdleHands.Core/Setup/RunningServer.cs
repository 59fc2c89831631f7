using System.Globalization;
using System.Text;
using IdleHands.Engines;
using IdleHands.Gguf;
using IdleHands.Templates;

namespace IdleHands.Setup;

/// <summary>A server that answers on a port of the host, and that no model of the configuration names.</summary>
/// <param name="Port">The port.</param>
/// <param name="Kind">Kind of server, where it can be told.</param>
/// <param name="ModelIds">The ids that it lists.</param>
/// <param name="Words">The words of its command; empty where the host doesn't tell them.</param>
/// <param name="Directory">The directory that it was started in; null where the host doesn't tell.</param>
internal sealed record RunningServer(int Port, string? Kind, NameList ModelIds, NameList Words, string? Directory)
{
    private static readonly string[] ModelOptions = ["-m", "--model", "--model-path"];

    /// <summary>Options whose value is a secret.</summary>
    private static readonly string[] KeyOptions = ["--api-key", "--hf-token", "-hft", "--token", "--password"];

    /// <summary>Why it can't be kept as a model; null where it can.</summary>
    public string? Obstacle => Refusal
        ?? (Words.Count == 0 ? "the host does not tell its command"
            : Words.FirstOrDefault(word => KeyOptions.Any(option => word == option || word.StartsWith(option + "=", StringComparison.Ordinal))) is { } key ? $"its command has a key in clear ({key.Split('=')[0]})"
            : Words.Any(word => word.Any(char.IsControl) || TemplateVariables.FindAny(word)) ? "its command has characters that no template can hold"
            : null);

    /// <summary>Why it can't be kept whatever its command is; null where nothing is in the way.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whole path of the file that it serves; null where its command names none.</summary>
    public string? ModelPath => ModelWord() is { } word ? word.StartsWith('/') || Directory is null ? word : $"{Directory.TrimEnd('/')}/{word}" : null;

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
        string source = ModelPath ?? name;
        string id = EngineFill.IdOf(name);
        var model = new RuntimeModel
        {
            Id = Draft.FreeId(id.Length > 0 ? id : string.Create(CultureInfo.InvariantCulture, $"port-{Port}"), isTaken),
            DisplayName = ShardSet.FileNameOf(name),
            Source = source,
            HostPolicy = IdPolicy.Of([host.Id]),
            StartCommand = Command(ShellQuoting.Of(ShellDialects.Parse(ShellDialects.ShellOf(host, OperatingSystem.IsWindows())))),
            Port = Port,
        };
        return Health.ModelIdentity.Matches(ModelIds, Planning.ModelSource.ServedNames(model)) ? model : model with { ServedName = name };
    }

    private string Command(ShellQuoting quoting)
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        string? file = ModelWord();
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
                _ when word == port && index > 0 && Words[index - 1].EndsWith("port", StringComparison.Ordinal) => "{port}",
                _ when word.EndsWith("port=" + port, StringComparison.Ordinal) => word[..^port.Length] + "{port}",
                _ when word == file && index > 0 && ModelOptions.Contains(Words[index - 1]) => "{source}",
                _ => Literal(word, quoting),
            });
        }

        return command.ToString();
    }

    private static string Literal(string word, ShellQuoting quoting) => quoting.IsBare(word) ? word : quoting.Quote(word);

    private string? ModelWord()
    {
        int index = Words.ToList().FindIndex(word => ModelOptions.Contains(word));
        return index >= 0 && index + 1 < Words.Count ? Words[index + 1] : null;
    }
}
