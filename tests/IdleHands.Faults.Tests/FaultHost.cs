using IdleHands.Testing;

namespace IdleHands.Faults.Tests;

/// <summary>
/// The way from the cmdlets to the host on which something goes wrong: it is always this machine, reached directly, over a
/// real sshd or through a command prefix. A fault is the same over all.
/// </summary>
public abstract class FaultHost : IAsyncLifetime
{
    /// <summary>
    /// What a launcher needs to see that nobody lets it go any more: it waits for 15 s, as the one who was to do it may
    /// have lost the connection.
    /// </summary>
    public virtual TimeSpan LauncherLimit => TimeSpan.FromSeconds(60);

    /// <summary>This way, where faults are made on it; else the test that asks for it is skipped.</summary>
    public virtual FaultHost OrSkip()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the faults are made with what Linux has: signals, mounts, /proc");
        return this;
    }

    /// <summary>Parameters of <c>Set-IHHost</c>.</summary>
    /// <param name="stateDirectory">The state directory of the session: launches are found by it.</param>
    public abstract string Parameters(string stateDirectory);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>This machine itself.</summary>
public sealed class LocalFaultHost : FaultHost
{
    public override TimeSpan LauncherLimit => TimeSpan.FromSeconds(10);

    public override string Parameters(string stateDirectory) => string.Empty;
}

/// <summary>Over a real sshd.</summary>
public class SshFaultHost : FaultHost
{
    private readonly SshHost _ssh = new();

    public override FaultHost OrSkip()
    {
        _ = _ssh.Parameters; // Skips where there is no sshd.
        return base.OrSkip();
    }

    public override string Parameters(string stateDirectory) => $"{_ssh.Parameters},'SetEnv={Launches.Mark}={stateDirectory}'";

    public override ValueTask InitializeAsync() => _ssh.InitializeAsync();

    public override async ValueTask DisposeAsync()
    {
        await _ssh.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>Through a command prefix, with another home and nothing else of the environment.</summary>
public class ExecFaultHost : FaultHost
{
    private readonly string _home = Directory.CreateTempSubdirectory("ih exec ").FullName;

    public override string Parameters(string stateDirectory) =>
        $"-Transport exec -ExecPrefix env,-i,'HOME={_home}','PATH=/usr/bin:/bin','{Launches.Mark}={stateDirectory}'";

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_home, recursive: true);
        return base.DisposeAsync();
    }
}

/// <summary>Over a real sshd, where time is no matter.</summary>
public sealed class ThoroughSshFaultHost : SshFaultHost
{
    public override FaultHost OrSkip() => Thorough.OrSkip(base.OrSkip);
}

/// <summary>Through a command prefix, where time is no matter.</summary>
public sealed class ThoroughExecFaultHost : ExecFaultHost
{
    public override FaultHost OrSkip() => Thorough.OrSkip(base.OrSkip);
}
