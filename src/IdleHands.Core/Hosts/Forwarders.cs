namespace IdleHands.Hosts;

/// <summary>
/// Programs that hold a port for a server that runs elsewhere: in a container, on another machine, behind a proxy. Ending
/// such a program would not end the server.
/// </summary>
internal static class Forwarders
{
    /// <summary>As much of a name as Linux keeps of a process.</summary>
    private const int KeptName = 15;

    private static readonly string[] Names =
    [
        "docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "pasta", "pasta.avx2", "conmon", "podman", "gvproxy",
        "com.docker.backend", "vpnkit", "vpnkit-bridge", "wslrelay", "wslhost", "kubectl", "kube-proxy", "ssh", "sshd", "sshd-session",
        "autossh", "socat", "haproxy", "nginx", "caddy", "traefik", "envoy", "httpd", "apache2",
    ];

    private static readonly HashSet<string> Known = Names.Select(Kept).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True when a process of this name passes on what others serve.</summary>
    public static bool Include(string? processName) => processName is not null && Known.Contains(Kept(WithoutExtension(processName)));

    private static string WithoutExtension(string name) =>
        name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^".exe".Length] : name;

    private static string Kept(string name) => name.Length > KeptName ? name[..KeptName] : name;
}
