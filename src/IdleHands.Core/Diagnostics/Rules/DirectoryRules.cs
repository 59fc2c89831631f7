using IdleHands.Hosts;

namespace IdleHands.Diagnostics;

/// <summary>What a directory for state and logs has to be: writable, on a disk with room.</summary>
internal static class DirectoryRules
{
    private const long Scarce = 1L << 30;
    private const long Nothing = 64L << 20;

    /// <summary>All findings.</summary>
    public static IEnumerable<DiagnosticFinding> Check(DirectoryLook look, Subject about, string where, string mend)
    {
        if (look.Problem is { } problem)
        {
            yield return DiagnosticRule.DirectoryUnwritable.Find(DiagnosticSeverity.Error, about, $"State and logs can't be written to '{look.Path}' of {where}: {problem}.", mend);
        }

        if (look.FreeBytes < Scarce)
        {
            yield return DiagnosticRule.LowDiskSpace.Find(
                look.FreeBytes < Nothing ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
                about,
                FormattableString.Invariant($"The disk of '{look.Path}' of {where} has {look.FreeBytes / (double)(1 << 20):0} MiB left."),
                $"Make room there: df -h '{look.Path}' shows the disk. Get-IHLog tells which logs there are.");
        }
    }
}
