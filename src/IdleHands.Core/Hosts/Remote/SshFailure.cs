using System.Text.RegularExpressions;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// What it means that the ssh client ended with 255, by what it said (texts: OpenSSH's ssh.c, sshconnect.c, sshconnect2.c,
/// sshkey.c, kex.c; they are not translated).
/// </summary>
/// <param name="ErrorId">Stable id.</param>
/// <param name="Kind">What sort of failure.</param>
/// <param name="Why">In words.</param>
/// <param name="Advice">What to do about it; {0} is the host's id, {1} the words to try by hand, {2} those that remove a known key.</param>
internal sealed partial record SshFailure(string ErrorId, FailureKind Kind, string Why, string Advice)
{
    /// <summary>Exit code of the client for its own failures; a command may end with it, too.</summary>
    public const int ClientFailed = 255;

    private const int DefaultPort = 22;
    private const string KeyPlace = " key in ";

    private static readonly (string Mark, SshFailure Failure)[] Marks =
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", new(
            "HostKeyChanged", FailureKind.Permission, "its host key is not the one that is known: it was installed anew, or somebody else answers in its place",
            "Find out why before anything else. If the new key is right, remove the old one and connect once by hand: {2}; {1}")),
        ("Host key verification failed", new(
            "HostKeyUnknown", FailureKind.Permission, "its host key is not known here",
            "Connect once by hand and compare the key's fingerprint: {1}. Or accept new hosts unseen: Set-IHHost {0} -SshOption StrictHostKeyChecking=accept-new")),
        ("Could not resolve hostname", new(
            "HostNameUnknown", FailureKind.NotFound, "its name can't be resolved", "Set-IHHost {0} -HostName changes the name; a name of ~/.ssh/config counts, too.")),
        ("Connection refused", new(
            "ConnectionRefused", FailureKind.Unavailable, "the connection was refused: no ssh server listens on that port",
            "Start the ssh server there, or set its port: Set-IHHost {0} -Port")),
        ("Connection timed out", new(
            "ConnectionTimeout", FailureKind.Timeout, "it did not answer in time", "See whether it is on and reachable: {1}. Set-IHHost {0} -CheckTimeoutSec waits longer.")),
        ("Operation timed out", new(
            "ConnectionTimeout", FailureKind.Timeout, "it did not answer in time", "See whether it is on and reachable: {1}. Set-IHHost {0} -CheckTimeoutSec waits longer.")),
        ("timed out waiting for", new(
            "ConnectionTimeout", FailureKind.Timeout, "it did not answer in time", "See whether it is on and reachable: {1}. Set-IHHost {0} -CheckTimeoutSec waits longer.")),
        ("No route to host", new(
            "HostUnreachable", FailureKind.Unavailable, "there is no route to it", "See whether it is on and in a network that is reached from here (VPN?): {1}")),
        ("Network is unreachable", new(
            "HostUnreachable", FailureKind.Unavailable, "its network can't be reached", "See whether this machine is connected, and to the right network: {1}")),
        ("Too many authentication failures", new(
            "AuthenticationFailed", FailureKind.Permission, "too many keys were offered before the right one", "Name the key: Set-IHHost {0} -KeyPath ~/.ssh/id_ed25519")),
        ("Permission denied", new(
            "AuthenticationFailed", FailureKind.Permission, "it did not accept this user with these keys or this password",
            "See which keys are offered: {1}. Set-IHHost {0} -UserName, -KeyPath and -Password change them.")),
        ("command-line: line 0:", new(
            "SshOptionInvalid", FailureKind.InvalidArgument, "the ssh client can't read an option that is set", "Set-IHHost {0} -SshOption changes the options.")),
        ("command-line line 0:", new(
            "SshOptionInvalid", FailureKind.InvalidArgument, "the ssh client can't read an option that is set", "Set-IHHost {0} -SshOption changes the options.")),
        ("Bad configuration option", new(
            "SshOptionInvalid", FailureKind.InvalidArgument, "the ssh client does not know an option that is set", "Set-IHHost {0} -SshOption changes the options; see also ~/.ssh/config.")),
        ("unsupported option", new(
            "SshOptionInvalid", FailureKind.InvalidArgument, "the ssh client does not know the value of an option that is set", "Set-IHHost {0} -SshOption changes the options; see also ~/.ssh/config.")),
        ("missing argument", new(
            "SshOptionInvalid", FailureKind.InvalidArgument, "an option of the ssh client lacks its value", "Set-IHHost {0} -SshOption 'Name=value'")),
        ("Bad owner or permissions", new(
            "SshConfigurationUnsafe", FailureKind.Permission, "the ssh client refuses a configuration file that others may write", "chmod 600 the file that it names.")),
        ("UNPROTECTED PRIVATE KEY FILE", new(
            "SshConfigurationUnsafe", FailureKind.Permission, "the ssh client refuses a private key that others may read", "chmod 600 the key file that it names.")),
        ("no matching", new(
            "SshNegotiationFailed", FailureKind.Unavailable, "client and server have no algorithm in common", "Allow an older one if you must: Set-IHHost {0} -SshOption HostKeyAlgorithms=+ssh-rsa")),
    ];

    /// <summary>What a server does that has too many logins waiting (MaxStartups), and a network that breaks off: another try may succeed.</summary>
    private static readonly string[] Passing =
    [
        "kex_exchange_identification", "banner exchange", "Connection closed by", "Connection reset by", "ssh_exchange_identification", "Exceeded MaxStartups", "Broken pipe",
    ];

    /// <summary>What the client says when it can't use the connection that is to be shared.</summary>
    private static readonly string[] GoneMaster =
    [
        "Control socket connect", "mux_client", "muxclient", "Connection closed by UNKNOWN", "Connection reset by UNKNOWN", "Broken pipe", "kex_exchange_identification", "banner exchange",
    ];

    /// <summary>What is known of such words; null for nothing.</summary>
    public static SshFailure? Find(string said) =>
        Marks.FirstOrDefault(mark => said.Contains(mark.Mark, StringComparison.OrdinalIgnoreCase)).Failure;

    /// <summary>True when trying again may help.</summary>
    public static bool IsPassing(string said) => Find(said) is null && Passing.Any(mark => said.Contains(mark, StringComparison.Ordinal));

    /// <summary>True when the server allows no further session on the connection.</summary>
    public static bool IsRefusedSession(string said) =>
        said.Contains("Session open refused by peer", StringComparison.Ordinal) || said.Contains("open failed: administratively prohibited: open failed", StringComparison.Ordinal);

    /// <summary>True when the shared connection itself is gone.</summary>
    public static bool IsGoneMaster(string said) => GoneMaster.Any(mark => said.Contains(mark, StringComparison.Ordinal));

    /// <summary>
    /// True when the client got no connection that it could have sent anything over: it says so of a server that closes
    /// before the login, and, without an address, when it finds no connection to share.
    /// </summary>
    public static bool IsUnsent(string said) => ClosedBeforeLogin().IsMatch(said);

    /// <summary>The error of it.</summary>
    public static IdleHandsException ToException(RuntimeHost host, string said, int? exitCode)
    {
        SshFailure failure = Find(said) ?? new SshFailure(
            "SshFailed", FailureKind.Unavailable,
            exitCode is { } code ? FormattableString.Invariant($"the ssh client ended with {code}") : "the ssh client gave no answer",
            "Try it by hand: {1}");
        string? known = KnownKey(said);
        string shown = known ?? RemoteText.LastLine(said);
        return new IdleHandsException(
            failure.ErrorId,
            failure.Kind,
            $"Host '{host.Id}' ({Where(host)}) can't be reached: {failure.Why}.{(shown.Length > 0 ? $" ssh says: {shown}" : string.Empty)}",
            failure.Advice.Replace("{0}", host.Id, StringComparison.Ordinal).Replace("{1}", ByHand(host), StringComparison.Ordinal).Replace("{2}", Remove(host, known), StringComparison.Ordinal),
            host.Id);
    }

    /// <summary>Where a host is, as ssh is told.</summary>
    public static string Where(RuntimeHost host) =>
        (host.UserName is { Length: > 0 } user ? user + "@" : string.Empty) + host.HostName + (host.Port is { } port ? FormattableString.Invariant($":{port}") : string.Empty);

    /// <summary>The words that reach a host at a terminal, and show how.</summary>
    public static string ByHand(RuntimeHost host) =>
        "ssh -v " + (host.Port is { } port ? FormattableString.Invariant($"-p {port} ") : string.Empty)
        + (host.UserName is { Length: > 0 } user ? user + "@" : string.Empty) + SshArguments.Address(host.HostName ?? string.Empty);

    /// <summary>The line that tells where the known key stands that is not the host's: <c>Offending ED25519 key in FILE:LINE</c>.</summary>
    private static string? KnownKey(string said) =>
        said.Split('\n', StringSplitOptions.TrimEntries).LastOrDefault(line => line.StartsWith("Offending ", StringComparison.Ordinal) && line.Contains(KeyPlace, StringComparison.Ordinal));

    private static string Remove(RuntimeHost host, string? known)
    {
        string address = SshArguments.Address(host.HostName ?? string.Empty);
        string name = host.Port is null or DefaultPort ? address : FormattableString.Invariant($"[{address}]:{host.Port}");
        string file = string.Empty;
        if (known is not null && known.LastIndexOf(':') is var end && known.IndexOf(KeyPlace, StringComparison.Ordinal) + KeyPlace.Length is var start && end > start)
        {
            file = $"-f '{known[start..end]}' ";
        }

        return $"ssh-keygen {file}-R '{name}'";
    }

    [GeneratedRegex("Connection (closed|reset) by .* port [0-9]+|_exchange_identification: |banner exchange: Connection to |Exceeded MaxStartups")]
    private static partial Regex ClosedBeforeLogin();
}
