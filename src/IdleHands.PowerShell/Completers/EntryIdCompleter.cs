using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.Json;

namespace IdleHands.PowerShell.Completers;

/// <summary>
/// Completes ids from the configuration file: only those that a command can do something with. It never throws: a key
/// press is no place for an error.
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
        bool? enabled = Wanted(commandName);
        return extraWords.Select(word => (Id: word, Tip: word))
            .Concat(ConfiguredEntries.Read(section, entry => Describe(entry, enabled)))
            .Where(entry => entry.Id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(entry => new CompletionResult(entry.Id, entry.Id, CompletionResultType.ParameterValue, entry.Tip));
    }

    /// <summary>Whether a command is for entries that are enabled, or disabled; null for both.</summary>
    private static bool? Wanted(string commandName) => commandName.Split('-')[0].Split('\\')[^1].ToUpperInvariant() switch
    {
        "ENABLE" => false,
        "DISABLE" or "SELECT" => true,
        _ => null,
    };

    private static (string Id, string Tip)? Describe(JsonElement entry, bool? enabled)
    {
        if (ConfiguredEntries.Text(entry, "id") is not { Length: > 0 } id
            || (enabled is { } wanted && entry.TryGetProperty("enabled", out JsonElement value) && value.ValueKind == (wanted ? JsonValueKind.False : JsonValueKind.True)))
        {
            return null;
        }

        return (id, ConfiguredEntries.Text(entry, "display_name") is { Length: > 0 } name ? name : id);
    }
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
