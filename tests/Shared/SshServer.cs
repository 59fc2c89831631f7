using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace IdleHands.Testing;

/// <summary>
/// The system's own sshd on a port of the loopback, with keys and a home directory of its own; all goes on dispose.
/// Commands run as <see cref="UserName"/> with HOME set to <see cref="Home"/>; their working directory is the user's real
/// home, because sshd takes that from the system's list of users.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    private const string ConnectionLine = "Connection from ";
    private const int Attempts = 5;
    private const int Sigkill = 9;

    /// <summary>
    /// Runs the words it is given and says their process id. When its input ends, which it also does when the test process
    /// is killed, or after ten minutes, it ends the listener and the processes of its connections, but not what these run.
    /// </summary>
    private const string Guard = """
        "$@" </dev/null >/dev/null &
        listener=$!
        exec 2>/dev/null
        echo "$listener"
        timeout 600 cat >/dev/null
        end() {
            kill -STOP "$1"
            for child in $(cat "/proc/$1/task/$1/children"); do
                case $(cat "/proc/$child/comm") in sshd*) end "$child" ;; esac
            done
            kill -KILL "$1"
        }
        end "$listener"
        wait
        """;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly SshServerOptions _options;
    private readonly SshServerFiles _files;
    private readonly LineLog _log = new();
    private Process? _guard;
    private int _listener;

    private SshServer(SshServerOptions options, SshServerFiles files)
    {
        _options = options;
        _files = files;
    }

    /// <summary>Why no sshd can be run here, for a skip; null where one can.</summary>
    public static string? WhyNot => SshServerFiles.WhyNot;

    public int Port { get; private set; }

    /// <summary>The address it listens on.</summary>
    public string Address => _options.ListenAddress;

    /// <summary>Who logs in.</summary>
    public string UserName => _options.User?.Name ?? Environment.UserName;

    /// <summary>HOME of the sessions.</summary>
    public string Home => _files.Home;

    /// <summary>The private key that is let in.</summary>
    public string KeyPath => _files.ClientKey;

    /// <summary>A private key that is not let in.</summary>
    public string WrongKeyPath => _files.WrongKey;

    /// <summary>A file that holds the host key of the first start.</summary>
    public string KnownHostsPath => _files.KnownHosts;

    /// <summary>Values of <c>-o</c> for a client that must not look at the files of the user who runs the tests.</summary>
    public IReadOnlyList<string> Options =>
    [
        $"UserKnownHostsFile={KnownHostsPath}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
    ];

    /// <summary>The arguments of a client that comes with <see cref="KeyPath"/>; a command may follow.</summary>
    public IReadOnlyList<string> ClientArguments =>
    [
        "-F", "none",
        .. Options.SelectMany(option => new[] { "-o", option }),
        "-i", KeyPath,
        "-p", Port.ToString(CultureInfo.InvariantCulture),
        "-l", UserName,
        Address,
    ];

    /// <summary>
    /// Connections served since the first start, as far as the log was read: it comes a moment after they were made.
    /// Those beyond MaxStartups are not counted.
    /// </summary>
    public int ConnectionCount => _log.Count(ConnectionLine);

    /// <summary>The lines that sshd has logged, of all its starts.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>Process id of the listener; 0 while it is stopped.</summary>
    public int ProcessId => _listener;

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<SshServer> StartAsync(SshServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (WhyNot is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        options ??= new SshServerOptions();
        var server = new SshServer(options, await SshServerFiles.CreateAsync(options, cancellationToken));
        try
        {
            await server.ListenOnFreePortAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Counts the connections served since the first start, with every one that sshd has answered by now.</summary>
    public async Task<int> CountConnectionsAsync(CancellationToken cancellationToken)
    {
        if (_listener != 0)
        {
            // sshd logs a connection before it answers, so in its pipe that line stands before this one.
            string mark = $"mark {Guid.NewGuid():N}";
            string pipe = string.Create(CultureInfo.InvariantCulture, $"/proc/{_listener}/fd/2");
            await using (var stream = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(mark + "\n"), cancellationToken);
            }

            await WaitForLogAsync(mark, cancellationToken);
        }

        return ConnectionCount;
    }

    /// <summary>Waits until so many connections were served since the first start.</summary>
    public Task WaitForConnectionsAsync(int count, CancellationToken cancellationToken) =>
        _log.WaitForAsync(ConnectionLine, count, cancellationToken);

    /// <summary>Waits until a line of sshd's log holds this text.</summary>
    public Task WaitForLogAsync(string text, CancellationToken cancellationToken) =>
        _log.WaitForAsync(text, 1, cancellationToken);

    /// <summary>Kills the processes of all connections, as a broken line would end them; the listener and what sessions run are left.</summary>
    public void KillConnections()
    {
        foreach (int connection in ConnectionsOf(_listener))
        {
            _ = SendSignal(connection, Sigkill); // It fails where the process has just ended.
        }
    }

    /// <summary>Ends the listener and all connections; what sessions run is left.</summary>
    public async Task StopAsync()
    {
        if (_guard is not { } guard)
        {
            return;
        }

        guard.StandardInput.Close();
        // Also until the log has ended, which the last process of this sshd holds open.
        await guard.WaitForExitAsync().WaitAsync(StopLimit);
        guard.Dispose();
        _guard = null;
        _listener = 0;
    }

    /// <summary>Ends it and starts it on the same port with the same keys.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        if (!await TryListenAsync(cancellationToken))
        {
            throw new InvalidOperationException($"sshd can't listen on port {Port} again:\n{string.Join('\n', Log)}");
        }
    }

    /// <summary>Gives it another host key, which <see cref="KnownHostsPath"/> does not hold, and starts it anew.</summary>
    public async Task ReplaceHostKeyAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await _files.ReplaceHostKeyAsync(cancellationToken);
        await RestartAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _files.Dispose();
    }

    private async Task ListenOnFreePortAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Port = SampleServerProcess.FindFreePort();
            await _files.WriteForPortAsync(Port, cancellationToken);
            if (await TryListenAsync(cancellationToken))
            {
                return;
            }
        }

        throw new InvalidOperationException($"sshd finds no port:\n{string.Join('\n', Log)}");
    }

    /// <summary>Starts sshd; false where its port is taken.</summary>
    private async Task<bool> TryListenAsync(CancellationToken cancellationToken)
    {
        int listening = _log.Count("Server listening on ");
        int taken = _log.Count("Address already in use");
        _log.Reopen();
        _guard = new Process
        {
            // -e: the log comes to us, and ends with the last process of this server.
            StartInfo = ToolRun.StartInfo("/bin/sh", ["-c", Guard, "sh", SshServerFiles.Sshd!, "-D", "-e", "-f", _files.Configuration]),
        };
        _guard.ErrorDataReceived += (_, line) => _log.Append(line.Data);
        _guard.Start();
        _guard.BeginErrorReadLine();
        string? listener = await _guard.StandardOutput.ReadLineAsync(cancellationToken);
        _listener = int.Parse(listener ?? "0", CultureInfo.InvariantCulture);
        try
        {
            await _log.WaitForAsync("Server listening on ", listening + 1, cancellationToken);
            return true;
        }
        catch (InvalidOperationException) when (_log.Count("Address already in use") > taken)
        {
            await StopAsync();
            return false;
        }
    }

    /// <summary>The processes of sshd below this one; a session's own program has another name.</summary>
    private static IEnumerable<int> ConnectionsOf(int processId)
    {
        foreach (string child in ReadProcessFile(processId, $"task/{processId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int id = int.Parse(child, CultureInfo.InvariantCulture);
            if (ReadProcessFile(id, "comm").StartsWith("sshd", StringComparison.Ordinal))
            {
                foreach (int below in ConnectionsOf(id))
                {
                    yield return below;
                }

                yield return id;
            }
        }
    }

    private static string ReadProcessFile(int processId, string name)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/{name}"));
        }
        catch (IOException)
        {
            return ""; // It has ended.
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
