using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.Json;

namespace IdleHands.PowerShell.Completers;

/// <summary>Completes ports: the range that is looked at by default, and those of configured models.</summary>
internal sealed class PortSetCompleter : IArgumentCompleter
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
        ILookup<int, string> models = ConfiguredEntries.Read("models", Port).ToLookup(entry => entry.Port, entry => entry.Id);
        return Ranges(models.Select(entry => entry.Key))
            .Select(range => (Text: range, Tip: string.Join(", ", PortSet.Parse(range).SelectMany(port => models[port]))))
            .Prepend((Text: PortSet.Default.ToString(), Tip: "the ports that are looked at by default"))
            .DistinctBy(offer => offer.Text)
            .Where(offer => offer.Text.StartsWith(prefix, StringComparison.Ordinal))
            .Select(offer => new CompletionResult(offer.Text, offer.Text, CompletionResultType.ParameterValue, offer.Tip));
    }

    /// <summary>Each range or single port of a set, as it prints.</summary>
    private static string[] Ranges(IEnumerable<int> ports) => PortSet.Of(ports).ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static (int Port, string Id)? Port(JsonElement model) =>
        model.TryGetProperty("runtime_defaults", out JsonElement defaults)
        && defaults.ValueKind == JsonValueKind.Object
        && defaults.TryGetProperty("port", out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out int port)
        && PortSet.TryParse(port.ToString(CultureInfo.InvariantCulture), out _)
            ? (port, ConfiguredEntries.Text(model, "id") ?? "?")
            : null;
}
