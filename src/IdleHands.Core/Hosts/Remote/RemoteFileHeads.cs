using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>Opens files of a host by one question for all: what there is, and how each begins.</summary>
internal static class RemoteFileHeads
{
    /// <summary>How much of the first file is asked for. The heads of the others of a set are short: the first has the vocabulary.</summary>
    public const int FirstBytes = 1 << 20;

    private const int OtherBytes = 64 << 10;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>For every path a line as that of <see cref="RemoteFiles.Stat"/>, with the length of what follows, and that.</summary>
    private const string Script = """
        ih_most=$1
        ih_others=$2
        shift 2
        for ih_x in "$@"; do
          ih_p=$(ih_path "$ih_x"; printf x)
          ih_p=${ih_p%x}
          ih_size=
          if [ -d "$ih_p" ]; then echo dir 0
          elif [ ! -e "$ih_p" ]; then echo none 0
          elif [ ! -f "$ih_p" ]; then echo special 0
          elif [ ! -r "$ih_p" ]; then echo denied 0
          else
            ih_size=$(set -- $(ls -lLnd -- "$ih_p" 2>/dev/null); echo "${5:-0}")
            ih_n=$ih_most
            [ "$ih_size" -ge "$ih_n" ] || ih_n=$ih_size
            echo "$ih_size $ih_n"
            head -c "$ih_n" -- "$ih_p" 2>/dev/null || head -c "$ih_n" <"$ih_p"
          fi
          echo
          ih_most=$ih_others
        done
        """;

    /// <summary>Opens them.</summary>
    public static async Task<IReadOnlyList<OpenedFile>> OpenAsync(RemoteShell shell, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        string[] arguments = [FirstBytes.ToString(CultureInfo.InvariantCulture), OtherBytes.ToString(CultureInfo.InvariantCulture), .. paths];
        var script = new RemoteScript(Script, arguments)
        {
            Limit = Limit,
            OutputBound = FirstBytes + (paths.Count * (OtherBytes + 64)),
        };
        ScriptResult result = await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> rest = result.Output.Content;
        return [.. paths.Select(path => Read(shell, path, ref rest))];
    }

    private static OpenedFile Read(RemoteShell shell, string path, ref ReadOnlyMemory<byte> rest)
    {
        int lineEnd = rest.Span.IndexOf((byte)'\n');
        string[] words = lineEnd < 0 ? [] : Encoding.ASCII.GetString(rest.Span[..lineEnd]).Split(' ');
        FileFact fact = RemoteFiles.Fact(path, words.Length == 2 ? words[0] : null, Limit);
        if (words.Length != 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > rest.Length - lineEnd - 1)
        {
            rest = default;
            return new OpenedFile(fact.Size is null ? fact : fact with { Size = null, Problem = "its beginning did not arrive" }, null);
        }

        ReadOnlyMemory<byte> beginning = rest.Slice(lineEnd + 1, count);
        rest = rest[Math.Min(rest.Length, lineEnd + 1 + count + 1)..];
        return new OpenedFile(fact, fact.Size is { } size ? new RemoteByteSource(shell, path, size, beginning) : null);
    }
}
