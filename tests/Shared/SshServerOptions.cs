namespace IdleHands.Testing;

/// <summary>What a test wants of an <see cref="SshServer"/>.</summary>
public sealed record SshServerOptions
{
    /// <summary>Sessions on one connection; sshd's own limit (10) where null.</summary>
    public int? MaxSessions { get; init; }

    /// <summary>Connections that are not authenticated yet, as in sshd_config: <c>start:rate:full</c>; sshd's own limit where null.</summary>
    public string? MaxStartups { get; init; }

    public bool AllowTcpForwarding { get; init; } = true;

    /// <summary>Text that is sent before the authentication; the client prints it to its error stream.</summary>
    public string? Banner { get; init; }

    /// <summary>Name of the directory that is HOME in sessions.</summary>
    public string HomeName { get; init; } = "ho me";

    /// <summary>Content of <c>~/.bashrc</c>. Read only where the user's shell is a bash that was built to read it when sshd starts it.</summary>
    public string? BashRc { get; init; }

    /// <summary>Path of a program that stands for the user's login shell: called with <c>-c</c> and the command, or without arguments.</summary>
    public string? LoginShell { get; init; }

    /// <summary>127.0.0.1 or ::1.</summary>
    public string ListenAddress { get; init; } = "127.0.0.1";

    /// <summary>Who logs in, by key or by password; where null, the user of this process, by key alone.</summary>
    public SshUser? User { get; init; }

    /// <summary>LogLevel of sshd. Connections are counted from VERBOSE on.</summary>
    public string Log { get; init; } = "VERBOSE";
}
