using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// Hands a password to the ssh client by the one way it takes from a program: SSH_ASKPASS. The program is a script that
/// reads a pipe, so that the password stands on no disk, on no command line and in no environment. It answers only when
/// the host itself asks: a jump host on the way must not be told it.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SshAskPass : IPasswordSource
{
    /// <summary>A key's passphrase, and a password by either of the two ways to ask for one. Whoever asks on gets no answer.</summary>
    private const int MostQuestions = 3;

    private readonly FileStream _pipe;

    private SshAskPass(FileStream pipe, EnvironmentMap environment)
    {
        _pipe = pipe;
        Environment = environment;
    }

    /// <summary>Variables for the ssh client.</summary>
    public EnvironmentMap Environment { get; }

    /// <summary>Prepares to answer.</summary>
    /// <param name="directory">A directory of this user's alone.</param>
    /// <param name="password">The password.</param>
    /// <param name="asker">How the question begins when the host asks: <c>user@name</c>.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public static async Task<SshAskPass> CreateAsync(string directory, string password, string asker, CancellationToken cancellationToken)
    {
        string pipePath = Path.Combine(directory, "p");
        string script = Path.Combine(directory, "a");
        if (!File.Exists(pipePath))
        {
            await MakePipeAsync(pipePath, cancellationToken).ConfigureAwait(false);
        }

        // A key's passphrase is asked for with the key's path; everything else must name the host.
        string text = $"""
            #!/bin/sh
            case $1 in
              {RemoteScript.Quote(asker)}*|'('{RemoteScript.Quote(asker)}')'*|'Enter passphrase for key'*) ;;
              *) exit 1 ;;
            esac
            for n in {string.Join(' ', Enumerable.Range(1, MostQuestions))}; do
              mkdir {RemoteScript.Quote(pipePath)}.$n 2>/dev/null || continue
              IFS= read -r word <{RemoteScript.Quote(pipePath)} && printf '%s\n' "$word"
              exit
            done
            exit 1

            """;
        await File.WriteAllTextAsync(script, text, cancellationToken).ConfigureAwait(false);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Opened for reading, too: else it would wait here for a reader.
        var pipe = new FileStream(pipePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        for (int question = 0; question < MostQuestions; question++)
        {
            await pipe.WriteAsync(Encoding.UTF8.GetBytes(password + "\n"), cancellationToken).ConfigureAwait(false);
        }

        return new SshAskPass(pipe, new EnvironmentMap(new Dictionary<string, string>
        {
            ["SSH_ASKPASS"] = script,
            ["SSH_ASKPASS_REQUIRE"] = "force",

            // Clients before OpenSSH 8.4 ask a program only where they believe to be on a desktop.
            ["DISPLAY"] = System.Environment.GetEnvironmentVariable("DISPLAY") ?? "none",
        }));
    }

    /// <summary>Forgets the password.</summary>
    public void Dispose() => _pipe.Dispose();

    private static async Task MakePipeAsync(string path, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo("mkfifo", ["-m", "600", path]) { RedirectStandardError = true })
            ?? throw new Win32Exception("mkfifo could not be started");
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
    }
}
