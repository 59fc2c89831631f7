namespace IdleHands.Diagnostics;

/// <summary>What a diagnosis is about.</summary>
public sealed record DiagnosticOptions
{
    /// <summary>Only these hosts, disabled ones too; null for all that are enabled, and for what is about no host.</summary>
    public NameList? HostIds { get; init; }

    /// <summary>Only these rules, and what keeps them from being looked at; null for all.</summary>
    public NameList? RuleIds { get; init; }

    /// <summary>The least grave severity that is told.</summary>
    public string Severity { get; init; } = DiagnosticSeverity.Information;

    /// <summary>How many hosts are looked at at once.</summary>
    public int ThrottleLimit { get; init; } = 32;

    /// <summary>True when the findings of a rule are wanted.</summary>
    internal bool Asks(DiagnosticRule rule) => rule.Blinds || RuleIds?.Contains(rule.Id) != false;

    /// <summary>True when a finding is wanted, whichever host it is about.</summary>
    internal bool Admits(DiagnosticFinding finding) =>
        DiagnosticSeverity.IsAtLeast(finding.Severity, Severity)
        && (RuleIds is null || RuleIds.Contains(finding.RuleId) || DiagnosticRule.All.Any(rule => rule.Blinds && rule.Id == finding.RuleId));
}
