using System.Globalization;
using System.Net.Sockets;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Reaches ports of a host by programs on it, where no connection is forwarded: bash, or else nc, python3, perl or curl.
/// Which ports have a listener is asked once for all ports that are wanted at about the same time.
/// </summary>
internal sealed class RemoteExchange
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    /// <summary>Sockets that listen; the last line says whether the host can tell.</summary>
    private const string Listeners = """
        if [ -r /proc/net/tcp ]; then
          grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null
          echo known
        elif command -v netstat >/dev/null 2>&1; then
          netstat -an 2>/dev/null | grep -i listen | while read -r ih_a ih_b ih_c ih_l ih_d; do echo "port ${ih_l##*[.:]}"; done
          echo known
        fi
        """;

    /// <summary>Sends a request to a port and writes what comes back. Ends with 7 when the connection is refused, as curl does.</summary>
    private const string Exchange = """
        ih_port=$1 ih_request=$2 ih_url=$3
        if command -v bash >/dev/null 2>&1; then
          bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 7; printf %s "$2" >&3; exec cat <&3' bash "$ih_port" "$ih_request" 2>/dev/null
        elif command -v python3 >/dev/null 2>&1; then
          python3 -c '
        import socket, sys
        try: s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        except OSError: sys.exit(7)
        s.sendall(sys.argv[2].encode())
        while True:
            b = s.recv(65536)
            if not b: break
            sys.stdout.buffer.write(b)
        ' "$ih_port" "$ih_request"
        elif command -v perl >/dev/null 2>&1; then
          perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or exit 7; print $s $ARGV[1]; $s->flush; binmode STDOUT; print while read($s, $_, 65536)' "$ih_port" "$ih_request"
        elif command -v nc >/dev/null 2>&1; then
          printf %s "$ih_request" | nc 127.0.0.1 "$ih_port" 2>/dev/null || ih_end 7
          ih_end 0
        elif command -v curl >/dev/null 2>&1; then
          curl -q -s -i --raw --noproxy '*' --http1.1 -H 'Connection: close' "$ih_url"
        else
          ih_end notool
        fi
        ih_end $?
        """;

    private readonly RemoteShell _shell;
    private readonly GatheredQuestion<HashSet<int>?> _listeners;

    /// <summary>Goes by a host's shell.</summary>
    public RemoteExchange(RemoteShell shell)
    {
        _shell = shell;
        _listeners = new GatheredQuestion<HashSet<int>?>(Gathering, () => AskListenersAsync(CancellationToken.None));
    }

    /// <summary>A connection to a port, as far as one question and one answer need it.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public async Task<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        HashSet<int>? listeners = await _listeners.AskAsync(cancellationToken).ConfigureAwait(false);
        return listeners?.Contains(port) == false
            ? throw new SocketException((int)SocketError.ConnectionRefused)
            : new ExchangeStream((request, token) => ExchangeAsync(port, request, token));
    }

    /// <summary>True when somebody listens on a port; null where the host can't tell without asking the port.</summary>
    public async Task<bool?> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        HashSet<int>? listeners = await AskListenersAsync(cancellationToken).ConfigureAwait(false);
        return listeners?.Contains(port);
    }

    private async Task<HashSet<int>?> AskListenersAsync(CancellationToken cancellationToken)
    {
        ScriptResult result = await _shell.RunAsync(new RemoteScript(Listeners), cancellationToken).ConfigureAwait(false);
        string[] lines = result.Lines;
        return lines.Contains("known") ? [.. lines.Select(PortOf).OfType<int>()] : null;
    }

    /// <summary>The port of a line: of the system's table, or <c>port N</c>.</summary>
    private static int? PortOf(string line) =>
        line.StartsWith("port ", StringComparison.Ordinal) && int.TryParse(line["port ".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? port
            : LinuxPortTable.PortOf(line);

    private async Task<ReadOnlyMemory<byte>> ExchangeAsync(int port, string request, CancellationToken cancellationToken)
    {
        string path = request.Split(' ') is { Length: > 1 } words ? words[1] : "/";
        var script = new RemoteScript(Exchange, FormattableString.Invariant($"{port}"), request, FormattableString.Invariant($"http://127.0.0.1:{port}{path}")) { Limit = AnswerLimit };
        ScriptResult result = await _shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        return result.Ending switch
        {
            "7" => throw new SocketException((int)SocketError.ConnectionRefused),
            "notool" => throw new IdleHandsException(
                "HostCannotProbe",
                FailureKind.Unavailable,
                "The host forwards no connection, and has no program that could reach a port of its own.",
                "Install bash, python3, perl, nc or curl there; or let its ssh server forward (AllowTcpForwarding).",
                port),
            _ => result.Output.Content,
        };
    }

    /// <summary>Collects a request, and gives the answer when it is read.</summary>
    private sealed class ExchangeStream(Func<string, CancellationToken, Task<ReadOnlyMemory<byte>>> exchange) : Stream
    {
        private readonly MemoryStream _request = new();
        private ReadOnlyMemory<byte>? _answer;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ReadOnlyMemory<byte> answer = _answer ??= await exchange(System.Text.Encoding.UTF8.GetString(_request.ToArray()), cancellationToken).ConfigureAwait(false);
            int count = Math.Min(answer.Length, buffer.Length);
            answer[..count].CopyTo(buffer);
            _answer = answer[count..];
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _request.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _request.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
