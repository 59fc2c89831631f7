using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>Hosts of one test, and what is asked of them.</summary>
internal static class RemoteHosts
{
    /// <summary>Far longer than anything takes that is expected to end.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Ways to hosts none of which is this machine.</summary>
    public static HostConnections Connections(SecretResolver? secrets = null) => new("/dev/null/logs", secrets);

    /// <summary>A host behind a server.</summary>
    public static RuntimeHost Host(this SshServer server, string id = "box") =>
        SshTransport.Reach(new RuntimeHost { Id = id, DisplayName = id, Shell = "sh", CheckTimeoutSec = 30 }, server);

    /// <summary>A host behind a prefix.</summary>
    public static RuntimeHost ExecHost(NameList prefix) =>
        new() { Id = "pod", DisplayName = "Pod", Shell = "sh", Transport = HostTransport.Exec, ExecPrefix = prefix };

    public static Task<CommandResult> RunAsync(this IHostConnection connection, string text) =>
        connection.RunAsync(new HostCommand(text, Limit), Token);

    /// <summary>
    /// Stops listening, and waits until that is so: a process that another test is just starting holds the socket, too,
    /// between its fork and its exec.
    /// </summary>
    public static async Task StopListeningAsync(this TcpListener listener)
    {
        var port = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();
        while (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains(port))
        {
            await Task.Delay(5, Token);
        }
    }

    /// <summary>How a host that can't be reached says so.</summary>
    public static async Task<IdleHandsException> FailAsync(RuntimeHost host, SecretResolver? secrets = null)
    {
        await using HostConnections hosts = Connections(secrets);
        IHostConnection connection = hosts.Open(host);
        return await Assert.ThrowsAsync<IdleHandsException>(() => connection.StatAsync(["/"], Token));
    }

    /// <summary>A failure has a stable id and kind, names its host, says why, and advises a command.</summary>
    public static void Told(this IdleHandsException failure, string errorId, FailureKind kind, string said, string command, string target = "box")
    {
        Assert.Equal((errorId, kind, target), (failure.ErrorId, failure.Kind, failure.Target));
        Assert.Contains($"'{target}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Contains(command, failure.Recommendation, StringComparison.Ordinal);
    }

    /// <summary>A launch whose processes are ended when it is disposed.</summary>
    public static async Task<TestLaunch> LaunchAsync(this IHostConnection connection, string command, Func<LaunchRecord, Task>? record = null, string? id = null)
    {
        LaunchRecord launch = await connection.LaunchAsync(
            new LaunchRequest(id ?? $"m-{Guid.NewGuid():N}", command), record ?? (_ => Task.CompletedTask), Token);
        return new TestLaunch(connection, launch);
    }
}

/// <summary>A launch of a test.</summary>
internal sealed class TestLaunch(IHostConnection connection, LaunchRecord record) : IAsyncDisposable
{
    public LaunchRecord Record { get; } = record;

    /// <summary>Looks until what is seen is as wanted.</summary>
    public async Task<LaunchObservation> SeeAsync(Func<LaunchObservation, bool> wanted)
    {
        while (true)
        {
            LaunchObservation seen = await connection.ObserveAsync(Record, TestContext.Current.CancellationToken);
            if (wanted(seen))
            {
                return seen;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await connection.SignalAsync(Record, LaunchSignal.Kill, CancellationToken.None);
}
