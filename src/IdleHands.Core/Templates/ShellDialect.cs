namespace IdleHands.Templates;

/// <summary>How the shell that reads a command writes a literal argument.</summary>
public enum ShellDialect
{
    /// <summary>POSIX: sh, bash.</summary>
    Posix,

    /// <summary>PowerShell 7.</summary>
    PowerShell,

    /// <summary>The Windows command processor.</summary>
    Cmd,
}
