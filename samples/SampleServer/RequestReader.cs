using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace IdleHands.Samples.SampleServer;

/// <summary>What a client asked.</summary>
internal sealed record HttpRequest(string Method, string Path, Dictionary<string, string> Headers, byte[] Body)
{
    public bool KeepAlive =>
        !(Headers.TryGetValue("Connection", out string? value) && value.Contains("close", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Reads requests, with bodies by length or in chunks, from a socket.</summary>
internal sealed class RequestReader(Socket socket)
{
    private const int LongestLine = 64 * 1024;
    private const int LargestBody = 64 * 1024 * 1024;
    private readonly byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;

    /// <summary>The next request; null when the client has no more.</summary>
    /// <exception cref="IOException">It is no HTTP, or the client left within it.</exception>
    public HttpRequest? Read()
    {
        if (_start == _end && !Fill())
        {
            return null;
        }

        string[] words = ReadLine().Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            throw new IOException("not a request line");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (string line = ReadLine(); line.Length > 0; line = ReadLine())
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        int query = words[1].IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? words[1] : words[1][..query];
        return new HttpRequest(words[0], path, headers, ReadBody(headers));
    }

    private byte[] ReadBody(Dictionary<string, string> headers)
    {
        if (headers.ContainsKey("Expect"))
        {
            socket.Send("HTTP/1.1 100 Continue\r\n\r\n"u8);
        }

        if (headers.TryGetValue("Transfer-Encoding", out string? encoding) && encoding.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return ReadChunks();
        }

        return headers.TryGetValue("Content-Length", out string? length) ? ReadBytes(Size(length, NumberStyles.None)) : [];
    }

    private byte[] ReadChunks()
    {
        using var body = new MemoryStream();
        while (true)
        {
            int size = Size(ReadLine().Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier);
            body.Write(ReadBytes(size));
            string end = ReadLine();
            if (size == 0)
            {
                // Trailer fields, where there are any, end with an empty line.
                while (end.Length > 0)
                {
                    end = ReadLine();
                }

                return body.ToArray();
            }

            if (body.Length > LargestBody)
            {
                throw new IOException("body too large");
            }
        }
    }

    private static int Size(string text, NumberStyles style) =>
        int.TryParse(text, style, CultureInfo.InvariantCulture, out int size) && size is >= 0 and <= LargestBody
            ? size
            : throw new IOException("bad size of a body");

    private byte[] ReadBytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            if (_start == _end && !Fill())
            {
                throw new IOException("the client left within a body");
            }

            int length = Math.Min(count - done, _end - _start);
            Array.Copy(_buffer, _start, bytes, done, length);
            _start += length;
            done += length;
        }

        return bytes;
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !Fill())
            {
                throw new IOException("the client left within a line");
            }

            char next = (char)_buffer[_start++];
            if (next == '\n')
            {
                return line.ToString();
            }

            if (next != '\r')
            {
                line.Append(next);
            }

            if (line.Length > LongestLine)
            {
                throw new IOException("line too long");
            }
        }
    }

    private bool Fill()
    {
        _start = 0;
        _end = socket.Receive(_buffer);
        return _end > 0;
    }
}
