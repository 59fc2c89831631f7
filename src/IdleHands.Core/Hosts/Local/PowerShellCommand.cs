namespace IdleHands.Hosts.Local;

/// <summary>A command line for <c>pwsh -Command</c>.</summary>
internal static class PowerShellCommand
{
    /// <summary>Left to itself, <c>pwsh -Command</c> turns every failure into exit code 1.</summary>
    private const string Exit = "\nif ($?) { exit 0 } elseif ($LASTEXITCODE) { exit $LASTEXITCODE } else { exit 1 }";

    /// <summary>The command line, made to end with the exit code of the program that failed in it.</summary>
    public static string KeepingExitCode(string text) => text + Exit;
}
