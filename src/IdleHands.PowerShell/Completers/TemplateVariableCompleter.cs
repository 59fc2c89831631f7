using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using IdleHands.Templates;

namespace IdleHands.PowerShell.Completers;

/// <summary>
/// Completes a variable within a command that is being typed: <c>'llama-server -m {so</c>. What was typed stays as it is,
/// an open quote too, because the command goes on behind the variable.
/// </summary>
internal sealed class TemplateVariableCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        // The word comes with its closing quote, whether it was typed or not.
        int brace = wordToComplete.LastIndexOf('{');
        string quote = wordToComplete.Length > brace + 1 && wordToComplete[^1] is '\'' or '"' ? wordToComplete[^1..] : string.Empty;
        string typed = brace < 0 ? string.Empty : wordToComplete[(brace + 1)..^quote.Length];

        // Behind $ it is a variable of a shell, and behind another brace it is docker's.
        if (brace < 0 || (brace > 0 && wordToComplete[brace - 1] is '$' or '{') || typed.Any(letter => letter is not (>= 'a' and <= 'z' or '_')))
        {
            return [];
        }

        string close = commandAst.CommandElements.Any(element => element.Extent.Text == wordToComplete) ? quote : string.Empty;
        return TemplateVariables.All
            .Where(name => name.StartsWith(typed, StringComparison.Ordinal))
            .Select(name => new CompletionResult(
                $"{wordToComplete[..brace]}{{{name}}}{close}",
                $"{{{name}}}",
                CompletionResultType.ParameterValue,
                TemplateVariables.Describe(name)));
    }
}
