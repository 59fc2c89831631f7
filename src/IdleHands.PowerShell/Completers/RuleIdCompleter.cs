using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using IdleHands.Diagnostics;

namespace IdleHands.PowerShell.Completers;

/// <summary>Completes ids of rules of the diagnosis, each with its reason.</summary>
internal sealed class RuleIdCompleter : IArgumentCompleter
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
        return DiagnosticRule.All
            .Where(rule => rule.Id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(rule => rule.Id, StringComparer.Ordinal)
            .Select(rule => new CompletionResult(rule.Id, rule.Id, CompletionResultType.ParameterValue, rule.Reason));
    }
}
