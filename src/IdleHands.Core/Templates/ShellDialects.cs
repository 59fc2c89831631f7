namespace IdleHands.Templates;

/// <summary>Which shell reads a host's commands, and how it quotes.</summary>
internal static class ShellDialects
{
    /// <summary>The shell word of a host: as configured, else pwsh on a local Windows machine and bash anywhere else.</summary>
    /// <param name="host">The host.</param>
    /// <param name="isWindows">True when this machine, which a local host is, runs Windows.</param>
    public static string ShellOf(RuntimeHost host, bool isWindows) =>
        host.Shell ?? (host.Transport == HostTransport.Local && isWindows ? "pwsh" : "bash");

    /// <summary>The dialect of a shell word.</summary>
    /// <exception cref="TemplateException"><c>ShellUnknown</c>.</exception>
    public static ShellDialect Parse(string shell) => shell switch
    {
        "bash" or "sh" => ShellDialect.Posix,
        "pwsh" => ShellDialect.PowerShell,
        "cmd" => ShellDialect.Cmd,
        _ => throw new TemplateException(
            TemplateErrorId.ShellUnknown,
            FailureKind.InvalidArgument,
            $"The shell '{shell}' is not known. Shells are bash, sh, pwsh and cmd.",
            "Name one of them with Set-IHHost -Shell.",
            shell),
    };
}
