using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.PowerShell.Completers;

/// <summary>
/// Completes ids from the configuration file. It reads the file as it is: ids are worth offering also while something
/// else in the file is wrong. It never throws: a key press is no place for an error.
/// </summary>
internal abstract class EntryIdCompleter(string section, params string[] extraWords) : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string prefix = wordToComplete.Trim('\'', '"');
        return extraWords.Select(word => (Id: word, Tip: word))
            .Concat(ReadIds(section))
            .Where(entry => entry.Id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(entry => new CompletionResult(entry.Id, entry.Id, CompletionResultType.ParameterValue, entry.Tip));
    }

    private static List<(string Id, string Tip)> ReadIds(string section)
    {
        try
        {
            string path = IdleHandsPaths.FromEnvironment().ConfigurationFile;
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.GetProperty(section).EnumerateArray().Select(Describe).OfType<(string, string)>().ToList();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or IdleHandsException)
        {
            return [];
        }
    }

    private static (string Id, string Tip)? Describe(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "id") is not { Length: > 0 } id)
        {
            return null;
        }

        return (id, Text(entry, "display_name") is { Length: > 0 } name ? name : id);
    }

    private static string? Text(JsonElement entry, string key) =>
        entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Completes ids of hosts.</summary>
internal sealed class HostIdCompleter() : EntryIdCompleter("hosts");

/// <summary>Completes ids of backends.</summary>
internal sealed class BackendIdCompleter() : EntryIdCompleter("backends");

/// <summary>Completes ids of models.</summary>
internal sealed class ModelIdCompleter() : EntryIdCompleter("models");

/// <summary>Completes <c>any</c> and ids of hosts.</summary>
internal sealed class HostPolicyCompleter() : EntryIdCompleter("hosts", IdPolicy.AnyWord);

/// <summary>Completes <c>any</c> and ids of backends.</summary>
internal sealed class BackendPolicyCompleter() : EntryIdCompleter("backends", IdPolicy.AnyWord);
