using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Text;

namespace IdleHands.Hosts.Remote;

/// <summary>
/// As <see cref="SshAskPass"/>, on Windows: the script reads a named pipe that only this user may open. Written for
/// Win32-OpenSSH 8.6 and later; not run there yet.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsAskPass : IPasswordSource
{
    private readonly NamedPipeServerStream _pipe;

    private WindowsAskPass(NamedPipeServerStream pipe, EnvironmentMap environment)
    {
        _pipe = pipe;
        Environment = environment;
    }

    /// <inheritdoc />
    public EnvironmentMap Environment { get; }

    /// <summary>Prepares to answer one question.</summary>
    public static WindowsAskPass Create(string directory, string password)
    {
        string name = $"idlehands-{Guid.NewGuid():N}";
        string script = Path.Combine(directory, "a.cmd");
        File.WriteAllText(script, $"@type \\\\.\\pipe\\{name}\r\n");
        var pipe = new NamedPipeServerStream(
            name, PipeDirection.Out, maxNumberOfServerInstances: 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        _ = AnswerAsync(pipe, password);
        return new WindowsAskPass(pipe, new EnvironmentMap(new Dictionary<string, string>
        {
            ["SSH_ASKPASS"] = script,
            ["SSH_ASKPASS_REQUIRE"] = "force",
        }));
    }

    /// <inheritdoc />
    public void Dispose() => _pipe.Dispose();

    private static async Task AnswerAsync(NamedPipeServerStream pipe, string password)
    {
        try
        {
            await pipe.WaitForConnectionAsync().ConfigureAwait(false);
            await pipe.WriteAsync(Encoding.UTF8.GetBytes(password + "\r\n")).ConfigureAwait(false);
            pipe.Disconnect();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nobody asked, or who asked has ended: the client says what it makes of that.
        }
    }
}
