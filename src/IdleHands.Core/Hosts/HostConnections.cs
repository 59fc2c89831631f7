using System.Collections.Concurrent;
using IdleHands.Hosts.Local;
using IdleHands.Hosts.Remote;

namespace IdleHands.Hosts;

/// <summary>
/// Opens ways to hosts. One of these serves one command: whatever it opened to a host is shared by all that is done
/// there, and closed when it is disposed.
/// </summary>
/// <param name="logDirectory">Where launches on this machine write their logs, and those on others leave a note.</param>
/// <param name="secrets">Reads what hosts are logged into with; null: those of the environment alone.</param>
public sealed class HostConnections(string logDirectory, SecretResolver? secrets = null) : IAsyncDisposable
{
    private static readonly Lazy<ILocalPlatform> Platform = new(CreatePlatform);

    private static readonly Lazy<HttpMessageInvoker> LocalHttp = new(() => LoopbackHttp.Create(TimeSpan.FromSeconds(2)));

    private readonly SecretResolver _secrets = secrets ?? new SecretResolver();
    private readonly ConcurrentDictionary<RuntimeHost, Lazy<RemoteRoute>> _routes = new();

    /// <summary>True where the ssh client can share a connection: that of Windows can't.</summary>
    internal bool SharesConnections { get; init; } = !OperatingSystem.IsWindows();

    /// <summary>The way to a host, by its transport. Nothing is connected before something is asked of it.</summary>
    /// <param name="host">The host.</param>
    public IHostConnection Open(RuntimeHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.Transport == HostTransport.Local
            ? new LocalConnection(host, logDirectory, Platform.Value, LocalHttp.Value)
            : new RemoteConnection(host, logDirectory, _routes.GetOrAdd(RouteOf(host), way => new Lazy<RemoteRoute>(() => new RemoteRoute(Link(way), way.Id))).Value);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        RemoteRoute[] opened = [.. _routes.Values.Where(route => route.IsValueCreated).Select(route => route.Value)];
        _routes.Clear();
        await Task.WhenAll(opened.Select(route => route.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private IRemoteLink Link(RuntimeHost host) => host.Transport == HostTransport.Exec ? new ExecLink(host) : new SshLink(host, _secrets, SharesConnections);

    /// <summary>What of a host tells how it is reached: entries that differ in other things share the way.</summary>
    private static RuntimeHost RouteOf(RuntimeHost host) => new()
    {
        Id = host.Id,
        DisplayName = host.Id,
        Transport = host.Transport,
        HostName = host.HostName,
        Port = host.Port,
        UserName = host.UserName,
        KeyPath = host.KeyPath,
        Password = host.Password,
        SshOption = host.SshOption,
        ExecPrefix = host.ExecPrefix,
        CheckTimeoutSec = host.CheckTimeoutSec,
    };

    private static ILocalPlatform CreatePlatform() => OperatingSystem.IsWindows()
        ? new WindowsPlatform()
        : new UnixPlatform(OperatingSystem.IsMacOS() ? new MacProcessTable() : new LinuxProcessTable(), SessionStarter.All().FirstOrDefault());
}
