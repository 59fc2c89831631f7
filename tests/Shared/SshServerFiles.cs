using System.Globalization;

namespace IdleHands.Testing;

/// <summary>The directory of an <see cref="SshServer"/>: its keys, its configuration and the home of its sessions.</summary>
internal sealed class SshServerFiles : IDisposable
{
    private const string PrivilegeSeparationDirectory = "/run/sshd";
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode ForAll = OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly SshServerOptions _options;
    private readonly string _directory;
    private bool _knowsPenalties;

    private SshServerFiles(SshServerOptions options)
    {
        _options = options;
        // Not the temporary directory of the environment: its path may hold a space, or be closed to another user.
        _directory = $"/tmp/idlehands-sshd-{Guid.NewGuid():N}"[..32];
    }

    public static string? Sshd { get; } = ToolRun.Find("sshd");

    public static string? WhyNot { get; } = FindWhyNot();

    public string Home => Path.Combine(_directory, _options.HomeName);

    public string Configuration => Path.Combine(_directory, "sshd_config");

    public string ClientKey => Path.Combine(_directory, "client_key");

    public string WrongKey => Path.Combine(_directory, "wrong_key");

    public string KnownHosts => Path.Combine(_directory, "known_hosts");

    private string HostKey => Path.Combine(_directory, "host_key");

    private string AuthorizedKeys => Path.Combine(_directory, "authorized_keys");

    private string BannerFile => Path.Combine(_directory, "banner");

    private string ForcedCommand => Path.Combine(_directory, "login-shell");

    public static async Task<SshServerFiles> CreateAsync(SshServerOptions options, CancellationToken cancellationToken)
    {
        if (Environment.IsPrivilegedProcess)
        {
            // sshd refuses to start as root without it; the system's service makes it at boot.
            Directory.CreateDirectory(PrivilegeSeparationDirectory, ForAll);
        }

        var files = new SshServerFiles(options);
        Directory.CreateDirectory(files._directory, options.User is null ? OwnerAlone : ForAll);
        try
        {
            await files.FillAsync(cancellationToken);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Writes what names the port.</summary>
    public async Task WriteForPortAsync(int port, CancellationToken cancellationToken)
    {
        string hostKey = await File.ReadAllTextAsync(HostKey + ".pub", cancellationToken);
        await File.WriteAllTextAsync(
            KnownHosts, string.Create(CultureInfo.InvariantCulture, $"[{_options.ListenAddress}]:{port} {hostKey}"), cancellationToken);
        await File.WriteAllLinesAsync(Configuration, ConfigurationLines(port), cancellationToken);
    }

    public Task ReplaceHostKeyAsync(CancellationToken cancellationToken)
    {
        File.Delete(HostKey);
        File.Delete(HostKey + ".pub");
        return MakeKeyAsync(HostKey, cancellationToken);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string? FindWhyNot()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists($"/proc/self/task/{Environment.ProcessId}/children"))
        {
            return "sshd is run on Linux alone: its connections are found in /proc";
        }

        if (Sshd is null)
        {
            return "there is no sshd here: install openssh-server";
        }

        return ToolRun.Find("ssh") is null || ToolRun.Find("ssh-keygen") is null
            ? "there is an sshd here, but no ssh or ssh-keygen: install openssh-client"
            : null;
    }

    private static async Task MakeKeyAsync(string path, CancellationToken cancellationToken) =>
        (await ToolRun.RunAsync(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], cancellationToken: cancellationToken))
        .OrThrow("ssh-keygen");

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            MakeKeyAsync(HostKey, cancellationToken),
            MakeKeyAsync(ClientKey, cancellationToken),
            MakeKeyAsync(WrongKey, cancellationToken));
        File.Copy(ClientKey + ".pub", AuthorizedKeys);
        await File.WriteAllTextAsync(BannerFile, _options.Banner ?? "", cancellationToken);
        Directory.CreateDirectory(Home, OwnerAlone);
        if (_options.BashRc is { } bashRc)
        {
            await File.WriteAllTextAsync(Path.Combine(Home, ".bashrc"), bashRc, cancellationToken);
        }

        if (_options.LoginShell is { } shell)
        {
            await File.WriteAllTextAsync(ForcedCommand, ForcedCommandFor(shell), cancellationToken);
            File.SetUnixFileMode(ForcedCommand, ForAll);
        }

        if (_options.User is { } user)
        {
            (await ToolRun.RunAsync("chown", ["-R", user.Name, Home], cancellationToken: cancellationToken)).OrThrow("chown");
        }

        _knowsPenalties = await KnowsPenaltiesAsync(cancellationToken);
    }

    /// <summary>sshd from 9.8 on shuts out an address from which logins failed, and older ones refuse the option that stops it.</summary>
    private static async Task<bool> KnowsPenaltiesAsync(CancellationToken cancellationToken) =>
        !(await ToolRun.RunAsync(Sshd!, ["-t", "-f", "/dev/null", "-o", "PerSourcePenalties=no"], cancellationToken: cancellationToken))
        .Error.Contains("Bad configuration option", StringComparison.Ordinal);

    /// <summary>What is run in place of a command calls the stand-in as sshd calls a login shell.</summary>
    private static string ForcedCommandFor(string shell) => $"""
        #!/bin/sh
        [ "$SSH_ORIGINAL_COMMAND" ] || exec {Quote(shell)}
        command=$SSH_ORIGINAL_COMMAND
        unset SSH_ORIGINAL_COMMAND
        exec {Quote(shell)} -c "$command"

        """;

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A word of sshd_config.</summary>
    private static string Word(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private IEnumerable<string> ConfigurationLines(int port)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"Port {port}");
        yield return $"ListenAddress {_options.ListenAddress}";
        yield return $"HostKey {HostKey}";
        yield return $"AuthorizedKeysFile {AuthorizedKeys}";
        yield return "PidFile none";
        yield return $"LogLevel {_options.Log}";
        yield return "LoginGraceTime 20";
        yield return "PermitRootLogin yes";
        yield return "StrictModes no";
        yield return "UsePAM no";
        yield return "UseDNS no";
        yield return "PrintMotd no";
        yield return "PrintLastLog no";
        yield return "KbdInteractiveAuthentication no";
        yield return $"PasswordAuthentication {(_options.User is null ? "no" : "yes")}";
        yield return $"AllowTcpForwarding {(_options.AllowTcpForwarding ? "yes" : "no")}";
        // One line: of several, the first counts.
        yield return "AcceptEnv IDLEHANDS_TEST_*";
        yield return $"SetEnv {Word($"HOME={Home}")} {(_options.LoginShell is { } shell ? Word($"SHELL={shell}") : "")}";
        if (_options.LoginShell is not null)
        {
            yield return $"ForceCommand {ForcedCommand}";
        }

        if (_options.Banner is not null)
        {
            yield return $"Banner {BannerFile}";
        }

        if (_options.MaxSessions is { } sessions)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"MaxSessions {sessions}");
        }

        if (_options.MaxStartups is { } startups)
        {
            yield return $"MaxStartups {startups}";
        }

        if (_knowsPenalties)
        {
            yield return "PerSourcePenalties no";
        }
    }
}
