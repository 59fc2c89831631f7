using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdleHands.Templates;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// A script for the <c>sh</c> of a host. It is one group of commands, so that the shell has read all of it before any of
/// it runs, and it frames what it writes: what a login shell, its start-up files or a banner put before it is told apart,
/// and so is what a child in the background writes after it.
/// </summary>
internal sealed class RemoteScript
{
    /// <summary>
    /// What every script may call. <c>ih_session</c> replaces the shell by a program in a session of its own where the
    /// host has a way to open one; <c>ih_end</c> closes the frame.
    /// </summary>
    private const string Prelude = """
        ih_end() { printf '\n%s e %s\n' "$ih_mark" "$1"; printf '\n%s e %s\n' "$ih_mark" "$1" >&2; exit 0; }
        ih_begin() { printf '%s b\n' "$ih_mark"; printf '%s b\n' "$ih_mark" >&2; }
        ih_home() {
          [ -n "${HOME:-}" ] && [ -d "$HOME" ] || HOME=$(eval "printf '%s' ~$(id -un 2>/dev/null)" 2>/dev/null)
          [ -d "$HOME" ] || HOME=/
          export HOME
          cd "$HOME" 2>/dev/null || cd /
          ih_state=${IDLEHANDS_STATE_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/idlehands}
        }
        ih_path() { case $1 in /*) printf '%s' "$1" ;; '~/'*) printf '%s/%s' "$HOME" "${1#??}" ;; *) printf '%s/%s' "$HOME" "$1" ;; esac; }
        ih_session() {
          if command -v setsid >/dev/null 2>&1; then exec setsid "$@"
          elif command -v perl >/dev/null 2>&1; then exec perl -e 'use POSIX; $SIG{INT} = $SIG{QUIT} = "DEFAULT"; POSIX::setsid(); exec {$ARGV[0]} @ARGV; exit 127' "$@"
          elif command -v python3 >/dev/null 2>&1; then exec python3 -c 'import os,signal,sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@"
          else exec "$@"; fi
        }
        ih_home
        """;

    private readonly string _body;
    private readonly string _mark = "idlehands-" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Makes a script.</summary>
    /// <param name="body">Its commands.</param>
    /// <param name="arguments">Its <c>$1</c>, <c>$2</c> and so on: any text without NUL.</param>
    public RemoteScript(string body, params string[] arguments)
    {
        _body = body;
        Arguments = arguments;
    }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Variables to set: values of secrets, which must not stand on a command line anywhere.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = EnvironmentMap.Empty;

    /// <summary>True when it may run twice with the same outcome: then it is tried again when the connection is lost under it.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>True when the body opens the frame itself, with the number of a process behind it.</summary>
    public bool BeginsItself { get; init; }

    /// <summary>How long it may take from its begin on.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many bytes of each stream are kept: the end of it.</summary>
    public int OutputBound { get; init; } = 4 << 20;

    /// <summary>What a line of the frame begins with.</summary>
    public string Mark => _mark;

    /// <summary>The whole text.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder("{\n");
            text.Append(CultureInfo.InvariantCulture, $"ih_mark={_mark}\n").Append(Prelude).Append('\n');
            foreach ((string name, string value) in Environment)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}={Quote(value)}; export {name}\n");
            }

            text.Append("set --");
            foreach (string argument in Arguments)
            {
                text.Append(' ').Append(Quote(argument));
            }

            text.Append('\n').Append(BeginsItself ? string.Empty : "ih_begin\n").Append(_body).Append("\nih_end 0\n}\n");
            return text.ToString();
        }
    }

    /// <summary>A text as one word of a POSIX shell.</summary>
    public static string Quote(string value) => PosixQuoting.Instance.Quote(value);
}
