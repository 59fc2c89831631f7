using IdleHands.Hosts;
using IdleHands.Testing;

namespace IdleHands.Core.Tests.Hosts;

/// <summary>
/// A way to this very machine, as a host: directly, over a real sshd, or through a command prefix that leaves nothing of
/// the environment. What is tested over one is tested over all.
/// </summary>
public abstract class TestTransport : IAsyncLifetime
{
    /// <summary>Home of the commands there.</summary>
    public virtual string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>Where launches there write their logs; null for where a local host's are.</summary>
    public virtual string? LogDirectory => Path.Combine(Home, ".local/state/idlehands/logs");

    /// <summary>False where the ssh client is made to open a connection for each command, as it does on Windows.</summary>
    public virtual bool SharesConnections => true;

    /// <summary>The host, reached this way.</summary>
    public abstract RuntimeHost Reach(RuntimeHost host);

    /// <summary>Opens ways to hosts.</summary>
    public HostConnections Connections(string logDirectory) => new(logDirectory) { SharesConnections = SharesConnections };

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        return ValueTask.CompletedTask;
    }
}

/// <summary>This machine itself.</summary>
public sealed class LocalTransport : TestTransport
{
    public override string? LogDirectory => null;

    public override RuntimeHost Reach(RuntimeHost host) => host;
}

/// <summary>Over a real sshd.</summary>
public class SshTransport : TestTransport
{
    private SshServer? _server;

    /// <summary>The server. Where there can be none, the test that asks for it is skipped; a fixture can't skip one.</summary>
    public SshServer Server
    {
        get
        {
            Assert.SkipWhen(SshServer.WhyNot is not null, SshServer.WhyNot ?? string.Empty);
            return _server!;
        }
    }

    public override string Home => Server.Home;

    public override RuntimeHost Reach(RuntimeHost host) => Reach(host, Server);

    /// <summary>A host behind a server.</summary>
    public static RuntimeHost Reach(RuntimeHost host, SshServer server) => host with
    {
        Transport = HostTransport.Ssh,
        HostName = server.Address,
        Port = server.Port,
        UserName = server.UserName,
        KeyPath = server.KeyPath,
        SshOption = NameList.From(server.Options),
    };

    public override async ValueTask InitializeAsync()
    {
        if (SshServer.WhyNot is null)
        {
            _server = await SshServer.StartAsync(new SshServerOptions { BashRc = "echo noise; echo more noise >&2; printf 'no line end'" });
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}

/// <summary>Over a real sshd, with a connection for each command, where time is no matter.</summary>
public sealed class SshAloneTransport : SshTransport
{
    public override string Home => Thorough.OrSkip(() => base.Home);

    public override bool SharesConnections => false;

    public override RuntimeHost Reach(RuntimeHost host) => Thorough.OrSkip(() => base.Reach(host));
}

/// <summary>Over a real sshd, where time is no matter.</summary>
public sealed class ThoroughSshTransport : SshTransport
{
    public override string Home => Thorough.OrSkip(() => base.Home);

    public override RuntimeHost Reach(RuntimeHost host) => Thorough.OrSkip(() => base.Reach(host));
}

/// <summary>Through a command prefix, with another home and nothing else of the environment.</summary>
public class ExecTransport : TestTransport
{
    private readonly string _home = Directory.CreateTempSubdirectory("ih exec ").FullName;

    public override string Home => _home;

    public override RuntimeHost Reach(RuntimeHost host) => host with
    {
        Transport = HostTransport.Exec,
        ExecPrefix = new NameList("env", "-i", $"HOME={_home}", "PATH=/usr/bin:/bin"),
    };

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_home, recursive: true);
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}

/// <summary>Through a command prefix, where time is no matter.</summary>
public sealed class ThoroughExecTransport : ExecTransport
{
    public override string Home => Thorough.OrSkip(() => base.Home);

    public override RuntimeHost Reach(RuntimeHost host) => Thorough.OrSkip(() => base.Reach(host));
}
