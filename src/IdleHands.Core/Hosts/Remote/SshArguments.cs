using System.Globalization;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// The command lines of the ssh client (options: ssh(1), ssh_config(5)). What the user set for the host comes first,
/// because the first value of an option counts; what nobody set comes from <c>~/.ssh/config</c> as always.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="keyPath">Its key, where it has one of its own.</param>
/// <param name="hasPassword">True when a password is at hand: then the client may ask for it.</param>
internal sealed class SshArguments(RuntimeHost host, string? keyPath, bool hasPassword)
{
    /// <summary>How long a master that nobody uses stays: the longest that anything is left when PowerShell is killed.</summary>
    private const int IdleSec = 30;

    /// <summary>The words that open the one connection all commands share, and end once it is open.</summary>
    /// <param name="control">Socket by which it is shared.</param>
    /// <param name="forward">Socket by which ports of the host are reached (SOCKS).</param>
    /// <param name="log">Where the client says what goes wrong.</param>
    public NameList Master(string control, string forward, string log) => Join(
        ["-f", "-N", "-M", "-S", control, "-D", forward, "-E", log],
        ["-o", FormattableString.Invariant($"ControlPersist={IdleSec}"), "-o", "ExitOnForwardFailure=no"],
        []);

    /// <summary>
    /// The words that run a command over a connection that is open. A proxy command that fails at once keeps the client
    /// from opening a connection of its own where the shared one is gone.
    /// </summary>
    public NameList Shared(string control, params string[] command) => Join(
        ["-T", "-S", control, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", "-o", "ClearAllForwardings=yes"],
        [],
        command);

    /// <summary>The words that run a command over a connection of its own, for clients that can't share one.</summary>
    public NameList Alone(params string[] command) => Join(
        ["-T", "-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ClearAllForwardings=yes"],
        [],
        command);

    /// <summary>The words that keep a connection whose one use is to reach ports of the host, by SOCKS on a port of this machine.</summary>
    public NameList Forwarder(int socksPort) => Join(
        ["-T", "-N", "-o", "ControlMaster=no", "-o", "ControlPath=none", "-D", FormattableString.Invariant($"127.0.0.1:{socksPort}")],
        ["-o", "ExitOnForwardFailure=yes"],
        []);

    /// <summary>The words that keep a port of this machine leading to one of the host's own 127.0.0.1.</summary>
    public NameList Tunnel(int localPort, int port) => Join(
        ["-T", "-N", "-o", "ControlMaster=no", "-o", "ControlPath=none", "-L", FormattableString.Invariant($"127.0.0.1:{localPort}:127.0.0.1:{port}")],
        ["-o", "ExitOnForwardFailure=yes"],
        []);

    private NameList Join(string[] first, string[] options, string[] command)
    {
        // What it says must be heard, whatever else is set: errors are told by it.
        List<string> words = ["ssh", .. first, "-o", "LogLevel=INFO"];
        foreach (string option in host.SshOption ?? NameList.Empty)
        {
            words.AddRange(["-o", option]);
        }

        words.AddRange(options);
        if (host.Port is { } port)
        {
            words.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        if (!string.IsNullOrEmpty(host.UserName))
        {
            words.AddRange(["-l", host.UserName]);
        }

        if (keyPath is not null)
        {
            words.AddRange(["-i", keyPath, "-o", "IdentitiesOnly=yes"]);
        }

        // The limit covers the name, the connection and the server's first words. A server that stops answering later is
        // given up after three times five seconds.
        words.AddRange(
        [
            "-o", FormattableString.Invariant($"ConnectTimeout={(int)Math.Max(1, host.EffectiveCheckTimeout.TotalSeconds)}"),
            "-o", "ServerAliveInterval=5",
            "-o", "ServerAliveCountMax=3",
            "-o", "RemoteCommand=none",
            "-o", "PermitLocalCommand=no",
            "-o", hasPassword ? "NumberOfPasswordPrompts=1" : "BatchMode=yes",
            "--", Address(host.HostName!),
        ]);
        words.AddRange(command);
        return NameList.From(words);
    }

    /// <summary>An IPv6 address may be written in brackets, as in URLs; ssh takes it bare.</summary>
    internal static string Address(string hostName) =>
        hostName.StartsWith('[') && hostName.EndsWith(']') ? hostName[1..^1] : hostName;
}
