using System.Runtime.Versioning;

namespace IdleHands.Hosts.Local;

/// <summary>Finds the executables of shells on Windows.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsShell
{
    /// <summary>The executable of a shell.</summary>
    /// <exception cref="IdleHandsException">It is not installed (<c>ShellNotFound</c>).</exception>
    public static string Find(string shell)
    {
        string? path = Candidates(shell).FirstOrDefault(File.Exists);
        return path ?? throw new IdleHandsException(
            "ShellNotFound",
            FailureKind.NotFound,
            $"The shell '{shell}' was not found on this machine: no '{shell}.exe' in a folder of PATH.",
            shell == "cmd" ? null : "Install it, or have the host use another one: Set-IHHost -Shell cmd",
            shell);
    }

    private static IEnumerable<string> Candidates(string shell)
    {
        string system = Environment.SystemDirectory;
        if (shell == "cmd")
        {
            return [Path.Combine(system, "cmd.exe")];
        }

        IEnumerable<string> onPath = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(folder => folder.Trim('"'))
            .Where(Path.IsPathFullyQualified)

            // The bash.exe there belongs to the Linux subsystem: its processes are in no job and no port table of ours.
            .Where(folder => shell == "pwsh" || !IsSame(folder, system))
            .Select(folder => Path.Combine(folder, shell + ".exe"));
        return shell == "pwsh" ? [.. onPath, .. PowerShellCandidates()] : onPath;
    }

    private static IEnumerable<string> PowerShellCandidates()
    {
        if (Environment.ProcessPath is { } own && Path.GetFileName(own).Equals("pwsh.exe", StringComparison.OrdinalIgnoreCase))
        {
            yield return own;
        }

        yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PowerShell", "7", "pwsh.exe");
    }

    private static bool IsSame(string folder, string other) =>
        string.Equals(Path.TrimEndingDirectorySeparator(folder), other, StringComparison.OrdinalIgnoreCase);
}
