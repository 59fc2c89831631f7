using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;

namespace IdleHands.Samples.Quickstart;

/// <summary>How an error reads: as PowerShell's ConciseView shows it, with its id, which is what scripts test for.</summary>
public static class ErrorText
{
    /// <summary>The text of an error, without a colour.</summary>
    public static string Of(ErrorRecord error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var text = new StringBuilder();
        text.Append(Source(error)).Append(": ");
        text.Append(error.ErrorDetails?.Message is { Length: > 0 } message ? message : error.Exception.Message);
        if (error.ErrorDetails?.RecommendedAction is { Length: > 0 } action)
        {
            text.Append("\n  Recommendation: ").Append(action);
        }

        // The full id goes on with the name of the class that raised it.
        return text.Append("\n  Error id: ").Append(error.FullyQualifiedErrorId.Split(',')[0]).ToString();
    }

    /// <summary>The view that makes the engine show errors so.</summary>
    internal static SessionStateFormatEntry Format()
    {
        CustomControl control = CustomControl.Create(outOfBand: true)
            .StartEntry()
            .AddScriptBlockExpressionBinding($"[{typeof(ErrorText).FullName}]::Of($_)")
            .EndEntry()
            .EndControl();
        return new SessionStateFormatEntry(new ExtendedTypeDefinition(
            typeof(ErrorRecord).FullName, [new FormatViewDefinition("QuickstartError", control)]));
    }

    private static string Source(ErrorRecord error)
    {
        if (error.InvocationInfo?.MyCommand is { } command)
        {
            return command.Name;
        }

        return error.CategoryInfo.Category == ErrorCategory.ParserError
            ? nameof(ErrorCategory.ParserError)
            : error.Exception.GetType().Name;
    }
}
