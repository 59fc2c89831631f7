using System.ComponentModel;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// The one connection to a host that all commands of a run share (ControlMaster), with the socket by which ports of the
/// host are reached. Both sockets lie in a directory of this user's alone.
/// </summary>
internal sealed class SshMaster : IPortWay, IAsyncDisposable
{
    /// <summary>The client lets 128 wait until it takes them; more it refuses on some systems, as if it were gone.</summary>
    private const int PortsAtOnce = 64;

    private const int DeleteTries = 100;

    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan DeletePause = TimeSpan.FromMilliseconds(50);

    /// <summary>A port that hangs must not keep others waiting: by then the client has long taken it.</summary>
    private static readonly TimeSpan TurnLimit = TimeSpan.FromMilliseconds(500);

    private readonly string _directory;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _turns = new(PortsAtOnce);
    private readonly GatheredQuestion<bool> _isAnswering;
    private readonly object _looking = new();
    private long _looked;
    private volatile bool _isDead;

    private SshMaster(string directory)
    {
        _directory = directory;
        _isAnswering = new GatheredQuestion<bool>(Gathering, IsAnsweringAsync);
    }

    /// <summary>Socket by which it is shared.</summary>
    public string Control => Path.Combine(_directory, "c");

    /// <summary>False once the host has refused to forward to a port of its own.</summary>
    public bool Forwards { get; private set; } = true;

    /// <inheritdoc />
    public bool IsThere => !_isDead && File.Exists(Control);

    private string Forward => Path.Combine(_directory, "f");

    private string Log => Path.Combine(_directory, "l");

    /// <summary>Opens the connection.</summary>
    /// <param name="host">The host.</param>
    /// <param name="login">What it is opened with.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>The connection, or what the client said when it could not be opened, and its exit code.</returns>
    /// <exception cref="Win32Exception">There is no ssh client.</exception>
    public static async Task<(SshMaster? Master, string Said, int? ExitCode)> OpenAsync(RuntimeHost host, SshLogin login, CancellationToken cancellationToken)
    {
        // Short, because the path of a socket may have 104 characters on some systems, and the client adds 17.
        string directory = Directory.CreateTempSubdirectory("ih-").FullName;
        var arguments = new SshArguments(host, login.KeyPath, login.Password is not null);
        var master = new SshMaster(directory);
        try
        {
            (string said, int? exitCode) = await login.RunAsync(host, arguments.Master(master.Control, master.Forward, master.Log), directory, cancellationToken).ConfigureAwait(false);
            if (exitCode == 0 && master.IsThere)
            {
                return (master, said, exitCode);
            }

            said = $"{said}\n{master.ReadLog()}".Trim();
            await master.DisposeAsync().ConfigureAwait(false);
            return (null, said, exitCode);
        }
        catch
        {
            await master.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Notes that nobody answers at its sockets any more, although they are there.</summary>
    public void MarkDead() => _isDead = true;

    /// <inheritdoc />
    public async Task<Stream?> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        if (!Forwards || !File.Exists(Forward))
        {
            return null;
        }

        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<Stream?> asking = AskForAsync(port, cancellationToken);
        await Task.WhenAny(asking, Task.Delay(TurnLimit, CancellationToken.None)).ConfigureAwait(false);
        _turns.Release();
        if (await asking.ConfigureAwait(false) is { } stream)
        {
            return stream;
        }

        // Closed without an answer, as it also is when the client dies. That its socket still takes connections shows nothing:
        // those that it had taken are closed first.
        if (!await _isAnswering.AskAsync(cancellationToken).ConfigureAwait(false))
        {
            _isDead = true;
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        // The log tells whether nobody listens, or the host does not forward at all.
        LookForProhibition();
        return Forwards ? throw new SocketException((int)SocketError.ConnectionRefused) : null;
    }

    /// <summary>Closes the connection, and leaves nothing of it behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (File.Exists(Control))
        {
            try
            {
                using var limit = new CancellationTokenSource(ExitLimit);
                await SshControl.ExitAsync(Control, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // It ends by itself soon: nobody uses it any more.
            }
        }

        await DeleteDirectoryAsync().ConfigureAwait(false);
    }

    /// <summary>A client on its way out may still write into the directory while it is being deleted.</summary>
    private async Task DeleteDirectoryAsync()
    {
        for (int attempt = 1; attempt <= DeleteTries; attempt++)
        {
            try
            {
                Directory.Delete(_directory, recursive: true);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What was in it may go while it is deleted. After the last try an empty directory among temporary files is left.
                if (!Directory.Exists(_directory))
                {
                    return;
                }

                await Task.Delay(DeletePause).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> IsAnsweringAsync()
    {
        try
        {
            return await SshControl.IsAnsweringAsync(Control, _closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Somebody else has found it dead, and opened another one.
            return false;
        }
    }

    private async Task<Stream?> AskForAsync(int port, CancellationToken cancellationToken) =>
        await SocksClient.ConnectAsync(await AskAsync(cancellationToken).ConfigureAwait(false), port, cancellationToken).ConfigureAwait(false);

    private async Task<Socket> AskAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Forward), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                // Too many wait already: it is busy, not gone.
                socket.Dispose();
                await Task.Delay(Gathering, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                _isDead |= e is SocketException;
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Of the log, only what is new is read: a scan adds a line for each port that refuses.</summary>
    private void LookForProhibition()
    {
        lock (_looking)
        {
            try
            {
                using SafeFileHandle log = File.OpenHandle(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                byte[] rest = new byte[Math.Max(0, RandomAccess.GetLength(log) - _looked)];
                ReadOnlySpan<byte> lines = rest.AsSpan(0, RandomAccess.Read(log, rest, _looked));
                lines = lines[..(lines.LastIndexOf((byte)'\n') + 1)];
                _looked += lines.Length;
                Forwards &= lines.IndexOf("administratively prohibited"u8) < 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Closed meanwhile.
            }
        }
    }

    private string ReadLog()
    {
        try
        {
            using var log = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(log);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
