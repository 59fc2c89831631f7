using System.Globalization;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>Scripts that look at files of a host, and what they say.</summary>
internal static class RemoteFiles
{
    /// <summary>How many paths one script may be asked about: its text is one argument of a program, which systems bound.</summary>
    public const int PathsAtOnce = 100;

    /// <summary>Makes the log directory, and proves that it can be written to: a full disk still takes an empty file.</summary>
    public const string CheckLogs = """
        ih_sees || ih_end blind
        umask 077
        ih_proof=$ih_state/logs/.$$.tmp
        mkdir -p "$ih_state/logs" && printf '%16384s' ' ' >"$ih_proof" || { rm -f "$ih_proof"; ih_end failed; }
        rm -f "$ih_proof"
        """;

    /// <summary>One word a path: its size, or <c>none</c>, <c>dir</c>, <c>denied</c>, <c>special</c>.</summary>
    public const string Stat = """
        for ih_x in "$@"; do
          ih_p=$(ih_path "$ih_x"; printf x)
          ih_p=${ih_p%x}
          if [ -d "$ih_p" ]; then echo dir
          elif [ ! -e "$ih_p" ]; then echo none
          elif [ ! -f "$ih_p" ]; then echo special
          elif [ ! -r "$ih_p" ]; then echo denied
          else (set -- $(ls -lLnd -- "$ih_p" 2>/dev/null); echo "${5:-denied}"); fi
        done
        """;

    /// <summary>
    /// Files of a directory, or of what a pattern matches, each with a NUL behind it. Without IFS the pattern is taken for
    /// paths and nothing else; a text that matches nothing stays as it is, and is then no file.
    /// </summary>
    public const string Find = """
        IFS=
        ih_list() {
          if [ ! -d "$1" ]; then [ -f "$1" ] && printf '%s\0' "$1"
          elif [ -n "$3" ]; then find "$1/" -name "$2" ! -name '.*' \( -type f -o -type l \) -exec test -f {} \; -exec printf '%s\0' {} \; 2>/dev/null
          else for ih_f in "$1"/$2; do [ -f "$ih_f" ] && printf '%s\0' "$ih_f"; done; fi
        }
        ih_p=$(ih_path "$1"; printf x)
        ih_p=${ih_p%x}
        if [ -e "$ih_p" ]; then ih_list "${ih_p%/}" "$2" "$3"
        else for ih_m in $ih_p; do ih_list "$ih_m" "$2" "$3"; done; fi
        """;

    /// <summary>The file that a process's standard error goes to, as <c>errors PATH</c>.</summary>
    public const string ErrorFile = """
        ih_f=$(readlink "/proc/$1/fd/2" 2>/dev/null)
        case $ih_f in
          /dev/*) ;;
          /*) [ -f "$ih_f" ] && printf 'errors %s\n' "$ih_f" ;;
        esac
        ih_processes
        """;

    /// <summary>The processes, how the launch ended, and the end of its log behind an empty line. Begins a log anew that is too long.</summary>
    public const string Observe = """
        ih_processes
        [ -n "$2" ] && [ -r "$2" ] && printf 'exit %s\n' "$(cat "$2" 2>/dev/null)"
        if [ -n "$1" ]; then
          case $1 in "$ih_state"/logs/*) ih_rotate "$1" ;; esac
          ih_size=$(wc -c <"$1" 2>/dev/null) && printf 'length %s\n' "$ih_size"
        fi
        echo
        [ -n "$1" ] && tail -c "$3" "$1" 2>/dev/null
        """;

    /// <summary>The end of a log, with that of its older part before it where it is short, behind an empty line.</summary>
    public const string LogEnd = """
        echo
        ih_size=$(wc -c <"$1" 2>/dev/null) || ih_size=0
        if [ "$ih_size" -lt "$2" ] && [ -r "$1.1" ]; then tail -c "$(($2 - ih_size))" "$1.1"; fi 2>/dev/null
        tail -c "$2" "$1" 2>/dev/null
        """;

    /// <summary>What a script wrote, parted at the first empty line: lines before it, bytes behind it.</summary>
    public static (string[] Head, ReadOnlyMemory<byte> Tail) Split(FramedStream output)
    {
        ReadOnlyMemory<byte> content = output.Content;
        int at = content.Span.StartsWith("\n"u8) ? 0 : content.Span.IndexOf("\n\n"u8) + 1;
        return at == 0 && !content.Span.StartsWith("\n"u8)
            ? (output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries), default)
            : (Encoding.UTF8.GetString(content.Span[..at]).Split('\n', StringSplitOptions.RemoveEmptyEntries), content[(at + 1)..]);
    }

    /// <summary>What stands behind a word at the start of a line; null where no line begins so.</summary>
    public static string? Value(string[] lines, string word) =>
        Array.Find(lines, line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..];

    /// <summary>The number behind a word at the start of a line.</summary>
    public static long? Number(string[] lines, string word) =>
        long.TryParse(Value(lines, word)?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>What the host said of a path.</summary>
    public static FileFact Fact(string path, string? said, TimeSpan limit) => said switch
    {
        null => new FileFact(path, Exists: true, Size: null, $"no answer within {limit.TotalSeconds:0} s"),
        "none" => new FileFact(path, Exists: false, Size: null),
        "dir" => new FileFact(path, Exists: true, Size: null, "is a directory"),
        "special" => new FileFact(path, Exists: true, Size: null, "is no regular file"),
        _ when long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out long size) => new FileFact(path, Exists: true, size),
        _ => new FileFact(path, Exists: true, Size: null, "permission denied"),
    };
}
