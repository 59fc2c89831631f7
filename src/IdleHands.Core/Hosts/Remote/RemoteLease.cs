using System.Globalization;

namespace IdleHands.Hosts.Remote;

/// <summary>The lease of a host, in files there (<see cref="LeaseFiles"/>). All times are the host's own.</summary>
internal sealed class RemoteLease(RemoteShell shell, string hostId)
{
    /// <summary>
    /// Ends with <c>held</c> when the caller has it, <c>other</c> when somebody else has, <c>lost</c> when somebody else has
    /// taken it. Writes the number, the time, whether the caller is asked to go, and the line of the lease that counts. A
    /// select on the host itself holds the lock of its state directory, which is looked at after the lease is taken; it
    /// looks for a lease after it has taken the lock: so at least one of two sees the other. Where the state directory there
    /// is the caller's own, which has a host that leads to its own machine, the lock there is its own, too. A lease under the
    /// caller's name that it does not know of was left by a run that was killed, and is taken over.
    /// </summary>
    private const string Script = """
        ih_action=$1 ih_token=$2 ih_owner=$3 ih_lasts=$4 ih_number=$5
        ih_dir=$ih_state/lease
        umask 077
        mkdir -p "$ih_dir" || ih_end failed
        ih_highest() {
          ih_n=0
          for ih_f in "$ih_dir"/*; do
            ih_f=${ih_f##*/}
            case $ih_f in *[!0-9]*|'') ;; *) [ "$ih_f" -gt "$ih_n" ] && ih_n=$ih_f ;; esac
          done
          ih_line=
          [ "$ih_n" -eq 0 ] || read -r ih_line <"$ih_dir/$ih_n" || :
        }
        ih_say() {
          ih_asked=no
          [ -e "$ih_dir/$ih_n.ask" ] && ih_asked=yes
          printf '%s %s %s\n%s\n' "$ih_n" "$(date +%s)" "$ih_asked" "$ih_line"
          ih_end "$1"
        }
        ih_write() { printf '%s|%s|%s|%s\n' "$ih_token" "$1" "$2" "$ih_owner"; }
        ih_tries=0
        while [ "$ih_tries" -lt 20 ]; do
          ih_tries=$((ih_tries + 1))
          ih_highest
          ih_now=$(date +%s)
          ih_until=${ih_line#*|}
          ih_since=${ih_until#*|}
          ih_until=${ih_until%%|*}
          ih_since=${ih_since%%|*}
          case $ih_until in ''|*[!0-9]*) ih_until=0 ;; esac
          case $ih_line in "$ih_token|"*) ih_mine=yes ;; *) ih_mine=no ;; esac
          if [ -z "$ih_line" ] && [ "$ih_n" -gt 0 ] && [ "$ih_tries" -lt 10 ]; then
            sleep 0.1 2>/dev/null || sleep 1
            continue
          fi
          case $ih_action in
            Renew)
              [ "$ih_mine" = yes ] || ih_say lost
              ih_write "$((ih_now + ih_lasts))" "$ih_since" >"$ih_dir/.$ih_n.new" && mv -f "$ih_dir/.$ih_n.new" "$ih_dir/$ih_n" || ih_end failed
              ih_say held ;;
            Release)
              [ "$ih_mine" = yes ] || ih_say lost
              ih_write 0 "$ih_since" >"$ih_dir/.$ih_n.new" && mv -f "$ih_dir/.$ih_n.new" "$ih_dir/$ih_n"
              rm -f "$ih_dir"/*.ask
              ih_say held ;;
            Ask)
              [ "$ih_n" -gt 0 ] && : >"$ih_dir/$ih_n.ask"
              ih_say other ;;
          esac
          if [ "$ih_mine" = no ] && [ "$ih_until" -gt "$ih_now" ] && { [ "$ih_action" != Break ] || [ "$ih_n" != "$ih_number" ]; }; then ih_say other; fi
          ih_next=$((ih_n + 1))
          (set -C; ih_write "$((ih_now + ih_lasts))" "$ih_now" >"$ih_dir/$ih_next") 2>/dev/null || { [ -w "$ih_dir" ] && continue; ih_end failed; }
          ih_self=
          [ ! -r "$ih_state/identity" ] || read -r ih_self <"$ih_state/identity" || :
          if [ -e "$ih_state/runtime.lock" ] && [ "${ih_token%-*}" != "$ih_self" ] && command -v flock >/dev/null 2>&1 && ! flock -n "$ih_state/runtime.lock" true 2>/dev/null; then
            ih_n=$ih_next
            ih_write 0 "$ih_now" >"$ih_dir/.$ih_n.new" && mv -f "$ih_dir/.$ih_n.new" "$ih_dir/$ih_n"
            ih_line="-|$((ih_now + 5))|$ih_now|a select on that host itself"
            ih_say other
          fi
          for ih_f in "$ih_dir"/*; do
            ih_f=${ih_f##*/}
            case $ih_f in
              *.ask) rm -f "$ih_dir/$ih_f" ;;
              *[!0-9]*|'') ;;
              *) [ "$ih_f" -lt "$ih_next" ] && rm -f "$ih_dir/$ih_f" ;;
            esac
          done
          ih_n=$ih_next
          ih_line=$(ih_write "$((ih_now + ih_lasts))" "$ih_now")
          ih_say held
        done
        ih_end failed
        """;

    /// <summary>Carries a call out.</summary>
    /// <exception cref="IdleHandsException"><c>LeaseFailed</c>, and those of the way to the host.</exception>
    public async Task<LeaseReply> CallAsync(LeaseCall call, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(
            Script,
            call.Action.ToString(),
            call.Token,
            call.Owner.ReplaceLineEndings(" "),
            ((long)call.Lasts.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            call.Number.ToString(CultureInfo.InvariantCulture));
        ScriptResult result = await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
        string[] lines = result.Output.Text.Split('\n');
        string[] head = lines[0].Split(' ');
        if (result.Ending is null or "failed" || head.Length != 3
            || !long.TryParse(head[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || !long.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out long now))
        {
            throw new IdleHandsException(
                "LeaseFailed",
                FailureKind.Failed,
                $"The lease of host '{hostId}' could not be written: {(RemoteText.LastLine(result.Error.Text) is { Length: > 0 } said ? said : "it has no date command that tells seconds, or no room")}",
                "Make room on the host's disk, or make the home directory writable there.",
                hostId);
        }

        LeaseReply seen = LeaseFiles.Parse(number, lines.Length > 1 ? lines[1] : string.Empty, now) ?? new LeaseReply(false, number);
        return seen with { IsHeld = result.Ending == "held", IsAskedToGo = head[2] == "yes" };
    }
}
