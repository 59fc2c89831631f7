namespace IdleHands.Configuration;

/// <summary>The configuration can't be read, used or written.</summary>
public sealed class ConfigurationException : IdleHandsException
{
    private const int FindingsShown = 3;

    private ConfigurationException(
        string errorId,
        FailureKind kind,
        string message,
        string recommendation,
        object target,
        IReadOnlyList<ConfigurationFinding> findings,
        Exception? innerException = null)
        : base(errorId, kind, message, recommendation, target, innerException)
    {
        Findings = findings;
    }

    /// <summary>All that was found, warnings too; empty where the failure is not about the content.</summary>
    public IReadOnlyList<ConfigurationFinding> Findings { get; }

    /// <summary>The file holds what it must not.</summary>
    internal static ConfigurationException Invalid(string path, IReadOnlyList<ConfigurationFinding> findings) => new(
        "ConfigurationInvalid",
        FailureKind.InvalidData,
        $"The configuration '{path}' can't be used: {Summarize(findings)}.",
        "Test-IHConfiguration lists all findings.",
        path,
        findings);

    /// <summary>A change would make a file that can't be used; nothing was written.</summary>
    internal static ConfigurationException InvalidChange(string path, IReadOnlyList<ConfigurationFinding> findings) => new(
        "ConfigurationInvalid",
        FailureKind.InvalidData,
        $"The configuration '{path}' was left as it is, because the change would break it: {Summarize(findings)}.",
        "Test-IHConfiguration lists the findings of the file as it is.",
        path,
        findings);

    /// <summary>One entry breaks a rule.</summary>
    internal static ConfigurationException InvalidEntry(string errorId, string what, string recommendation, object target, IReadOnlyList<ConfigurationFinding> findings) => new(
        errorId,
        FailureKind.InvalidArgument,
        $"{what}: {Summarize(findings)}.",
        recommendation,
        target,
        findings);

    /// <summary>A file to import holds what it must not; nothing was changed.</summary>
    /// <param name="file">The file; null where the finding is about an entry of the configuration that is there already.</param>
    /// <param name="finding">What is wrong.</param>
    internal static ConfigurationException NotImportable(string? file, ConfigurationFinding finding) => new(
        "ImportInvalid",
        FailureKind.InvalidData,
        finding.Line is null
            ? $"Nothing was imported: {(file is null ? "with it, the configuration would break" : file)}: {finding.Path}: {finding.Message}"
            : FormattableString.Invariant($"Nothing was imported: {file}, line {finding.Line}, column {finding.Column}: {finding.Path}: {finding.Message}"),
        "Mend the file, then look with Import-IHConfiguration -WhatIf.",
        finding,
        [finding]);

    /// <summary>The operating system doesn't give the file.</summary>
    internal static ConfigurationException Unreadable(string path, string reason, FailureKind kind, Exception? cause) => new(
        "ConfigurationUnreadable",
        kind,
        $"The configuration '{path}' can't be read: {reason}",
        "Make it a file that this user may read and write, then try Test-IHConfiguration.",
        path,
        [new ConfigurationFinding("$", reason, ConfigurationFinding.Error)],
        cause);

    /// <summary>The operating system doesn't take the file.</summary>
    internal static ConfigurationException Unwritable(string path, FailureKind kind, Exception cause) => new(
        "ConfigurationUnwritable",
        kind,
        $"The configuration '{path}' can't be written and was left as it is: {cause.Message}",
        "Make room on its disk, or its directory one that this user may write to, or name another in IDLEHANDS_CONFIG_DIR. Test-IHConfiguration checks what is there.",
        path,
        [],
        cause);

    /// <summary>Another writer holds the lock for too long.</summary>
    internal static ConfigurationException Locked(string path, string lockFile, TimeSpan limit) => new(
        "ConfigurationLocked",
        FailureKind.Busy,
        FormattableString.Invariant($"The configuration '{path}' is being changed by another process, which has held '{lockFile}' for more than {limit.TotalSeconds:0.#} s."),
        "Try again once it has ended. The lock goes with its process; there is no need to delete the file.",
        path,
        []);

    private static string Summarize(IReadOnlyList<ConfigurationFinding> findings)
    {
        List<ConfigurationFinding> errors = findings.Where(finding => finding.Severity == ConfigurationFinding.Error).ToList();
        string shown = string.Join("; ", errors.Take(FindingsShown).Select(finding => $"{finding.Path}: {finding.Message.TrimEnd('.')}"));
        return errors.Count > FindingsShown ? $"{shown}; and {errors.Count - FindingsShown} more of {errors.Count} errors" : shown;
    }
}
