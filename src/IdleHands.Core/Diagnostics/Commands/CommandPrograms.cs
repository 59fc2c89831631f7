using IdleHands.Templates;

namespace IdleHands.Diagnostics;

/// <summary>Finds the programs that a command runs.</summary>
internal static class CommandPrograms
{
    /// <summary>The programs of a command as rendered for its shell.</summary>
    public static IReadOnlyList<ProgramNeed> Of(string command, ShellDialect dialect) => dialect switch
    {
        ShellDialect.PowerShell => OtherPrograms.OfPowerShell(command),
        ShellDialect.Cmd => OtherPrograms.OfCmd(command),
        _ => PosixPrograms.Of(command),
    };
}
