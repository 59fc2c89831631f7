using IdleHands.Hosts.Local;

namespace IdleHands.Hosts;

/// <summary>Opens ways to hosts.</summary>
public static class HostConnections
{
    private static readonly Lazy<ILocalPlatform> Platform = new(CreatePlatform);

    private static readonly Lazy<HttpMessageInvoker> LocalHttp = new(() => LoopbackHttp.Create(TimeSpan.FromSeconds(2)));

    /// <summary>Opens the way to a host that its transport tells.</summary>
    /// <param name="host">The host.</param>
    /// <param name="logDirectory">Where launches on this machine write their logs.</param>
    /// <exception cref="IdleHandsException"><c>TransportNotAvailable</c>.</exception>
    public static IHostConnection Open(RuntimeHost host, string logDirectory)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.Transport == HostTransport.Local
            ? new LocalConnection(host, logDirectory, Platform.Value, LocalHttp.Value)
            : throw new IdleHandsException(
                "TransportNotAvailable",
                FailureKind.Unavailable,
                $"Host '{host.Id}' is reached by '{host.Transport}', which is not available yet: this version works on local hosts and plans for others.",
                "Select-IHModel -DryRun shows the plan; run the module on that machine to carry it out.",
                host.Id);
    }

    private static ILocalPlatform CreatePlatform() => OperatingSystem.IsWindows()
        ? new WindowsPlatform()
        : new UnixPlatform(OperatingSystem.IsMacOS() ? new MacProcessTable() : new LinuxProcessTable(), SessionStarter.All().FirstOrDefault());
}
