using System.Globalization;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Starts a command on a host so that it outlives the connection. As on this machine it is held back until it is written
/// down: its launcher waits for a file, and gives up by itself when none comes.
/// </summary>
internal sealed class RemoteLaunch(RemoteShell shell, RuntimeHost host, TimeProvider time)
{
    /// <summary>
    /// Runs in the new session. Whoever creates the go file first decides: the one who lets it go, or the launcher, when
    /// nobody has come in time (15 s: a connection that is lost meanwhile is opened anew by then); that file stays, however
    /// late somebody comes.
    /// </summary>
    private const string Launcher = """
        log=$1 exitfile=$2 go=$3; shift 3
        n=0
        while [ ! -s "$go" ]; do
          n=$((n + 1))
          if [ "$n" -gt 300 ] && (set -C; echo late >"$go") 2>/dev/null; then exit 126; fi
          [ "$n" -lt 400 ] || exit 126
          sleep 0.05 2>/dev/null || { sleep 1; n=$((n + 19)); }
        done
        read -r word <"$go"
        rm -f "$go"
        [ "$word" = go ] || exit 126
        exec </dev/null >>"$log" 2>&1
        trap : HUP INT TERM
        "$@"
        code=$?
        (umask 077; echo "$code" >"$exitfile.new") && mv -f "$exitfile.new" "$exitfile"
        exit "$code"
        """;

    /// <summary>Begins the log, tidies the older ones, and starts the launcher. Writes the number of its session and the processes.</summary>
    private const string Begin = """
        ih_id=$1 ih_header=$2 ih_launcher=$3 ih_shell=$4 ih_text=$5
        ih_sees || ih_end blind
        [ -n "$ih_shell" ] || { command -v bash >/dev/null 2>&1 && ih_shell=bash || ih_shell=sh; }
        command -v "$ih_shell" >/dev/null 2>&1 || ih_end noshell
        ih_logs=$ih_state/logs
        ih_log=$ih_logs/$ih_id.log
        umask 077
        ih_why=$(mkdir -p "$ih_logs" 2>&1) && ih_why=$( (set -C; printf '%s' "$ih_header" >"$ih_log") 2>&1) || { printf '%s' "$ih_why" >&2; ih_end nolog; }
        case $ih_shell in
          pwsh) set -- pwsh -NoLogo -NoProfile -NonInteractive -Command "$ih_text" ;;
          bash) set -- bash --norc -c "$ih_text" ;;
          *) set -- "$ih_shell" -c "$ih_text" ;;
        esac
        IDLEHANDS_LAUNCH_ID=$ih_id
        export IDLEHANDS_LAUNCH_ID
        ih_detach() { ih_session sh -c "$ih_launcher" idlehands "$ih_log" "$ih_logs/$ih_id.exit" "$ih_logs/$ih_id.go" "$@"; }
        ih_pid=
        if command -v setsid >/dev/null 2>&1 || command -v perl >/dev/null 2>&1 || command -v python3 >/dev/null 2>&1; then
          ih_detach "$@" </dev/null >/dev/null 2>&1 &
          ih_pid=$!
        else
          for ih_s in bash ksh zsh mksh; do
            command -v "$ih_s" >/dev/null 2>&1 || continue
            ih_pid=$("$ih_s" -c 'set -m; "$@" </dev/null >/dev/null 2>&1 & echo $!' "$ih_s" sh -c "$ih_launcher" idlehands "$ih_log" "$ih_logs/$ih_id.exit" "$ih_logs/$ih_id.go" "$@" 2>/dev/null)
            break
          done
        fi
        unset IDLEHANDS_LAUNCH_ID
        [ -n "$ih_pid" ] || { rm -f "$ih_log"; ih_end nosession; }
        ih_n=0
        while [ "$ih_n" -lt 100 ]; do
          ih_n=$((ih_n + 1))
          if [ -r "/proc/$ih_pid/stat" ]; then
            read -r ih_l <"/proc/$ih_pid/stat" 2>/dev/null || break
            ih_l=${ih_l##*) }
            ih_g=$(set -- $ih_l; printf '%s' "$3")
          else
            ih_g=$(ps -o pgid= -p "$ih_pid" 2>/dev/null | tr -d ' ')
          fi
          [ "$ih_g" = "$ih_pid" ] && break
          sleep 0.02 2>/dev/null || sleep 1
        done
        ih_model=${ih_id%-*}
        ih_tidy "${ih_model%-*}" >/dev/null 2>&1
        printf 'session %s\nlog %s\n' "$ih_pid" "$ih_log"
        ih_processes
        """;

    private const string SendAway = """
        ih_logs=$ih_state/logs
        [ ! -d "$ih_logs" ] || (set -C; umask 077; echo no >"$ih_logs/$1.go") 2>/dev/null
        """;

    private const string Go = """
        ih_go=$1 ih_pid=$2
        (set -C; umask 077; echo go >"$ih_go") 2>/dev/null && ih_end go
        [ -d "${ih_go%/*}" ] && [ -w "${ih_go%/*}" ] || ih_end nolog
        ih_word=
        ih_n=0
        while [ -e "$ih_go" ] && [ -z "$ih_word" ] && [ "$ih_n" -lt 20 ]; do
          ih_n=$((ih_n + 1))
          read -r ih_word <"$ih_go" || sleep 0.05
        done 2>/dev/null
        case $ih_word in
          late) ih_end late ;;
          go) ih_end go ;;
        esac
        ih_end taken
        """;

    /// <summary>Starts a command, held back until it is recorded.</summary>
    /// <exception cref="IdleHandsException"><c>LaunchFailed</c>, <c>ShellNotFound</c>, and those of the way to the host.</exception>
    public async Task<LaunchRecord> StartAsync(LaunchRequest request, Func<LaunchRecord, Task> record, CancellationToken cancellationToken)
    {
        var script = new RemoteScript(
            RemoteProcesses.Script + "\n" + RemoteLogs.Tidy + "\n" + Begin,
            request.LaunchId,
            LogHeader.TextOf(request, time.GetUtcNow()),
            Launcher,
            RemoteCommand.ShellWord(host),
            RemoteCommand.TextFor(host, request.Command))
        {
            Environment = request.Environment,
            IsRepeatable = false,
        };
        LaunchRecord launch;
        try
        {
            ScriptResult begun = await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
            launch = Describe(request.LaunchId, begun);
            LaunchFinder.Watch(request.LaunchId);
            await record(launch).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            // Also where nothing was heard of it: its launcher may wait nevertheless.
            await SendAwayAsync(request.LaunchId).ConfigureAwait(false);
            throw;
        }

        await LetGoAsync(launch, cancellationToken).ConfigureAwait(false);
        return launch;
    }

    /// <summary>That nothing which runs on the host could be seen, and so nothing is launched there.</summary>
    public static IdleHandsException Blind(RuntimeHost host) => Failed(
        host, "its processes can't be seen: it has no /proc, and no ps that tells when a process was started", "Mount /proc there, or install ps (apt install procps, apk add procps).");

    private LaunchRecord Describe(string launchId, ScriptResult begun)
    {
        switch (begun.Ending)
        {
            case "0":
                break;
            case "noshell":
                throw RemoteCommand.ShellNotFound(host);
            case "blind":
                throw Blind(host);
            case "nosession":
                throw Failed(
                    "it has no program that opens a session (setsid, perl or python3), and no shell with job control (bash, ksh or zsh)",
                    "Install util-linux (setsid), perl, python3 or bash there.");
            case "nolog":
                throw Failed($"its log can't be written: {RemoteText.LastLine(begun.Error.Text)}", "Make room on the host's disk, or make the home directory writable there.");
            default:
                throw Failed("its launcher did not come up in time", $"Test-IHHost {host.Id} shows whether the host answers.");
        }

        string[] lines = begun.Lines;
        RemoteProcesses processes = RemoteProcesses.Parse(lines);
        int id = int.Parse(Value(lines, "session "), CultureInfo.InvariantCulture);
        if (processes.Find(id) is not { } leader)
        {
            throw Failed("its launcher ended at once", $"Test-IHHost {host.Id} shows whether commands run there.");
        }

        if (!processes.Leads(id))
        {
            throw Failed("no session and no process group could be had for it", "Install util-linux (setsid), perl or python3 there. The launcher ends by itself.");
        }

        return new LaunchRecord
        {
            LaunchId = launchId,
            ProcessId = id,
            StartTime = LaunchFinder.StartTimeOf(leader),
            BootId = processes.BootId,
            LogPath = Value(lines, "log "),
            StartedAt = time.GetLocalNow(),
        };
    }

    private async Task LetGoAsync(LaunchRecord launch, CancellationToken cancellationToken)
    {
        string go = GoFile(launch);
        ScriptResult let = await shell.RunAsync(new RemoteScript(Go, go, launch.ProcessId.ToString(CultureInfo.InvariantCulture)), cancellationToken).ConfigureAwait(false);
        switch (let.Ending)
        {
            // Taken: an earlier try of this very call has let it go, and the launcher has seen it.
            case "go" or "taken":
                return;
            case "late":
                throw Failed("its launcher had waited too long to be let go", "Run the command again.");
            default:
                throw Failed($"it could not be let go: the directory of {go} can't be written", "Make room on the host's disk.");
        }
    }

    /// <summary>Tells a launcher that it is not let go. It gives up by itself where it can't be told.</summary>
    private async Task SendAwayAsync(string launchId)
    {
        using var limit = new CancellationTokenSource(RemoteLimits.Ending);
        try
        {
            await shell.RunAsync(new RemoteScript(SendAway, launchId), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IdleHandsException or OperationCanceledException)
        {
            // The failure that led here is told.
        }
    }

    private static string GoFile(LaunchRecord launch) => launch.LogPath![..^".log".Length] + ".go";

    private static string Value(string[] lines, string word) =>
        lines.FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..] ?? string.Empty;

    private IdleHandsException Failed(string why, string advice) => Failed(host, why, advice);

    private static IdleHandsException Failed(RuntimeHost host, string why, string advice) => new(
        "LaunchFailed",
        FailureKind.Failed,
        $"The start command could not be launched on host '{host.Id}': {why}.",
        advice,
        host.Id);
}
