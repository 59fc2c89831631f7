using System.ComponentModel;
using System.Net.Sockets;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Over the system's OpenSSH client. Where the client can share a connection, all commands and ports of a host go over one,
/// which is opened when it is first needed, again when it has died, and closed at the end.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="secrets">Reads what the host is logged into with.</param>
/// <param name="canShare">False for a client that can't share a connection, as on Windows.</param>
internal sealed class SshLink(RuntimeHost host, SecretResolver secrets, bool canShare) : IRemoteLink
{
    /// <summary>A server allows 10 sessions on a connection unless it is told otherwise (MaxSessions).</summary>
    private const int SessionsAtOnce = 8;

    private const int OpenTries = 7;

    /// <summary>Sessions that were closed here take a moment to be closed there.</summary>
    private const int MostRefusals = 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a connection for ports alone may take to be ready.</summary>
    private static readonly TimeSpan ForwarderLimit = TimeSpan.FromSeconds(20);

    /// <summary>Shells, and programs that start them, give these when there is no such program.</summary>
    private static readonly int[] NoShell = [126, 127];

    private readonly SessionTurns _turns = new(SessionsAtOnce);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private SshMaster? _master;
    private (int Number, IdleHandsException? Cause) _failures;
    private int _refusals;
    private SshForwarder? _forwarder;
    private SshLogin? _login;

    /// <inheritdoc />
    public Task OpenAsync(CancellationToken cancellationToken) => canShare ? MasterAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc />
    public async Task<IRemoteProcess> StartAsync(RemoteScript script, CancellationToken cancellationToken)
    {
        await _turns.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The words are the same in every shell that the user may have for a login shell; the script is its input.
            ChildProgram process = canShare
                ? ChildProgram.Start(Arguments(await MasterAsync(cancellationToken).ConfigureAwait(false), out string control).Shared(control, "sh"), null, _turns.Release, killsTree: false)
                : await StartAloneAsync(cancellationToken).ConfigureAwait(false);
            await process.SendAsync(script.Text, cancellationToken).ConfigureAwait(false);
            return process;
        }
        catch (Win32Exception e)
        {
            _turns.Release();
            throw NoClient(e);
        }
        catch
        {
            _turns.Release();
            throw;
        }
    }

    /// <inheritdoc />
    public RemoteVerdict Explain(RemoteEnd end)
    {
        if (end.HasBegun)
        {
            return RemoteVerdict.Retry;
        }

        if (SshFailure.IsRefusedSession(end.Said))
        {
            // It is tried again with fewer at once.
            _turns.Lower();
            if (++_refusals > MostRefusals && _turns.AreFree)
            {
                // What was broken off and still runs there has its session, and keeps everybody else out.
                _master?.MarkDead();
            }

            return new RemoteVerdict(SshFailure.ToException(host, end.Said, end.ExitCode), IsBusy: true);
        }

        if (end.ExitCode is { } code && code != SshFailure.ClientFailed)
        {
            bool isMissing = NoShell.Contains(code);
            return new RemoteVerdict(new IdleHandsException(
                "RemoteShellNotFound",
                FailureKind.Unavailable,
                $"Host '{host.Id}' ({SshFailure.Where(host)}) was reached, and no POSIX shell began there: 'sh' ended with exit code {code}"
                + (end.Said.Length > 0 ? $": {end.Said}" : "."),
                isMissing
                    ? $"IdleHands needs sh on the PATH of that login; a Windows machine is reached through WSL or Git's sh. Try it by hand: {SshFailure.ByHand(host)} sh"
                    : $"Try it by hand: {SshFailure.ByHand(host)} sh",
                host.Id));
        }

        if (SshFailure.IsGoneMaster(end.Said))
        {
            _master?.MarkDead();
        }

        return !canShare && !SshFailure.IsPassing(end.Said)
            ? new RemoteVerdict(SshFailure.ToException(host, end.Said, end.ExitCode))
            : RemoteVerdict.Retry with { IsUnsent = SshFailure.IsUnsent(end.Said) };
    }

    /// <inheritdoc />
    public async Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            IPortWay way = canShare ? await MasterAsync(cancellationToken).ConfigureAwait(false) : await ForwarderAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await way.ConnectAsync(port, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (!way.IsThere)
            {
                // The connection has died, which says nothing of the port: once more over a new one.
                if (attempt == 2)
                {
                    throw RemoteShell.Lost(host.Id, "while a port there was looked at", string.Empty);
                }
            }
        }
    }

    /// <inheritdoc />
    /// <remarks>The name may be one of ~/.ssh/config, which only the ssh client knows.</remarks>
    public async Task<string?> FindAddressAsync(int port, CancellationToken cancellationToken)
    {
        string given = SshArguments.Address(host.HostName!);
        if (await RemoteAddress.IsReachedAsync(given, port, cancellationToken).ConfigureAwait(false))
        {
            return given;
        }

        SshLogin login = await LoginAsync(cancellationToken).ConfigureAwait(false);
        string meant = SshLogin.ValueOf(await login.ReadConfigurationAsync(host, cancellationToken).ConfigureAwait(false), "hostname");
        return meant.Length > 0 && meant != given && await RemoteAddress.IsReachedAsync(meant, port, cancellationToken).ConfigureAwait(false) ? meant : null;
    }

    /// <inheritdoc />
    public async Task<TunnelCommand?> PrepareTunnelAsync(int localPort, int port, CancellationToken cancellationToken)
    {
        SshLogin login = await LoginAsync(cancellationToken).ConfigureAwait(false);
        string? directory = login.Password is null ? null : Directory.CreateTempSubdirectory("ih-").FullName;
        IPasswordSource? source = directory is null ? null : await login.PrepareAsync(host, directory, cancellationToken).ConfigureAwait(false);
        NameList words = new SshArguments(host, login.KeyPath, login.Password is not null).Tunnel(localPort, port);
        return new TunnelCommand(words, source?.Environment ?? EnvironmentMap.Empty, () =>
        {
            source?.Dispose();
            if (directory is not null)
            {
                Directory.Delete(directory, recursive: true);
            }
        });
    }

    /// <summary>The login, secrets read once.</summary>
    /// <exception cref="IdleHandsException"><c>SecretUnavailable</c>.</exception>
    public async Task<SshLogin> LoginAsync(CancellationToken cancellationToken) =>
        _login ??= await SshLogin.ReadAsync(host, secrets, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_master is not null)
        {
            await _master.DisposeAsync().ConfigureAwait(false);
        }

        if (_forwarder is not null)
        {
            await _forwarder.DisposeAsync().ConfigureAwait(false);
        }

        _opening.Dispose();
    }

    private SshArguments Arguments(SshMaster master, out string control)
    {
        control = master.Control;
        return new SshArguments(host, _login!.KeyPath, hasPassword: false);
    }

    private async Task<SshMaster> MasterAsync(CancellationToken cancellationToken)
    {
        if (_master is { IsThere: true } open)
        {
            return open;
        }

        int failures = _failures.Number;
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_master is { IsThere: true } opened)
            {
                return opened;
            }

            if (_failures.Number != failures)
            {
                // Failed for one, failed for all who have waited for it.
                throw _failures.Cause!;
            }

            if (_master is not null)
            {
                await _master.DisposeAsync().ConfigureAwait(false);
                _master = null;
            }

            _refusals = 0;
            return _master = await OpenMasterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException e) when (_failures.Number == failures)
        {
            _failures = (failures + 1, e);
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>A server with too many logins waiting drops some (MaxStartups): those are tried again, each time after a longer pause.</summary>
    private async Task<SshMaster> OpenMasterAsync(CancellationToken cancellationToken)
    {
        SshLogin login = await LoginAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            (SshMaster? master, string said, int? exitCode) = await TryOpenAsync(login, cancellationToken).ConfigureAwait(false);
            if (master is not null)
            {
                return master;
            }

            if (attempt == OpenTries || !SshFailure.IsPassing(said))
            {
                throw SshFailure.ToException(host, secrets.Redact(said), exitCode);
            }

            // Those that were dropped together must not come again together.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), cancellationToken).ConfigureAwait(false);
            pause *= 1.7;
        }
    }

    private async Task<(SshMaster? Master, string Said, int? ExitCode)> TryOpenAsync(SshLogin login, CancellationToken cancellationToken)
    {
        try
        {
            return await SshMaster.OpenAsync(host, login, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw NoClient(e);
        }
    }

    private async Task<ChildProgram> StartAloneAsync(CancellationToken cancellationToken)
    {
        SshLogin login = await LoginAsync(cancellationToken).ConfigureAwait(false);
        string directory = login.Password is null ? string.Empty : Directory.CreateTempSubdirectory("ih-").FullName;
        IPasswordSource? source = await login.PrepareAsync(host, directory, cancellationToken).ConfigureAwait(false);
        return ChildProgram.Start(new SshArguments(host, login.KeyPath, login.Password is not null).Alone("sh"), source?.Environment, Ended);

        void Ended()
        {
            source?.Dispose();
            if (directory.Length > 0)
            {
                Directory.Delete(directory, recursive: true);
            }

            _turns.Release();
        }
    }

    private async Task<SshForwarder> ForwarderAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_forwarder is { IsThere: true } open)
            {
                return open;
            }

            if (_forwarder is not null)
            {
                await _forwarder.DisposeAsync().ConfigureAwait(false);
            }

            SshLogin login = await LoginAsync(cancellationToken).ConfigureAwait(false);
            return _forwarder = await SshForwarder.OpenAsync(host, login, ForwarderLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw NoClient(e);
        }
        finally
        {
            _opening.Release();
        }
    }

    private IdleHandsException NoClient(Exception cause) => new(
        "SshClientNotFound",
        FailureKind.NotFound,
        $"Host '{host.Id}' can't be reached: the OpenSSH client (ssh) could not be started on this machine: {cause.Message}",
        OperatingSystem.IsWindows()
            ? "Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0 installs it."
            : "Install it: apt install openssh-client, dnf install openssh-clients, apk add openssh-client.",
        host.Id,
        cause);
}
