namespace IdleHands.Hosts.Remote;

/// <summary>
/// Keeps the logs on a host within the bounds that hold on this machine, too (<see cref="LogBounds"/>): whenever something
/// is launched there, and a log that has grown too long also whenever its launch is looked at.
/// </summary>
internal static class RemoteLogs
{
    /// <summary>
    /// <c>ih_rotate</c> begins a log anew that is too long; the header of what is kept is <see cref="LogHeader.Continued"/>.
    /// <c>ih_tidy</c> removes what is over the bounds, the oldest first; nothing of a launch whose session lives. The names
    /// end with the time of the launch, so their order by name is the order of a model's launches.
    /// </summary>
    public const string Tidy = """
        ih_rotate() {
          ih_size=$(wc -c <"$1" 2>/dev/null) || return 0
          [ "$ih_size" -gt 33554432 ] || return 0
          (umask 077; { printf '# idlehands log, continued: the %s bytes before this are not kept\n#\n' "$((ih_size - 16777216))"; tail -c +"$((ih_size - 16777216 + 1))" "$1"; } >"$1.1.new") 2>/dev/null \
            && mv -f "$1.1.new" "$1.1" && : >"$1" || rm -f "$1.1.new"
        }
        ih_alive() { grep -qls "IDLEHANDS_LAUNCH_ID=$1" /proc/[0-9]*/environ 2>/dev/null; }
        ih_drop_one() {
          ih_alive "$1" && return 1
          rm -f "$ih_logs/$1.log" "$ih_logs/$1.log.1" "$ih_logs/$1.exit" "$ih_logs/$1.go"
        }
        ih_drop() {
          ih_n=0
          for ih_f in "$@"; do
            [ -e "$ih_f" ] || continue
            ih_n=$((ih_n + 1))
          done
          for ih_f in "$@"; do
            [ "$ih_n" -gt "$ih_most" ] || break
            [ -e "$ih_f" ] || continue
            ih_b=${ih_f##*/}
            ih_drop_one "${ih_b%.log}" || continue
            ih_n=$((ih_n - 1))
          done
        }
        ih_tidy() {
          ih_logs=$ih_state/logs
          ih_six='[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
          ih_time='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]'
          ih_most=10
          eval "ih_drop \"\$ih_logs\"/$1-$ih_time-$ih_six.log"
          ih_most=200
          ih_all=$(cd "$ih_logs" && ls -tr -- *.log 2>/dev/null | grep -e "-$ih_time-$ih_six\.log\$")
          ih_count=$(printf '%s\n' "$ih_all" | grep -c .)
          [ "$ih_count" -le "$ih_most" ] || for ih_b in $ih_all; do
            [ "$ih_count" -gt "$ih_most" ] || break
            ih_drop_one "${ih_b%.log}" || continue
            ih_count=$((ih_count - 1))
          done
        }
        """;
}
