namespace IdleHands;

/// <summary>One thing that keeps hosts, backends or models from working, or will, or is not safe.</summary>
public sealed record DiagnosticFinding
{
    /// <summary>One of <see cref="DiagnosticSeverity"/>.</summary>
    public required string Severity { get; init; }

    /// <summary>Stable PascalCase id of the rule that speaks; <c>docs/diagnostics.md</c> explains each.</summary>
    public required string RuleId { get; init; }

    /// <summary>What sort of entry it is about: <c>Host</c>, <c>Backend</c>, <c>Model</c>, or <c>Machine</c> for the files of this machine.</summary>
    public required string Resource { get; init; }

    /// <summary>Id of that entry; where several entries of one host share it, that host's; null where it is about no single one.</summary>
    public string? Id { get; init; }

    /// <summary>The host it was found on, or is about; null where it is about none.</summary>
    public string? HostId { get; init; }

    /// <summary>What is so.</summary>
    public required string Message { get; init; }

    /// <summary>Why it matters.</summary>
    public required string Reason { get; init; }

    /// <summary>What mends it: a command where one does.</summary>
    public required string Recommendation { get; init; }
}

/// <summary>The words of <see cref="DiagnosticFinding.Severity"/>.</summary>
public static class DiagnosticSeverity
{
    /// <summary>As things are, using the entry fails.</summary>
    public const string Error = nameof(Error);

    /// <summary>It works in part, or not for long, or is not safe.</summary>
    public const string Warning = nameof(Warning);

    /// <summary>Worth to know; nothing has to be done.</summary>
    public const string Information = nameof(Information);

    /// <summary>All of them, the gravest first.</summary>
    public static NameList All { get; } = new(Error, Warning, Information);

    /// <summary>True when a severity is as grave as another, or graver.</summary>
    public static bool IsAtLeast(string severity, string least) => All.IndexOf(severity) <= All.IndexOf(least);

    /// <summary>The graver of two.</summary>
    internal static string Graver(string one, string other) => IsAtLeast(one, other) ? one : other;
}

/// <summary>The words of <see cref="DiagnosticFinding.Resource"/>.</summary>
public static class DiagnosticResource
{
    /// <summary>A host of the configuration.</summary>
    public const string Host = nameof(Host);

    /// <summary>A backend of the configuration.</summary>
    public const string Backend = nameof(Backend);

    /// <summary>A model of the configuration.</summary>
    public const string Model = nameof(Model);

    /// <summary>The files of this machine: configuration, state, logs.</summary>
    public const string Machine = nameof(Machine);
}
