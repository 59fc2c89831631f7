using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using IdleHands.Configuration;
using IdleHands.Execution;

namespace IdleHands.PowerShell.Completers;

/// <summary>Completes ids of models, and of those that have logs although they have left the configuration.</summary>
internal sealed class LogIdCompleter : IArgumentCompleter
{
    private readonly ModelIdCompleter _models = new();

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        _models.CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters)
            .Concat(LaunchIdCompleter.Complete(wordToComplete, finder => finder.ModelIds))
            .DistinctBy(offer => offer.CompletionText);
}

/// <summary>Completes ids of launches that have logs, the newest first.</summary>
internal sealed class LaunchIdCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) => Complete(wordToComplete, finder => finder.LaunchIds);

    /// <summary>What the logs tell. A key press is no place for an error.</summary>
    internal static IEnumerable<CompletionResult> Complete(string wordToComplete, Func<LogFinder, IReadOnlyList<string>> choose)
    {
        string prefix = wordToComplete.Trim('\'', '"');
        try
        {
            return choose(new LogFinder(IdleHandsPaths.FromEnvironment(), active: null))
                .Where(id => id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                .Select(id => new CompletionResult(id, id, CompletionResultType.ParameterValue, id))
                .ToArray();
        }
        catch (IdleHandsException)
        {
            return [];
        }
    }
}
