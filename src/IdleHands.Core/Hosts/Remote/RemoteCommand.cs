using System.Globalization;
using IdleHands.Hosts.Local;

namespace IdleHands.Hosts.Remote;

/// <summary>Runs commands of the user's in the shell of a host.</summary>
internal sealed class RemoteCommand(RemoteShell shell, RuntimeHost host)
{
    private const int OutputBound = 64 * 1024;
    private const int KillRounds = 5;

    /// <summary>
    /// bash reads its start-up file when it believes to be started by sshd, which the login shell has done already. The
    /// command runs in a session of its own, by whose number it is ended with all it started. That number is told
    /// before the command begins. It has ended when its shell has, whoever still holds its output open.
    /// </summary>
    private const string Body = """
        ih_shell=$1
        [ -n "$ih_shell" ] || { command -v bash >/dev/null 2>&1 && ih_shell=bash || ih_shell=sh; }
        command -v "$ih_shell" >/dev/null 2>&1 || { ih_begin; ih_end noshell; }
        case $ih_shell in
          pwsh) set -- pwsh -NoLogo -NoProfile -NonInteractive -Command "$2" ;;
          bash) set -- bash --norc -c "$2" ;;
          *) set -- "$ih_shell" -c "$2" ;;
        esac
        printf '%s b\n' "$ih_mark"
        ih_session sh -c 'printf "%s b %s\n" "$1" "$$" >&2; shift; exec "$@"' sh "$ih_mark" "$@" </dev/null &
        wait $!
        ih_end $?
        """;

    /// <summary>Runs a command to its end or its limit.</summary>
    /// <exception cref="IdleHandsException"><c>ShellNotFound</c>, and those of the way to the host.</exception>
    public async Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var script = new RemoteScript(Body, ShellWord(host), TextFor(host, command.Text))
        {
            BeginsItself = true,
            Environment = command.Environment,
            IsRepeatable = false,
            Limit = command.Timeout,
            OutputBound = OutputBound,
        };
        ScriptResult result = await shell.RunAsync(script, cancellationToken, KillAsync).ConfigureAwait(false);
        if (result.Ending == "noshell")
        {
            throw ShellNotFound(host);
        }

        var redaction = new Redaction(command.Environment.Values);
        return new CommandResult
        {
            ExitCode = int.TryParse(result.Ending, NumberStyles.None, CultureInfo.InvariantCulture, out int code) ? code : null,
            TimedOut = result.Ending is null,
            Output = redaction.Apply(result.Output.Text),
            Error = redaction.Apply(result.Error.Text),
            Duration = result.Duration,
        };
    }

    /// <summary>The shell that reads the host's commands, as scripts take it: empty for bash, or sh where that is absent.</summary>
    /// <exception cref="IdleHandsException"><c>ShellNotFound</c>: there is none of that kind on a host with a POSIX shell.</exception>
    public static string ShellWord(RuntimeHost host) => host.Shell == "cmd" ? throw ShellNotFound(host) : host.Shell ?? string.Empty;

    /// <summary>The text as the host's shell is given it.</summary>
    public static string TextFor(RuntimeHost host, string text) => host.Shell == "pwsh" ? PowerShellCommand.KeepingExitCode(text) : text;

    /// <summary>That the host lacks the shell.</summary>
    public static IdleHandsException ShellNotFound(RuntimeHost host) => new(
        "ShellNotFound",
        FailureKind.NotFound,
        $"The shell '{host.Shell}' is not on PATH of host '{host.Id}'.",
        $"Install it there, or set another shell: Set-IHHost {host.Id} -Shell sh",
        host.Id);

    /// <summary>Ends a command with all it started: its session, and what left it, as far as parents tell.</summary>
    private async Task KillAsync(int sessionId)
    {
        if (sessionId <= 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(RemoteLimits.Ending);
        try
        {
            for (int round = 0; round < KillRounds; round++)
            {
                RemoteProcesses now = await LookAsync(shell, limit.Token).ConfigureAwait(false);
                int[] session = now.OfSession(sessionId).Select(process => process.Id).Append(sessionId).ToArray();
                int[] all = session.Union(ProcessTree.Descendants(now.All(), session)).Where(id => now.Find(id) is not null).ToArray();
                if (all.Length == 0)
                {
                    return;
                }

                await shell.RunAsync(RemoteSignals.Script(LaunchSignal.Kill, all.Select(now.Identity)), limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IdleHandsException or OperationCanceledException)
        {
            // The host can't be reached any more: nothing can be ended there, and the failure that led here is told.
        }
    }

    /// <summary>The processes of the host now.</summary>
    public static async Task<RemoteProcesses> LookAsync(RemoteShell shell, CancellationToken cancellationToken)
    {
        ScriptResult result = await shell.RunAsync(new RemoteScript(RemoteProcesses.Script + "\nih_processes"), cancellationToken).ConfigureAwait(false);
        return RemoteProcesses.Parse(result.Lines);
    }
}
