using System.Management.Automation;

namespace IdleHands.PowerShell.Errors;

/// <summary>The one place where error records are made.</summary>
internal static class ErrorRecords
{
    /// <summary>Id of a failure that nobody foresaw.</summary>
    internal const string UnexpectedId = "Unexpected";

    /// <summary>Turns a failure into the record that PowerShell shows; an unexpected one keeps its message and its cause.</summary>
    internal static ErrorRecord From(Exception failure, object? target = null)
    {
        if (failure is IContainsErrorRecord { ErrorRecord: { } own })
        {
            return new ErrorRecord(own, failure);
        }

        if (failure is not IdleHandsException known)
        {
            return new ErrorRecord(failure, UnexpectedId, ErrorCategory.NotSpecified, target);
        }

        var record = new ErrorRecord(known, known.ErrorId, CategoryOf(known.Kind), known.Target ?? target);
        if (known.Recommendation is { Length: > 0 } recommendation)
        {
            record.ErrorDetails = new ErrorDetails(known.Message) { RecommendedAction = recommendation };
        }

        return record;
    }

    /// <summary>PowerShell's word for a kind of failure.</summary>
    internal static ErrorCategory CategoryOf(FailureKind kind) => kind switch
    {
        FailureKind.InvalidArgument => ErrorCategory.InvalidArgument,
        FailureKind.InvalidData => ErrorCategory.InvalidData,
        FailureKind.NotFound => ErrorCategory.ObjectNotFound,
        FailureKind.AlreadyExists => ErrorCategory.ResourceExists,
        FailureKind.Busy => ErrorCategory.ResourceBusy,
        FailureKind.Unavailable => ErrorCategory.ResourceUnavailable,
        FailureKind.Timeout => ErrorCategory.OperationTimeout,
        FailureKind.Permission => ErrorCategory.PermissionDenied,
        FailureKind.Failed => ErrorCategory.OperationStopped,
        _ => ErrorCategory.NotSpecified,
    };
}
