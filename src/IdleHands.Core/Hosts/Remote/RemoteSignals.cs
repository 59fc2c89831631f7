namespace IdleHands.Hosts.Remote;

/// <summary>
/// Signals processes on a host. Each is looked at once more right before it is signalled: between the look that named it
/// and this one its number may have been given to another.
/// </summary>
internal static class RemoteSignals
{
    private const string Body = """
        ih_signal=$1
        shift
        for ih_x in "$@"; do
          ih_p=${ih_x%%:*}
          ih_t=${ih_x#*:}
          if [ -r /proc/self/stat ]; then
            read -r ih_l <"/proc/$ih_p/stat" || continue
            ih_l=${ih_l##*) }
            ih_now=$(set -- $ih_l; printf '%s' "${20}")
          else
            ih_now=$(set -- $(LC_ALL=C ps -o lstart= -p "$ih_p"); printf '%s' "$*")
          fi
          [ "$ih_now" = "$ih_t" ] && kill "-$ih_signal" "$ih_p"
        done 2>/dev/null
        """;

    /// <summary>The script that sends a signal.</summary>
    /// <param name="signal">Which.</param>
    /// <param name="identities">The processes, each with its start.</param>
    public static RemoteScript Script(LaunchSignal signal, IEnumerable<string> identities) =>
        new(Body, [signal == LaunchSignal.Kill ? "KILL" : "TERM", .. identities]);
}
