namespace IdleHands;

/// <summary>What sort of failure happened; the cmdlets turn it into PowerShell's error category.</summary>
public enum FailureKind
{
    /// <summary>Something asked for can't be done whatever the machine's state.</summary>
    InvalidArgument,

    /// <summary>A file or an answer holds what it must not.</summary>
    InvalidData,

    /// <summary>A named thing doesn't exist.</summary>
    NotFound,

    /// <summary>A thing of that name is there already.</summary>
    AlreadyExists,

    /// <summary>Somebody else holds it: a lock, a port.</summary>
    Busy,

    /// <summary>It can't be reached or isn't there yet.</summary>
    Unavailable,

    /// <summary>It took longer than its limit.</summary>
    Timeout,

    /// <summary>The operating system refused.</summary>
    Permission,

    /// <summary>It was tried and failed.</summary>
    Failed,
}
