using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Completers;

/// <summary>Completes the words of a parameter with a closed set.</summary>
internal sealed class WordCompleter : IArgumentCompleter
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
        return ClosedSets.Of(parameterName)
            .Where(word => word.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(word => new CompletionResult(word, word, CompletionResultType.ParameterValue, word));
    }
}
